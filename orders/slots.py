"""Which arrivals can be booked. Pure: days and times are those of the city, instants are aware."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import cache, lru_cache

FIRST_ARRIVAL = time(7)
LAST_ARRIVAL = time(20)
STEP = timedelta(minutes=30)
NOTICE_NEEDED = timedelta(hours=1)
URGENT_WITHIN = timedelta(hours=4)
BOOKABLE_DAYS = 90


class PartOfDay(StrEnum):
    """An arrival that the client leaves open; the shorter the window, the fewer can come."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    DAY = "day"


PARTS: Mapping[PartOfDay, tuple[time, time]] = {
    PartOfDay.MORNING: (FIRST_ARRIVAL, time(12)),
    PartOfDay.AFTERNOON: (time(12), time(17)),
    PartOfDay.EVENING: (time(17), LAST_ARRIVAL),
    PartOfDay.DAY: (FIRST_ARRIVAL, LAST_ARRIVAL),
}


@cache
def arrival_times() -> tuple[time, ...]:
    """Every time at which a visit may begin, 07:00 to 20:00 by the half hour."""
    first = datetime.combine(date.min, FIRST_ARRIVAL)
    count = (datetime.combine(date.min, LAST_ARRIVAL) - first) // STEP + 1
    return tuple((first + number * STEP).time() for number in range(count))


@lru_cache(maxsize=128)
def arrivals_of(first: date, days: int, zone: tzinfo) -> tuple[datetime, ...]:
    """Every instant of these days at which a visit may begin."""
    return tuple(
        arrival_on(first + timedelta(days=number), at, zone)
        for number in range(days)
        for at in arrival_times()
    )


def bookable_arrivals(first: date, days: int, now: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """Those among them that `is_bookable` allows at `now`."""
    grid = arrivals_of(first, days, zone)
    begin = bisect_left(grid, now + NOTICE_NEEDED)
    return grid[begin : bisect_right(grid, now + timedelta(days=BOOKABLE_DAYS), lo=begin)]


def arrival_on(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone)


def arrivals_in(part: PartOfDay, day: date, now: datetime, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """The earliest and the latest arrival in that part of the day; None if it is too late for it."""
    begins, ends = PARTS[part]
    grid = [arrival_on(day, at, zone) for at in arrival_times() if begins <= at <= ends]
    bookable = [moment for moment in grid if is_bookable(moment, now)]
    return (bookable[0], bookable[-1]) if len(bookable) > 1 else None


def time_of(text: str) -> time | PartOfDay:
    """`10:00` or `morning`, as pages write them. Raises `ValueError` for anything else, times off the grid included."""
    if text in set(PartOfDay):
        return PartOfDay(text)
    at = time.fromisoformat(text)
    if at not in set(arrival_times()):
        raise ValueError(text)
    return at


def arrival_at(
    at: time | PartOfDay, day: date, now: datetime, zone: tzinfo
) -> tuple[datetime, datetime] | None:
    """The earliest and the latest arrival, the same for an exact time; None if it is too soon or too far away."""
    if isinstance(at, PartOfDay):
        return arrivals_in(at, day, now, zone)
    arrival = arrival_on(day, at, zone)
    return (arrival, arrival) if is_bookable(arrival, now) else None


def soonest_arrival(now: datetime, zone: tzinfo) -> datetime:
    """The first half hour that leaves an hour to find somebody and to get there, today or tomorrow morning."""
    earliest = (now + NOTICE_NEEDED).astimezone(zone)
    steps = -(-(earliest - earliest.replace(minute=0, second=0, microsecond=0)) // STEP)
    arrival = earliest.replace(minute=0, second=0, microsecond=0) + steps * STEP
    if arrival.date() == earliest.date() and FIRST_ARRIVAL <= arrival.time() <= LAST_ARRIVAL:
        return arrival
    late = earliest.time() > LAST_ARRIVAL or arrival.time() > LAST_ARRIVAL
    day = earliest.date() + timedelta(days=1) if late else earliest.date()
    return arrival_on(day, FIRST_ARRIVAL, zone)


def is_urgent(arrival: datetime, now: datetime) -> bool:
    """Short notice: partners are given minutes to answer, not hours (C4)."""
    return arrival - now <= URGENT_WITHIN


def is_bookable(arrival: datetime, now: datetime) -> bool:
    """Not in the past, not before anybody could get there, and not further away than 90 days."""
    return now + NOTICE_NEEDED <= arrival <= now + timedelta(days=BOOKABLE_DAYS)
