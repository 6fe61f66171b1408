"""The port to VROOM, for one partner's day and for many partners at once. Only the worker imports this module.

What VROOM is told: a visit may begin in its spans; the time from one visit to the next is its duration, the buffer and
the way; the way alone costs. The ways from and to home cost and take no time, as the rule of the day says. Who may do
what is told as skills: a visit asks for a skill of its own, which those hold who may do it.
What it answers is checked by `orders.planning.policy`, which alone decides what is feasible.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil, floor
from typing import Any

import vroom

from orders.planning.exact import search
from orders.planning.policy import DayToPlan, Stop, Table, timetable, travel_of
from partners.availability.policy import Window

EXPLORATION = 5
# Of 0 to 100: visits that somebody has accepted are never given up for new ones.
ACCEPTED = 100


@dataclass(frozen=True, slots=True)
class Traveller:
    """Who may be sent: home as a place (None: nobody knows), the hours (None: the spans of the visits say all)."""

    key: int
    home: int | None
    buffer: timedelta
    hours: tuple[Window, ...] | None
    may_do: frozenset[int]
    # Of these, the visits that are this traveller's already.
    has: frozenset[int] = frozenset()


def best_order(day: DayToPlan) -> tuple[int, ...] | None:
    """The order of the stops with the least travel in which nobody is late; None if none is found.

    A day is searched to its end where that is possible, which is up to a dozen visits: VROOM alone, given a day with
    narrow windows, gets stuck in one of thirty. A longer one goes through VROOM, beginning from the best order found.
    """
    found = search(day)
    return found.order if found.is_best else improved(day, found.order)


def improved(day: DayToPlan, start: Sequence[int] | None) -> tuple[int, ...] | None:
    """The best that VROOM makes of the day, from scratch and from `start`."""
    alone = Traveller(0, None, day.buffer, None, frozenset(range(len(day.stops))))
    ends = (day.start, day.end)
    answers = [assign(day.stops, [alone], day.travel, ends=ends)[0]]
    if start is not None:
        answers += [[*start], assign(day.stops, [alone], day.travel, ends=ends, starts={0: start})[0]]
    whole = [
        tuple(order)
        for order in answers
        if len(order) == len(day.stops) and timetable(order, day) is not None
    ]
    return min(whole, key=lambda order: travel_of(order, day), default=None)


def assign(
    stops: Sequence[Stop],
    travellers: Sequence[Traveller],
    travel: Table,
    *,
    ends: tuple[int | None, int | None] | None = None,
    starts: Mapping[int, Sequence[int]] | None = None,
    exploration: int = EXPLORATION,
    threads: int = 1,
) -> dict[int, list[int]]:
    """Who does which stops in which order, by the traveller's key: as many as possible, then the least travel.

    The way begins and ends at home, or at `ends`. With `starts`, routes by the traveller's key, VROOM improves those
    instead of beginning from nothing.
    """
    if not stops or not travellers:
        return {one.key: [] for one in travellers}
    zero = min(span[0] for stop in stops for span in stop.spans) - timedelta(days=1)
    asked = vroom.Input()
    between = _Between(stops, travellers, travel, ends)
    for buffer in {one.buffer for one in travellers}:
        asked.set_durations_matrix(str(buffer), between.durations(buffer))
        asked.set_costs_matrix(str(buffer), between.ways)
    theirs = {number for one in travellers for number in one.has}
    step = max(int(min(stop.duration for stop in stops).total_seconds()) - 1, 60)
    asked.add_job([_job(number, stop, zero, number in theirs) for number, stop in enumerate(stops)])
    for index, one in enumerate(travellers):
        asked.add_vehicle(
            _vehicle(
                index,
                one,
                ends=between.ends_of(one),
                zero=zero,
                start=(starts or {}).get(one.key, ()),
                step=step,
            )
        )
    solution = asked.solve(exploration_level=exploration, nb_threads=threads)
    return _routes(solution, travellers)


class _Between:
    """The ways as VROOM wants them: each stop is a location of its own, behind them the homes and nowhere."""

    def __init__(
        self,
        stops: Sequence[Stop],
        travellers: Sequence[Traveller],
        travel: Table,
        ends: tuple[int | None, int | None] | None,
    ) -> None:
        self.count = len(stops)
        self.given = ends
        known = {place for place in (ends or [one.home for one in travellers]) if place is not None}
        self.homes = {place: self.count + number for number, place in enumerate(sorted(known))}
        places = [*(stop.place for stop in stops), *sorted(known)]
        self.ways = [[*(travel[one][other] for other in places), 0] for one in places]
        self.ways.append([0] * (len(places) + 1))
        # VROOM wants a beginning; this one is next to everything.
        self.nowhere = len(places)

    def durations(self, buffer: timedelta) -> list[list[int]]:
        """From stop to stop the buffer and the way; from and to home nothing."""
        seconds, stops = ceil(buffer.total_seconds()), range(self.count)
        table = [[0] * len(self.ways) for _row in self.ways]
        for one in stops:
            for other in stops:
                table[one][other] = 0 if one == other else self.ways[one][other] + seconds
        return table

    def ends_of(self, one: Traveller) -> tuple[int, int]:
        start, end = self.given or (one.home, one.home)
        return (
            self.nowhere if start is None else self.homes[start],
            self.nowhere if end is None else self.homes[end],
        )


def _job(number: int, stop: Stop, zero: datetime, is_accepted: bool) -> vroom.Job:
    return vroom.Job(
        number,
        location=number,
        default_service=ceil(stop.duration.total_seconds()),
        time_windows=[
            vroom.TimeWindow(ceil((first - zero).total_seconds()), floor((last - zero).total_seconds()))
            for first, last in stop.spans
        ],
        skills={number},
        priority=ACCEPTED if is_accepted else 0,
    )


def _vehicle(
    index: int, one: Traveller, *, ends: tuple[int, int], zero: datetime, start: Sequence[int], step: int
) -> vroom.Vehicle:
    spans = [(_seconds(opens, zero), _seconds(closes, zero)) for opens, closes in one.hours or ()]
    return vroom.Vehicle(
        index,
        start=ends[0],
        end=ends[1],
        profile=str(one.buffer),
        skills=set(one.may_do),
        time_window=vroom.TimeWindow(spans[0][0], spans[-1][1]) if spans else None,
        breaks=_breaks(spans, step),
        steps=_steps(start),
    )


def _breaks(spans: Sequence[tuple[int, int]], step: int) -> list[vroom.Break]:
    """Between two spans of hours there may be ways, but no visit: instants in which no visit may be under way.

    They lie closer together than the shortest visit is long. VROOM's own breaks would let nobody travel meanwhile.
    """
    instants = [
        moment
        for (_opened, closes), (opens, _closed) in pairwise(spans)
        for moment in (*range(closes, opens, step), opens)
    ]
    return [
        vroom.Break(number, time_windows=[vroom.TimeWindow(moment, moment)], service=0)
        for number, moment in enumerate(instants, start=1)
    ]


def _steps(order: Sequence[int]) -> list[Any]:
    if not order:
        return []
    visits = [vroom.VehicleStep("single", number) for number in order]
    return [vroom.VehicleStep("start"), *visits, vroom.VehicleStep("end")]


def _seconds(moment: datetime, zero: datetime) -> int:
    return round((moment - zero).total_seconds())


def _routes(solution: Any, travellers: Sequence[Traveller]) -> dict[int, list[int]]:
    routes: dict[int, list[int]] = {one.key: [] for one in travellers}
    steps = solution.routes
    for index, kind, number in zip(steps["vehicle_id"], steps["type"], steps.get("id", ()), strict=False):
        if kind == "job":
            routes[travellers[int(index)].key].append(int(number))
    return routes
