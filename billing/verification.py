"""Whether the books say what the facts say: every booked, completed job once, balanced, at the right rate."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Sum

from billing.models import LedgerEntry, Posting
from billing.policy import Account
from orders.models import Job
from orders.policy import Outcome

# A completed job may be on its way into the books for this long.
POSTED_WITHIN = timedelta(hours=1)

# The rules of `billing.policy` once more, in SQL: what each posting should say, where it says something else.
_EXPECTED = """
SELECT * FROM (
    SELECT entry.id AS entry, used.rate AS rate, held.rate AS right_rate, posting.account, posting.amount,
           CASE posting.account
                WHEN 'client_receivable' THEN owed.total
                WHEN 'partner_payable' THEN round(owed.total * held.rate, 2) - owed.total
                WHEN 'commission' THEN -round(owed.total * held.rate, 2)
           END AS right_amount,
           CASE posting.account
                WHEN 'client_receivable' THEN posting.client_id = purchase.client_id
                WHEN 'partner_payable' THEN posting.partner_id = job.partner_id
                ELSE TRUE
           END AND posting.currency = purchase.currency AS named
      FROM billing_ledgerentry entry
      JOIN billing_commissionrate used ON used.id = entry.commission_rate_id
      JOIN billing_posting posting ON posting.entry_id = entry.id
      JOIN orders_job job ON job.id = entry.job_id
      JOIN orders_order purchase ON purchase.id = job.order_id
     CROSS JOIN LATERAL (
           SELECT purchase.price + coalesce(sum(extra.price), 0) AS total
             FROM orders_extra extra
            WHERE extra.job_id = job.id AND extra.status = 'approved'
           ) owed
      LEFT JOIN LATERAL (
           SELECT rate FROM billing_commissionrate
            WHERE city_id = purchase.city_id AND in_force_from <= job.outcome_at
            ORDER BY in_force_from DESC LIMIT 1
           ) held ON TRUE
     ) posted
 WHERE rate IS DISTINCT FROM right_rate OR amount IS DISTINCT FROM right_amount OR named IS NOT TRUE
 ORDER BY entry, account
"""


def differences(now: datetime) -> Iterator[str]:
    """One sentence for each thing that is wrong in the ledger at `now`."""
    yield from _not_posted(now)
    yield from _wrongly_posted()
    yield from _unbalanced()
    yield from _wrong_amounts()


def _not_posted(now: datetime) -> Iterator[str]:
    late = Job.objects.completed().filter(
        order__isnull=False, ledger_entry__isnull=True, outcome_at__lt=now - POSTED_WITHIN
    )
    for pk in late.values_list("pk", flat=True).iterator():
        yield f"job {pk} is completed and has no ledger entry"


def _wrongly_posted() -> Iterator[str]:
    entries = LedgerEntry.objects.exclude(job__outcome=Outcome.COMPLETED, job__order__isnull=False)
    for pk, job in entries.values_list("pk", "job").iterator():
        yield f"ledger entry {pk}: job {job} is not a completed job of an order"


def _unbalanced() -> Iterator[str]:
    sums = Posting.objects.values("entry", "currency").annotate(total=Sum("amount")).exclude(total=0)
    for row in sums.iterator():
        yield f"ledger entry {row['entry']} sums to {row['total']} {row['currency']}, not to zero"
    lines = LedgerEntry.objects.annotate(lines=Count("postings")).exclude(lines=len(Account))
    for pk, number in lines.values_list("pk", "lines").iterator():
        yield f"ledger entry {pk} has {number} postings, not {len(Account)}"


def _wrong_amounts() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_EXPECTED)
        for entry, rate, right_rate, account, amount, right_amount, named in cursor.fetchall():
            if rate != right_rate:
                yield f"ledger entry {entry} was posted at {rate}; in force was {right_rate}"
            if amount != right_amount:
                yield f"ledger entry {entry}: {account} is {amount}, order and extras say {right_amount}"
            if not named:
                yield f"ledger entry {entry}: {account} names somebody else than the job"
