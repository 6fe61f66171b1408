"""The ledger holds even against raw SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing import services
from billing.models import LedgerEntry
from tests.billing.test_services import DONE_AT, completed_job

pytestmark = pytest.mark.django_db


@contextmanager
def refused(error: type[DatabaseError], words: str) -> Iterator[None]:
    """The statement, or the commit that checks what was deferred, is refused."""
    with pytest.raises(error, match=words), transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def execute(statement: str, *parameters: str | int | datetime | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


POST = "INSERT INTO billing_posting (entry_id, account, amount, currency, partner_id) VALUES (%s, %s, %s, %s, %s)"


@pytest.fixture
def entry() -> LedgerEntry:
    """An entry without postings yet."""
    job = completed_job()
    assert job.order is not None
    rate = services._rates_by_city([job.order.city_id])[job.order.city_id][0]
    return LedgerEntry.objects.create(job=job, posted_at=DONE_AT, commission_rate_id=rate.id)


@pytest.fixture
def posted() -> LedgerEntry:
    completed_job()
    services.post_completed(now=DONE_AT)
    return LedgerEntry.objects.get()


def test_entry_that_does_not_sum_to_zero_is_refused_at_commit(entry: LedgerEntry) -> None:
    partner = entry.job.partner_id
    with refused(IntegrityError, "does not sum to zero"):
        execute(POST, entry.pk, "client_receivable", "10.00", "CHF", None)
        execute(POST, entry.pk, "partner_payable", "-9.99", "CHF", partner)


def test_entry_that_sums_to_zero_only_across_currencies_is_refused(entry: LedgerEntry) -> None:
    with refused(IntegrityError, "does not sum to zero"):
        execute(POST, entry.pk, "client_receivable", "10.00", "CHF", None)
        execute(POST, entry.pk, "commission", "-10.00", "EUR", None)


def test_balanced_entry_is_accepted(entry: LedgerEntry) -> None:
    with transaction.atomic():
        execute(POST, entry.pk, "client_receivable", "10.00", "CHF", None)
        execute(POST, entry.pk, "commission", "-10.00", "CHF", None)
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert entry.postings.count() == 2


def test_posting_added_to_a_balanced_entry_is_refused(posted: LedgerEntry) -> None:
    with refused(IntegrityError, "one_posting_per_entry_and_account"):
        execute(POST, posted.pk, "commission", "-1.00", "CHF", None)


def test_job_has_one_entry(posted: LedgerEntry) -> None:
    with refused(IntegrityError, "job_id"):
        execute(
            "INSERT INTO billing_ledgerentry (job_id, posted_at, commission_rate_id) VALUES (%s, %s, %s)",
            posted.job_id, DONE_AT, posted.commission_rate_id,
        )  # fmt: skip


@pytest.mark.parametrize("table", ["billing_posting", "billing_ledgerentry", "billing_commissionrate"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET id = id"])
def test_ledger_is_append_only(posted: LedgerEntry, table: str, statement: str) -> None:
    with refused(DatabaseError, "Cannot update or delete"):
        execute(statement.format(table))


@pytest.mark.parametrize(
    ("account", "words"),
    [("pocket_money", "posting_account_is_known"), ("partner_payable", "partner_postings_name_the_partner")],
)
def test_posting_names_a_known_account_and_its_partner(entry: LedgerEntry, account: str, words: str) -> None:
    with refused(IntegrityError, words):
        execute(POST, entry.pk, account, "1.00", "CHF", None)


@pytest.mark.parametrize("rate", ["-0.0001", "1.0000"])
def test_commission_rate_is_a_share(entry: LedgerEntry, rate: str) -> None:
    with refused(IntegrityError, "commission_rate_is_a_share"):
        execute(
            "INSERT INTO billing_commissionrate (city_id, in_force_from, rate) VALUES (%s, %s, %s)",
            entry.job.partner.city_id, DONE_AT + timedelta(days=1), rate,
        )  # fmt: skip
