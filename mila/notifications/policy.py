"""When a message that could not be sent is tried again, and when it is given up. Pure rules."""

from datetime import datetime, timedelta

MAX_ATTEMPTS = 3
CLAIM_LASTS = timedelta(seconds=60)
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=10))


def claim_is_void_before(now: datetime) -> datetime:
    """A claim made at or before this instant belongs to a worker that is gone."""
    return now - CLAIM_LASTS


def retry_at(*, attempts: int, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures (1 or more); None when enough has been tried."""
    return None if attempts >= MAX_ATTEMPTS else now + BACK_OFF[attempts - 1]
