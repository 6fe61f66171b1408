"""A market for tech help at home: the roof over the apps, and the floor below them."""
