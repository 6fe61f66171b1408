"""One way to open a transaction that takes row locks: bounded waiting, and a clean refusal when it ends.

Order of locks, everywhere: city, partner, order, money; several rows of one kind by ascending id.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

LOCK_TIMEOUT_MS = 3000
LOCK_NOT_AVAILABLE = "55P03"
DEADLOCK_DETECTED = "40P01"


class Busy(Exception):
    """Somebody else held the rows for too long; nothing was changed and the request may be repeated."""


@contextmanager
def locking(timeout_ms: int = LOCK_TIMEOUT_MS) -> Iterator[None]:
    """A transaction in which waiting for a row lock ends after `timeout_ms` with `Busy`."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{timeout_ms}ms"])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) in (LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED):
            raise Busy from error
        raise
