"""At which arrivals somebody is free: the same rule as for candidates and acceptances, asked for a week (C2)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from orders.schedule.policy import arrivals, feasible_starts, united
from orders.schedule.services import days_of, pace_of
from orders.schedule.wanted import Wanted
from orders.services.candidates import able_partners, best_able
from orders.slots import arrival_on, arrival_times, is_bookable
from partners.availability.policy import Window
from partners.availability.services import Scheduled
from partners.models import Partner

# More partners rarely open a time that the best ones do not.
LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A day on the city's clock with the arrivals at which somebody could come, in order."""

    day: date
    arrivals: Sequence[datetime]


def free_arrivals(
    wanted: Wanted, *, first: date, days: int, now: datetime, partner: Partner | None = None
) -> list[FreeDay]:
    """The bookable half hours of `days` days at which one of the best partners can come, or `partner` alone.

    The window of `wanted` plays no part.
    """
    zone = ZoneInfo(wanted.city.time_zone)
    some: Collection[Scheduled] = (
        best_able(wanted, now=now, limit=LOOKED_AT, at_any_time=True)
        if partner is None
        else able_partners(wanted).filter(pk=partner.pk)
    )
    spans = _free_spans(some, wanted, first=first, days=days, zone=zone)
    grid = (
        arrival_on(first + timedelta(days=number), at, zone)
        for number in range(days)
        for at in arrival_times()
    )
    free = _by_day(arrivals(spans, (moment for moment in grid if is_bookable(moment, now))), zone)
    return [FreeDay(day, free.get(day, ())) for day in (first + timedelta(days=n) for n in range(days))]


def _free_spans(
    partners: Collection[Scheduled], wanted: Wanted, *, first: date, days: int, zone: ZoneInfo
) -> list[Window]:
    """When a visit could begin with any of them."""
    start = datetime.combine(first, time(), zone)
    end = datetime.combine(first + timedelta(days=days - 1), time(23, 59), zone)
    schedules = days_of(partners, city=wanted.city, start=start, end=end)
    way = pace_of(wanted.city)
    return united(
        span
        for schedule in schedules.values()
        for span in feasible_starts(schedule, duration=wanted.duration, at=wanted.at, travel=way)
    )


def _by_day(moments: Iterable[datetime], zone: ZoneInfo) -> dict[date, list[datetime]]:
    found: dict[date, list[datetime]] = {}
    for moment in moments:
        found.setdefault(moment.astimezone(zone).date(), []).append(moment)
    return found
