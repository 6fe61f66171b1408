"""Whether a visit fits a partner's day, pure: inside working hours, clear of other visits and of the ways between (C2).

One rule for everything: windows offered to clients, candidates of a search, refusals of an acceptance, the planned day.
Between two visits there must be time for the buffer and for the way, from the one to the other.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from mila.lib.geo import Point
from partners.availability.policy import Window

FIVE_MINUTES = timedelta(minutes=5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Travel = Callable[[Point, Point], timedelta]


@dataclass(frozen=True, slots=True)
class Visit:
    """A job that is planned: [start, end) at a place. `at` is None where no place is known: no way is counted."""

    start: datetime
    end: datetime
    at: Point | None


class Misfit(StrEnum):
    """Why a visit does not fit."""

    OUTSIDE_HOURS = "outside_hours"
    OVERLAPS = "overlaps"
    TOO_FAR = "too_far"


@dataclass(frozen=True, slots=True)
class Day:
    """A partner's time: working windows (UTC, in order, apart) and the visits planned in or near them."""

    windows: Sequence[Window]
    visits: Sequence[Visit]
    buffer: timedelta


def feasible_starts(day: Day, *, duration: timedelta, at: Point, travel: Travel) -> list[Window]:
    """The spans [first, last], both included, in which a visit of that length at that place can begin."""
    spans = [(opens, closes - duration) for opens, closes in day.windows if closes - opens >= duration]
    for visit in day.visits:
        blocked = _blocked_starts(visit, day.buffer, duration=duration, at=at, travel=travel)
        spans = [part for span in spans for part in _without(span, blocked)]
    return spans


def first_start(spans: Iterable[Window], earliest: datetime, latest: datetime) -> datetime | None:
    """The first feasible start in [earliest, latest], on the five minutes where that is possible."""
    for first, last in spans:
        soonest = max(first, earliest)
        if soonest > min(last, latest):
            continue
        rounded = soonest + (EPOCH - soonest) % FIVE_MINUTES
        return rounded if rounded <= min(last, latest) else soonest
    return None


def misfit(start: datetime, day: Day, *, duration: timedelta, at: Point, travel: Travel) -> Misfit | None:
    """Why a visit can't begin at `start`; None if it can. An overlap is named before a way that is too long."""
    end = start + duration
    if any(start < visit.end and visit.start < end for visit in day.visits):
        return Misfit.OVERLAPS
    if not any(opens <= start and end <= closes for opens, closes in day.windows):
        return Misfit.OUTSIDE_HOURS
    for visit in day.visits:
        after, before = _blocked_starts(visit, day.buffer, duration=duration, at=at, travel=travel)
        if after < start < before:
            return Misfit.TOO_FAR
    return None


def united(spans: Iterable[Window]) -> list[Window]:
    """The same instants as spans in order that do not touch."""
    found: list[Window] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def arrivals(spans: Iterable[Window], grid: Iterable[datetime]) -> Iterator[datetime]:
    """The instants of the grid that lie in one of the spans; both in order."""
    left = iter(spans)
    span = next(left, None)
    for moment in grid:
        while span is not None and span[1] < moment:
            span = next(left, None)
        if span is None:
            return
        if span[0] <= moment:
            yield moment


def _blocked_starts(
    visit: Visit, buffer: timedelta, *, duration: timedelta, at: Point, travel: Travel
) -> Window:
    """Between these two instants, neither included, the new visit would come too close to this one."""
    there = travel(at, visit.at) if visit.at is not None else timedelta()
    back = travel(visit.at, at) if visit.at is not None else timedelta()
    return visit.start - there - buffer - duration, visit.end + buffer + back


def _without(span: Window, blocked: Window) -> Iterator[Window]:
    first, last = span
    after, before = blocked
    if before <= first or last <= after:
        yield span
        return
    if first <= after:
        yield first, after
    if before <= last:
        yield before, last
