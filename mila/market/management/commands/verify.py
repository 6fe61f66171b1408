"""`verify`: recomputes every stored figure from the facts and checks every invariant (policy: commands)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.utils import timezone

from billing import verification as billing
from compliance import verification as compliance
from orders import verification as orders
from partners import verification as partners
from ratings import verification as ratings

CHECKS = (partners, orders, ratings, compliance, billing)


class Command(BaseCommand):
    help = (
        "Compares everything stored with the facts, prints each difference, and exits with 1 if there is any."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = 0
        with one_moment():
            now = timezone.now()
            for app in CHECKS:
                for difference in app.differences(now):
                    self.stdout.write(difference)
                    found += 1
        if found:
            self.stderr.write(f"{found} differences found")
            raise SystemExit(1)
        self.stdout.write("nothing found")


@contextmanager
def one_moment() -> Iterator[None]:
    """A snapshot: whatever the market does meanwhile, all checks look at the same rows, none later than now."""
    with transaction.atomic(), connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT 1")
        yield
