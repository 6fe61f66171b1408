"""Whom an order is offered to, and when: in waves, each wider than the one before."""
