"""One way to open a transaction that takes row locks: bounded waiting, and a clean refusal when it ends.

Order of locks, everywhere: city, partner, order, money; several rows of one kind by ascending id. Rows are locked
`FOR NO KEY UPDATE`: a lock that others' foreign keys can pass, as an insert that points at a locked row would
otherwise wait for it out of order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

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


class Lock(NamedTuple):
    """Of the row with this value in this column, which is unique."""

    model: type[Model]
    column: str
    value: Any

    @property
    def statement(self) -> str:
        return f'SELECT FROM "{self.model._meta.db_table}" WHERE "{self.column}" = %s FOR NO KEY UPDATE'


@contextmanager
def locking(
    timeout_ms: int = LOCK_TIMEOUT_MS, *, row: Model | None = None, then: Lock | None = None
) -> Iterator[None]:
    """A transaction in which waiting for a row lock ends after `timeout_ms` with `Busy`.

    It begins with the lock of `row`, and `then` of another one, if they are there; nothing of them is read.
    """
    locks = [] if row is None else [Lock(row._meta.model, "id", row.pk)]
    locks += [] if then is None else [then]
    statement = "; ".join([_BOUND, *(lock.statement for lock in locks)])
    values = [f"{timeout_ms}ms", *(lock.value for lock in locks)]
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) in (LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED):
            raise Busy from error
        raise


def lock_row(row: Model) -> None:
    """Wait for the lock of a row that is there; nothing of it is read."""
    with connection.cursor() as cursor:
        cursor.execute(Lock(row._meta.model, "id", row.pk).statement, [row.pk])
