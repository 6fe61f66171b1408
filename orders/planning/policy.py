"""What a feasible day is and what its ways cost, pure; and which visits a plan may move (C26, C1).

The rule between two visits is that of `orders.schedule.policy`: the buffer and the way, from the one to the other.
The ways from home and back cost, but nobody is late because of them: working hours are when a visit may be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from mila.lib.geo import Point
from orders.schedule.policy import Day, Travel, feasible_starts
from partners.availability.policy import Window

# A visit that begins within this is not moved any more, nor any other into it.
STAYS_FROM = timedelta(hours=1)
# Seconds of travel for which people are told another time.
LEAST_GAIN = 300
# Arrivals are given by this step where the day has room for it.
STEP = timedelta(minutes=5)

Order = Sequence[int]
Table = Sequence[Sequence[int]]


class PlanResult(StrEnum):
    """What became of a plan."""

    PLANNED = "planned"
    # Somebody is on the way: the rest of the day waits until that visit has ended.
    LOCKED = "locked"
    # No order of the visits keeps every arrival: the times stay as they are.
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit to be placed: it may begin in one of `spans` (in order, apart, both ends included), at `place`."""

    key: int
    place: int
    spans: tuple[Window, ...]
    duration: timedelta

    def first_arrival(self, ready: datetime | None, step: timedelta | None = None) -> datetime | None:
        """The first allowed arrival from `ready` on, within a span rounded up to `step`; None if it is too late."""
        for first, last in self.spans:
            arrival = first if ready is None else max(first, ready)
            if step is not None and (rounded := _rounded_up(arrival, step)) <= last:
                arrival = rounded
            if arrival <= last:
                return arrival
        return None


@dataclass(frozen=True, slots=True)
class DayToPlan:
    """Stops, the ways between places in whole seconds, and where the day begins and ends, if anybody knows."""

    stops: tuple[Stop, ...]
    travel: Table
    buffer: timedelta
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A job of the day as it is now. [earliest, latest] are the arrivals that the client agreed to."""

    job_id: int
    start: datetime
    end: datetime
    earliest: datetime
    latest: datetime
    at: Point
    has_set_out: bool


# --- The yardstick ------------------------------------------------------------------------------------------


def timetable(order: Order, day: DayToPlan, step: timedelta | None = None) -> list[datetime] | None:
    """The earliest arrivals of the stops in that order (numbers in `day.stops`); None if one would be late.

    With a `step` arrivals within a span are rounded up to it.
    """
    arrivals: list[datetime] = []
    before: Stop | None = None
    for number in order:
        stop = day.stops[number]
        ready = None
        if before is not None:
            way = timedelta(seconds=day.travel[before.place][stop.place])
            ready = arrivals[-1] + before.duration + day.buffer + way
        arrival = stop.first_arrival(ready, step)
        if arrival is None:
            return None
        arrivals.append(arrival)
        before = stop
    return arrivals


def keeps(arrivals: Sequence[datetime], order: Order, day: DayToPlan) -> bool:
    """Whether these arrivals are allowed, one after the other."""
    stops = [day.stops[number] for number in order]
    if not all(_is_in(stop.spans, arrival) for stop, arrival in zip(stops, arrivals, strict=True)):
        return False
    return all(
        arrivals[n] + one.duration + day.buffer + timedelta(seconds=day.travel[one.place][other.place])
        <= arrivals[n + 1]
        for n, (one, other) in enumerate(pairwise(stops))
    )


def travel_of(order: Order, day: DayToPlan) -> int:
    """The seconds of all ways, those from and to the ends of the day included. Waiting costs nothing."""
    places = places_of(order, day)
    return sum(day.travel[one][other] for one, other in pairwise(places))


def places_of(order: Order, day: DayToPlan) -> list[int]:
    """Where the day leads, from its start to its end."""
    stops = [day.stops[number].place for number in order]
    if not stops:
        return []
    return [*([] if day.start is None else [day.start]), *stops, *([] if day.end is None else [day.end])]


def _rounded_up(moment: datetime, step: timedelta) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - (midnight - moment) // step * step


def _is_in(spans: Iterable[Window], arrival: datetime) -> bool:
    return any(first <= arrival <= last for first, last in spans)


# --- What may move ------------------------------------------------------------------------------------------


def is_locked(visits: Iterable[PlannedVisit]) -> bool:
    """Once somebody is on the way the rest of the day stays as it is until that visit has ended."""
    return any(visit.has_set_out for visit in visits)


def spans_of(visit: PlannedVisit, around: Day, *, travel: Travel, now: datetime) -> tuple[Window, ...]:
    """When the visit may begin: within the client's window and the hours, clear of the visits `around` other days.

    One that is fixed, begins soon, or has no room left in the hours as they are now, stays where it is.
    """
    stays = ((visit.start, visit.start),)
    if visit.earliest >= visit.latest or visit.has_set_out or visit.start <= now + STAYS_FROM:
        return stays
    earliest = max(visit.earliest, now + STAYS_FROM)
    spans = feasible_starts(around, duration=visit.end - visit.start, at=visit.at, travel=travel)
    return clipped(spans, earliest, visit.latest) or stays


def clipped(spans: Iterable[Window], earliest: datetime, latest: datetime) -> tuple[Window, ...]:
    """The parts of the spans between two instants, both included."""
    return tuple(
        (max(first, earliest), min(last, latest))
        for first, last in spans
        if max(first, earliest) <= min(last, latest)
    )


def best_times(present: Sequence[datetime], day: DayToPlan, found: Order | None) -> list[datetime] | None:
    """The arrivals by stop: as they are unless another order saves enough travel; None if nothing is feasible."""
    now_order = sorted(range(len(day.stops)), key=lambda number: present[number])
    feasible_now = keeps([present[number] for number in now_order], now_order, day)
    if feasible_now and (found is None or travel_of(now_order, day) - travel_of(found, day) < LEAST_GAIN):
        return list(present)
    if found is None:
        return None
    arrivals = timetable(found, day, STEP) or timetable(found, day)
    if arrivals is None:
        return None
    by_stop = dict(zip(found, arrivals, strict=True))
    return [by_stop[number] for number in range(len(day.stops))]
