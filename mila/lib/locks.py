"""One way to open a transaction that takes row locks: bounded waiting, and a clean refusal when it ends.

Order of locks, everywhere: city, partner, order, money; several rows of one kind by ascending id. Rows are locked
`FOR NO KEY UPDATE`: a lock that others' foreign keys can pass, as an insert that points at a locked row would
otherwise wait for it out of order.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from mila.lib.refusals import Refusal

LOCK_TIMEOUT_MS = 3000
LOCK_NOT_AVAILABLE = "55P03"
DEADLOCK_DETECTED = "40P01"


class Busy(Refusal):
    """Somebody else held the rows for too long; nothing was changed and the request may be repeated."""

    message = _("Somebody else is changing this right now. Please try again.")


_BOUND = "SELECT set_config('lock_timeout', %s, true)"


@contextmanager
def locking(timeout_ms: int = LOCK_TIMEOUT_MS, *, row: Model | None = None) -> Iterator[None]:
    """A transaction in which waiting for a row lock ends after `timeout_ms` with `Busy`.

    It begins with the lock of `row`, a row that is there; nothing of it is read.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                if row is None:
                    cursor.execute(_BOUND, [f"{timeout_ms}ms"])
                else:
                    cursor.execute(f"{_BOUND}; {_lock_of(row)}", [f"{timeout_ms}ms", row.pk])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) in (LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED):
            raise Busy from error
        raise


def lock_row(row: Model) -> None:
    """Wait for the lock of a row that is there; nothing of it is read."""
    with connection.cursor() as cursor:
        cursor.execute(_lock_of(row), [row.pk])


def _lock_of(row: Model) -> str:
    return f'SELECT FROM "{row._meta.db_table}" WHERE id = %s FOR NO KEY UPDATE'
