"""How long the address of somebody who wants to be told is kept, and how much one address may ask for. Pure rules."""

from datetime import datetime, timedelta

# An address is kept for one purpose: once it is fulfilled, only as long as somebody may ask about the mail.
KEPT_AFTER_TELLING = timedelta(days=30)
# Whoever has waited so long has found help elsewhere.
KEPT_WAITING = timedelta(days=730)
# Of one address, waiting at the same time: more would be somebody else filling a stranger's mailbox.
MOST_ASKED = 20


def told_before(now: datetime) -> datetime:
    """Who was told before this instant is forgotten."""
    return now - KEPT_AFTER_TELLING


def asked_before(now: datetime) -> datetime:
    """Who asked before this instant and still waits is forgotten."""
    return now - KEPT_WAITING
