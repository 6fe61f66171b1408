"""A client's own corner: the list of orders, the addresses, the same again."""
