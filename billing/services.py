"""Keeping the books: each completed job is posted once, in the transaction that takes it off the list."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Aggregate, Count, QuerySet, Sum
from django.db.models.functions import TruncMonth

from billing.models import CommissionRate, LedgerEntry, LedgerEntryQuerySet, Posting
from billing.policy import Account, DatedRate, NoRateInForce, amounts_of, rate_at
from mila.lib.locks import locking
from orders.calendar.policy import month_bounds
from orders.models import Job, Order
from orders.models.job import JobQuerySet
from orders.services import mark_posted, orders_to_post
from orders.visits.services import approved_sums
from partners.models import Partner

NOTHING = Decimal("0.00")
Rates = Mapping[int, list[DatedRate]]
SUMS: Mapping[str, Aggregate] = {
    "entries": Count("pk"),
    "paid": Sum("total", default=NOTHING),
    "kept": Sum("commission", default=NOTHING),
    "earned": Sum("share", default=NOTHING),
}


def post_completed(*, now: datetime, limit: int = 200) -> int:
    """Post up to `limit` completed orders that are not in the books yet; returns how many were posted.

    Safe to run at the same time elsewhere: an order that somebody else is posting is left to them.
    """
    with locking():
        orders = list(orders_to_post(limit=limit))
        posted = _post(_jobs_to_post(orders), now)
        mark_posted(order_ids=[order.pk for order in orders])
        return posted


def earnings_of(partner: Partner) -> LedgerEntryQuerySet:
    """What the partner has earned, latest first: entries with the figures of `earned_by`."""
    related = ("job__order__service", "commission_rate")
    return LedgerEntry.objects.earned_by(partner).select_related(*related).order_by("-job__outcome_at", "-pk")


def months_of(partner: Partner) -> QuerySet[Any, Any]:
    """The months in which the partner has earned, latest first: `month` (its first day), `entries`, and the sums of
    `paid`, `kept` (the commission) and `earned`. Months are the calendar's in the partner's city.
    """
    zone = ZoneInfo(partner.city.time_zone)
    entries = LedgerEntry.objects.earned_by(partner).order_by()
    by_month = entries.annotate(month=TruncMonth("job__outcome_at", tzinfo=zone)).values("month")
    return by_month.annotate(**SUMS).order_by("-month")


def earned_in(partner: Partner, month: date) -> Mapping[str, Any]:
    """The same figures of one month; zeros for a month without."""
    return earnings_in(partner, month).order_by().aggregate(**SUMS)


def earnings_in(partner: Partner, month: date) -> LedgerEntryQuerySet:
    """What the partner has earned in the month that begins on that day, latest first."""
    start, end = month_bounds(month, ZoneInfo(partner.city.time_zone))
    return earnings_of(partner).filter(job__outcome_at__gte=start, job__outcome_at__lt=end)


def earned_with(partner: Partner, jobs: JobQuerySet) -> Mapping[str, Any]:
    """The same figures of some of the partner's jobs, as far as they are in the books."""
    entries = LedgerEntry.objects.earned_by(partner).filter(job__in=jobs.order_by().values("pk"))
    return entries.order_by().aggregate(**SUMS)


def rates_in_force(*, at: datetime) -> dict[int, Decimal]:
    """The commission, a fraction of the price, by city id."""
    return {rate.city_id: rate.rate for rate in CommissionRate.objects.in_force_at(at)}


def commissions_on(orders: Iterable[Order]) -> dict[int, Decimal]:
    """What will be kept of the price of each, by order id: by the rate known for the end of the visit, without extras.

    An order of a city that has no rate then is left out.
    """
    booked = list(orders)
    rates = _rates_by_city({order.city_id for order in booked})
    kept = {}
    for order in booked:
        with suppress(NoRateInForce):
            rate = rate_at(rates.get(order.city_id, []), order.ends_at).rate
            kept[order.pk] = -amounts_of(order.price, rate)[Account.COMMISSION]
    return kept


def _jobs_to_post(orders: Iterable[Order]) -> list[Job]:
    unposted = Job.objects.completed().filter(order__in=orders, ledger_entry__isnull=True)
    return list(unposted.select_related("order").order_by("outcome_at", "pk"))


def _post(jobs: list[Job], now: datetime) -> int:
    rates = _rates_by_city({job.order.city_id for job in jobs if job.order})
    extras = approved_sums([job.pk for job in jobs])
    entries, postings = [], []
    for job in jobs:
        # Completed jobs with an order have both; the types cannot say so.
        if job.order is None or job.outcome_at is None:
            continue
        rate = rate_at(rates[job.order.city_id], job.outcome_at)
        entry = LedgerEntry(job=job, posted_at=now, commission_rate_id=rate.id)
        entries.append(entry)
        total = job.order.price + extras.get(job.pk, NOTHING)
        postings += _postings(entry, job.order, job.partner_id, amounts_of(total, rate.rate))
    LedgerEntry.objects.bulk_create(entries)
    Posting.objects.bulk_create(postings)
    return len(entries)


def _postings(
    entry: LedgerEntry, order: Order, partner_id: int, amounts: Mapping[Account, Decimal]
) -> list[Posting]:
    whose = {
        Account.CLIENT_RECEIVABLE: {"client_id": order.client_id},
        Account.PARTNER_PAYABLE: {"partner_id": partner_id},
        Account.COMMISSION: {},
    }
    return [
        Posting(entry=entry, account=account, amount=amount, currency=order.currency, **whose[account])
        for account, amount in amounts.items()
    ]


def _rates_by_city(city_ids: Iterable[int]) -> Rates:
    """Every commission rate that these cities have had, by city id."""
    rates: dict[int, list[DatedRate]] = defaultdict(list)
    for rate in CommissionRate.objects.filter(city__in=city_ids):
        rates[rate.city_id].append(DatedRate(rate.pk, rate.in_force_from, rate.rate))
    return rates
