"""At which arrivals somebody is free: the same rule as for candidates and acceptances, asked for a week (C2)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from orders.schedule.policy import arrivals, feasible_starts, united
from orders.schedule.services import days_of, pace_of
from orders.schedule.wanted import Wanted
from orders.services.candidates import able_partners, best_able
from orders.slots import bookable_arrivals
from partners.availability.policy import Window
from partners.availability.services import Scheduled
from partners.models import Partner

# So far ahead "as soon as possible" looks.
SOON_DAYS = 7
# More partners rarely open a time that the best ones do not.
LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day on the city's clock with the arrivals at which somebody could come, in order."""

    day: date
    arrivals: Sequence[datetime]


def free_arrivals(
    wanted: Wanted,
    *,
    first: date,
    days: int,
    now: datetime,
    only: Partner | None = None,
    exclude_user_id: int | None = None,
) -> list[FreeDay]:
    """The bookable half hours of `days` days at which one of the best partners, or `only` this one, can come.

    The window of `wanted` plays no part. Whoever looks, `exclude_user_id`, does not come to their own door.
    """
    zone = ZoneInfo(wanted.city.time_zone)
    some: Collection[Scheduled]
    if only is None:
        some = best_able(wanted, now=now, limit=LOOKED_AT, exclude_user_id=exclude_user_id, at_any_time=True)
    else:
        some = list(able_partners(wanted).filter(pk=only.pk))
    spans = _free_spans(some, wanted, first=first, days=days, zone=zone)
    free = _by_day(arrivals(spans, bookable_arrivals(first, days, now, zone)), zone)
    return [FreeDay(day, free.get(day, ())) for day in (first + timedelta(days=n) for n in range(days))]


def first_arrival(
    wanted: Wanted, *, now: datetime, only: Partner | None = None, exclude_user_id: int | None = None
) -> datetime | None:
    """What "as soon as possible" means at the moment, on the city's clock; None: nothing in the next seven days."""
    zone = ZoneInfo(wanted.city.time_zone)
    days = free_arrivals(
        wanted,
        first=now.astimezone(zone).date(),
        days=SOON_DAYS,
        now=now,
        only=only,
        exclude_user_id=exclude_user_id,
    )
    return next((moment.astimezone(zone) for day in days for moment in day.arrivals), None)


def next_arrivals(
    partners: Collection[Scheduled], wanted: Wanted, *, days: int, now: datetime
) -> dict[int, datetime]:
    """The first bookable half hour at which each of them can come, by partner id; without it, not in `days` days.

    The window of `wanted` plays no part. As many statements for many partners as for one.
    """
    zone = ZoneInfo(wanted.city.time_zone)
    first = now.astimezone(zone).date()
    grid = bookable_arrivals(first, days, now, zone)
    spans_of = _spans_of_each(partners, wanted, first=first, days=days, zone=zone)
    soonest = {partner_id: next(arrivals(spans, grid), None) for partner_id, spans in spans_of.items()}
    return {partner_id: moment for partner_id, moment in soonest.items() if moment is not None}


def _free_spans(
    partners: Collection[Scheduled], wanted: Wanted, *, first: date, days: int, zone: ZoneInfo
) -> list[Window]:
    """When a visit could begin with any of them."""
    spans_of = _spans_of_each(partners, wanted, first=first, days=days, zone=zone)
    return united(span for spans in spans_of.values() for span in spans)


def _spans_of_each(
    partners: Collection[Scheduled], wanted: Wanted, *, first: date, days: int, zone: ZoneInfo
) -> dict[int, list[Window]]:
    """When a visit could begin, by partner id."""
    start = datetime.combine(first, time(), zone)
    end = datetime.combine(first + timedelta(days=days - 1), time(23, 59), zone)
    schedules = days_of(partners, city=wanted.city, start=start, end=end)
    way = pace_of(wanted.city)
    return {
        partner_id: feasible_starts(schedule, duration=wanted.duration, at=wanted.at, travel=way)
        for partner_id, schedule in schedules.items()
    }


def _by_day(moments: Iterable[datetime], zone: ZoneInfo) -> dict[date, list[datetime]]:
    found: dict[date, list[datetime]] = {}
    for moment in moments:
        found.setdefault(moment.astimezone(zone).date(), []).append(moment)
    return found
