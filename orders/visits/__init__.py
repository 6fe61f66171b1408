"""The life of a visit between acceptance and check-out: what the two people say, settle and tell each other."""
