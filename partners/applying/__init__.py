"""How a person becomes a partner: an application in four steps, sent once, about which ops decide."""
