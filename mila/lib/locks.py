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


def lock_row(row: Model) -> None:
    """Wait for the lock of a row that is there; nothing of it is read."""
    meta = row._meta
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT FROM "{meta.db_table}" WHERE id = %s FOR NO KEY UPDATE', [row.pk])
