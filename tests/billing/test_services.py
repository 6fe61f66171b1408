"""Each completed job is posted once, balanced, at the rate of its city and time."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from billing import services
from billing.models import CommissionRate, LedgerEntry, Posting
from billing.policy import Account
from billing.verification import differences
from orders.models import Extra, Job, Order
from orders.policy import OrderStatus, Outcome
from partners.models import Partner
from tests.factories import NOW, BookedJobFactory, OrderFactory, PartnerFactory, slot

pytestmark = pytest.mark.django_db
DONE_AT = NOW + timedelta(days=2, hours=1)


def completed_job(partner: Partner | None = None, at=DONE_AT, price: str = "89.00") -> Job:
    """A job that is done and waits for its posting."""
    order = OrderFactory.create(
        status=OrderStatus.COMPLETED,
        price=Decimal(price),
        posting_due_at=at,
        slot=slot(at - timedelta(hours=1)),
    )
    job: Job = BookedJobFactory.create(
        order=order, partner=partner or PartnerFactory.create(), outcome=Outcome.COMPLETED, outcome_at=at
    )
    return job


def amounts(job: Job) -> dict[str, Decimal]:
    return dict(Posting.objects.filter(entry__job=job).values_list("account", "amount"))


def test_completed_job_is_posted_with_three_balanced_postings() -> None:
    job = completed_job()
    assert services.post_completed(now=DONE_AT) == 1
    assert amounts(job) == {
        Account.CLIENT_RECEIVABLE: Decimal("89.00"),
        Account.PARTNER_PAYABLE: Decimal("-71.20"),
        Account.COMMISSION: Decimal("-17.80"),
    }
    client = Posting.objects.get(account=Account.CLIENT_RECEIVABLE)
    payable = Posting.objects.get(account=Account.PARTNER_PAYABLE)
    assert job.order is not None
    assert (client.client_id, payable.partner_id) == (job.order.client_id, job.partner_id)
    assert LedgerEntry.objects.get().posted_at == DONE_AT


def test_posting_twice_posts_once() -> None:
    job = completed_job()
    services.post_completed(now=DONE_AT)
    assert services.post_completed(now=DONE_AT) == 0
    # Even if something put it on the list again.
    Order.objects.filter(jobs=job).update(posting_due_at=DONE_AT)
    assert services.post_completed(now=DONE_AT) == 0
    assert LedgerEntry.objects.count() == 1
    assert not Order.objects.filter(posting_due_at__isnull=False).exists()


def test_limit_leaves_the_rest_for_the_next_run() -> None:
    for _ in range(3):
        completed_job()
    assert [services.post_completed(now=DONE_AT, limit=2) for _ in range(3)] == [2, 1, 0]


def test_cancelled_job_of_a_completed_order_earns_nothing() -> None:
    first = PartnerFactory.create()
    job = completed_job()
    BookedJobFactory.create(order=job.order, partner=first, outcome=Outcome.CANCELLED, outcome_at=NOW)
    services.post_completed(now=DONE_AT)
    assert LedgerEntry.objects.get().job == job


def test_rate_in_force_at_completion_counts_not_the_one_at_posting() -> None:
    job = completed_job()
    assert job.order is not None
    CommissionRate.objects.create(
        city=job.order.city, in_force_from=DONE_AT + timedelta(seconds=1), rate=Decimal("0.5000")
    )
    later = completed_job(at=DONE_AT + timedelta(seconds=1))
    services.post_completed(now=DONE_AT + timedelta(days=1))
    assert amounts(job)[Account.COMMISSION] == Decimal("-17.80")
    assert amounts(later)[Account.COMMISSION] == Decimal("-44.50")


class TestCommissionsBeforeTheVisit:
    """What is said before a partner accepts is what the books will say."""

    def test_each_order_has_the_rate_that_is_known_for_its_end(self, django_assert_num_queries) -> None:
        now, later = BookedJobFactory.create().order, BookedJobFactory.create().order
        assert now is not None
        assert later is not None
        later.slot = slot(DONE_AT + timedelta(days=7))
        CommissionRate.objects.create(
            city=now.city, in_force_from=DONE_AT + timedelta(days=6), rate=Decimal("0.5000")
        )
        with django_assert_num_queries(1):
            kept = services.commissions_on([now, later])
        assert kept == {now.pk: Decimal("17.80"), later.pk: Decimal("44.50")}

    def test_without_a_rate_nothing_is_said(self) -> None:
        order = BookedJobFactory.create().order
        assert order is not None
        first = CommissionRate.objects.filter(city=order.city).earliest("in_force_from")
        order.slot = slot(first.in_force_from - timedelta(hours=2))
        assert services.commissions_on([order]) == {}

    def test_no_orders_need_no_query(self, django_assert_num_queries) -> None:
        with django_assert_num_queries(0):
            assert services.commissions_on([]) == {}


def test_rate_of_another_city_does_not_count() -> None:
    job = completed_job()
    other = CommissionRate.objects.exclude(city=job.partner.city).first()
    assert other is not None
    CommissionRate.objects.create(city=other.city, in_force_from=NOW, rate=Decimal("0.5000"))
    services.post_completed(now=DONE_AT)
    assert amounts(job)[Account.COMMISSION] == Decimal("-17.80")


def test_number_of_queries_does_not_grow_with_the_jobs(django_assert_max_num_queries) -> None:
    partner = PartnerFactory.create()
    for hours in range(5):
        completed_job(partner, at=DONE_AT + timedelta(hours=2 * hours))
    with django_assert_max_num_queries(10):
        services.post_completed(now=DONE_AT + timedelta(days=1))


def test_earnings_are_the_partners_own_latest_first_with_price_commission_and_share(
    django_assert_num_queries,
) -> None:
    partner = PartnerFactory.create()
    completed_job(partner, price="100.00")
    latest = completed_job(partner, at=DONE_AT + timedelta(days=1), price="60.00")
    completed_job(price="77.00")
    services.post_completed(now=DONE_AT + timedelta(days=1))
    with django_assert_num_queries(1):
        earned = list(services.earnings_of(partner))
        assert all(entry.job.order and entry.job.order.service.name for entry in earned)
    assert list(services.earnings_of(partner).values_list("price", "commission", "share")) == [
        (Decimal("60.00"), Decimal("12.00"), Decimal("48.00")),
        (Decimal("100.00"), Decimal("20.00"), Decimal("80.00")),
    ]
    assert earned[0].job == latest


def with_extra(job: Job, status: str, price: str) -> None:
    Extra.objects.create(
        job=job,
        submission_key=uuid4(),
        text="Cable",
        price=Decimal(price),
        status=status,
        proposed_at=DONE_AT,
    )


def test_approved_extras_are_billed_with_commission_on_the_whole_and_others_are_not() -> None:
    job = completed_job()
    for status, price in (
        ("approved", "25.00"),
        ("approved", "6.00"),
        ("declined", "9.00"),
        ("lapsed", "7.00"),
    ):
        with_extra(job, status, price)
    services.post_completed(now=DONE_AT)
    assert amounts(job) == {
        Account.CLIENT_RECEIVABLE: Decimal("120.00"),
        Account.PARTNER_PAYABLE: Decimal("-96.00"),
        Account.COMMISSION: Decimal("-24.00"),
    }
    earned = services.earnings_of(job.partner).values_list("price", "extras", "total", "share")
    assert list(earned) == [(Decimal("89.00"), Decimal("31.00"), Decimal("120.00"), Decimal("96.00"))]
    assert list(differences(DONE_AT)) == []


def test_an_approved_extra_that_is_not_in_the_books_is_a_difference() -> None:
    job = completed_job()
    services.post_completed(now=DONE_AT)
    with_extra(job, "approved", "11.00")
    found = list(differences(DONE_AT))
    assert any("client_receivable is 89.00, order and extras say 100.00" in line for line in found)


def test_books_in_order_have_no_differences() -> None:
    completed_job()
    services.post_completed(now=DONE_AT)
    assert list(differences(DONE_AT)) == []


def test_missing_entry_is_a_difference_only_after_a_while() -> None:
    job = completed_job()
    assert list(differences(DONE_AT + timedelta(minutes=59))) == []
    assert list(differences(DONE_AT + timedelta(minutes=61))) == [
        f"job {job.pk} is completed and has no ledger entry"
    ]


def test_wrong_rate_and_wrong_amount_are_differences() -> None:
    job = completed_job()
    assert job.order is not None
    wrong = CommissionRate.objects.create(city=job.order.city, in_force_from=NOW, rate=Decimal("0.1000"))
    services.post_completed(now=DONE_AT)
    CommissionRate.objects.create(
        city=job.order.city, in_force_from=NOW + timedelta(days=1), rate=Decimal("0.2000")
    )
    found = list(differences(DONE_AT))
    assert f"ledger entry {LedgerEntry.objects.get().pk} was posted at 0.1000; in force was 0.2000" in found
    assert any("commission is -8.90, order and extras say -17.80" in line for line in found)
    assert wrong.rate == Decimal("0.1000")
