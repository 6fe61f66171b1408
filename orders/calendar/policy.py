"""How days are laid out, pure: where on the clock of a day something lies, and what stands beside what.

A day is drawn as the clock of the city shows it. On the two days on which the clock is set, an hour of it is missing or
comes twice; what is written beside a visit is its true time all the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Generic, TypeVar

MINUTES_OF_A_DAY = 24 * 60
# What is drawn begins and ends on these minutes.
STEP_MINUTES = 5
# The hours that are always shown.
FIRST_HOUR, LAST_HOUR = 8, 18
# More than these do not fit beside each other.
MOST_LANES = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes on the clock of one day, [begins, ends)."""

    begins: int
    ends: int

    @property
    def words(self) -> str:
        """`08:00 – 12:30`; the end of a day is 24:00."""
        return f"{_clock(self.begins)} – {_clock(self.ends)}"

    @property
    def place(self) -> str:
        """The classes that put it on the grid of a day (`calendar.css`)."""
        first, last = divmod(self.begins, 60), divmod(self.ends, 60)
        return f"h{first[0]} m{first[1] // STEP_MINUTES} until-h{last[0]} until-m{last[1] // STEP_MINUTES}"


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """Something on the grid of a day, in lane `lane` of `lanes` (from 1 on) that lie beside each other."""

    item: T
    span: Span
    lane: int
    lanes: int

    @property
    def place(self) -> str:
        return f"{self.span.place} lane{self.lane}of{self.lanes}"


def span_on(day: date, start: datetime, end: datetime, zone: tzinfo) -> Span | None:
    """The part of [start, end) on that day, widened to the step; None if there is none."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.date() > day or last.date() < day or end <= start:
        return None
    begins = _minutes(first) if first.date() == day else 0
    begins -= begins % STEP_MINUTES
    if last.date() > day:
        return Span(begins, MINUTES_OF_A_DAY)
    ends = -(-_minutes(last) // STEP_MINUTES) * STEP_MINUTES
    if first.date() == day and ends <= begins:
        # The clock was set back in between: as long as it lasts.
        ends = min(begins + _whole_steps(end - start), MINUTES_OF_A_DAY)
    return Span(begins, ends) if begins < ends else None


def beside_each_other(items: Iterable[tuple[T, Span]]) -> list[Placed[T]]:
    """Everything in order; what overlaps shares the width, what stands alone has all of it."""
    placed: list[Placed[T]] = []
    group: list[tuple[T, Span, int]] = []
    free_from: list[int] = []
    for item, span in sorted(items, key=lambda one: (one[1].begins, one[1].ends)):
        if group and span.begins >= max(free_from):
            placed += _as_group(group)
            group, free_from = [], []
        lane = next((number for number, free in enumerate(free_from) if free <= span.begins), len(free_from))
        free_from[lane : lane + 1] = [span.ends]
        group.append((item, span, lane))
    return placed + _as_group(group)


def hours_shown(spans: Iterable[Span]) -> tuple[int, int]:
    """From which hour to which a week is drawn: the usual ones, and all that is in `spans`."""
    known = list(spans)
    first = min([FIRST_HOUR, *(span.begins // 60 for span in known)])
    last = max([LAST_HOUR, *(-(-span.ends // 60) for span in known)])
    return first, last


def week_with(day: date) -> list[date]:
    """Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=number) for number in range(7)]


def weeks_of_month(month: date) -> list[list[date]]:
    """Whole weeks, with the days of the months before and after."""
    monday, after = week_with(month.replace(day=1))[0], month_away(month, 1)
    return [week_with(monday + timedelta(days=days)) for days in range(0, (after - monday).days, 7)]


def month_away(month: date, months: int) -> date:
    """The first day of the month so many months later."""
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def month_bounds(month: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """[from, to) of the month that begins on that day, in UTC."""
    return _midnight(month, zone), _midnight(month_away(month, 1), zone)


def year_bounds(year: int, zone: tzinfo) -> tuple[datetime, datetime]:
    """[from, to) of that year, in UTC."""
    return _midnight(date(year, 1, 1), zone), _midnight(date(year + 1, 1, 1), zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _as_group(group: Sequence[tuple[T, Span, int]]) -> list[Placed[T]]:
    lanes = min(max((lane for _item, _span, lane in group), default=0) + 1, MOST_LANES)
    return [Placed(item, span, min(lane + 1, lanes), lanes) for item, span, lane in group]


def _minutes(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _whole_steps(length: timedelta) -> int:
    return max(1, -(-length // timedelta(minutes=STEP_MINUTES))) * STEP_MINUTES


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
