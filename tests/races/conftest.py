"""What races need: the track for themselves, and ways to take the guards away for a negative control."""

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from mila.accounts.models import User
from orders.models import Order
from orders.services import steps
from partners.models import Partner
from tests import factories
from tests.races.track import Meeting

Drop = Callable[[str], None]


@pytest.fixture(autouse=True)
def _track(transactional_db: None) -> Iterator[None]:
    """One race at a time: two crowds of 200 at once would be more connections than the server gives."""
    lock = Path(settings.MILA_DATA_DIR) / "races.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def client_user() -> User:
    return factories.UserFactory.create()


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def drop_guard(transactional_db: None) -> Iterator[Drop]:
    """Take a constraint or a unique index out of the database for the length of one test, by its name."""
    restore: list[str] = []

    def drop(name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s",
                [name],
            )
            found = cursor.fetchone()
            if found:
                table, definition = found
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
                restore.append(
                    f'TRUNCATE {table} CASCADE; ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
                )
                return
            cursor.execute("SELECT tablename, indexdef FROM pg_indexes WHERE indexname = %s", [name])
            table, definition = cursor.fetchone()
            cursor.execute(f'DROP INDEX "{name}"')
            restore.append(f"TRUNCATE {table} CASCADE; {definition}")

    yield drop
    with connection.cursor() as cursor:
        for statement in restore:
            cursor.execute(statement)


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], None]:
    """Let a module's `lock_partner` or `lock_order` read without locking."""

    def read_partner(*, partner_id: int) -> Partner:
        return Partner.objects.get(pk=partner_id)

    def read_order(order_id: int) -> Order:
        return Order.objects.get(pk=order_id)

    readers = {"lock_partner": read_partner, steps.lock_order.__name__: read_order}

    def unlock(module: Any, name: str) -> None:
        monkeypatch.setattr(module, name, readers[name])
        if name == "lock_partner" and hasattr(module, "lock_partners"):
            # Whoever takes over is locked together with the one who leaves.
            monkeypatch.setattr(module, "lock_partners", lambda *, partner_ids: sorted(partner_ids))

    return unlock
