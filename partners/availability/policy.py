"""When a partner works, pure: weekly hours without days off and public holidays, as windows of instants (C1).

Partners set their own hours; who has set none is asked at any time. Days and hours are those of the city.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache

MINUTES_OF_A_DAY = 24 * 60
STEP_MINUTES = 15

Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Hours:
    """Working time on one weekday (Monday is 0), in minutes since midnight, [begins, ends). A gap is a break."""

    weekday: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Availability:
    """`hours` None: none set, so any time is fine. `days_off` are spans of days, both ends included."""

    hours: tuple[Hours, ...] | None = None
    days_off: tuple[tuple[date, date], ...] = ()
    works_on_holidays: bool = False


class HoursProblem(StrEnum):
    """Why weekly hours can't be kept."""

    BACKWARDS = "backwards"
    OUTSIDE_THE_DAY = "outside_the_day"
    NOT_A_STEP = "not_a_step"
    OVERLAP = "overlap"


def hours_problem(hours: Iterable[Hours]) -> HoursProblem | None:
    """The first thing that is wrong with a week, if any: each span forwards, by the quarter hour, none overlaps."""
    latest: dict[int, int] = {}
    for span in sorted(hours, key=lambda one: (one.weekday, one.begins)):
        if not (0 <= span.weekday <= 6 and span.begins >= 0 and span.ends <= MINUTES_OF_A_DAY):
            return HoursProblem.OUTSIDE_THE_DAY
        if span.begins >= span.ends:
            return HoursProblem.BACKWARDS
        if span.begins % STEP_MINUTES or span.ends % STEP_MINUTES:
            return HoursProblem.NOT_A_STEP
        if span.begins < latest.get(span.weekday, 0):
            return HoursProblem.OVERLAP
        latest[span.weekday] = span.ends
    return None


def windows(
    availability: Availability, *, first: date, days: int, holidays: Collection[date], zone: tzinfo
) -> list[Window]:
    """The working windows [from, to) of `days` days from `first` on, in UTC and in order.

    Without hours a day is one window from midnight to midnight. Windows that touch are one.
    """
    found: list[Window] = []
    for number in range(days):
        day = first + timedelta(days=number)
        if not _works_on(day, availability, holidays):
            continue
        for begins, ends in _spans_on(day.weekday(), availability.hours):
            window = _instant(day, begins, zone), _instant(day, ends, zone)
            if found and found[-1][1] == window[0]:
                window = found.pop()[0], window[1]
            found.append(window)
    return found


def _works_on(day: date, availability: Availability, holidays: Collection[date]) -> bool:
    if day in holidays and availability.hours is not None and not availability.works_on_holidays:
        return False
    return not any(first <= day <= last for first, last in availability.days_off)


def _spans_on(weekday: int, hours: Sequence[Hours] | None) -> list[tuple[int, int]]:
    if hours is None:
        return [(0, MINUTES_OF_A_DAY)]
    return sorted((span.begins, span.ends) for span in hours if span.weekday == weekday)


@lru_cache(maxsize=4096)
def _instant(day: date, minutes: int, zone: tzinfo) -> datetime:
    """That time on the clock of that day: at a change to summer time an hour of it is missing or comes twice."""
    days, rest = divmod(minutes, MINUTES_OF_A_DAY)
    clock = time(rest // 60, rest % 60)
    return datetime.combine(day + timedelta(days=days), clock, zone).astimezone(UTC)
