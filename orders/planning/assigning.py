"""Which partners could do the open orders of a day, with the least travel: no database, but the solver's library."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from mila.lib.geo import Point
from mila.lib.travel import EstimatingRouter, Pace
from orders.planning.policy import STEP, DayToPlan, Stop, Table, clipped, timetable
from orders.planning.snapshot import Leg, leg_of, table_of
from orders.planning.solver import Traveller, assign
from orders.schedule.policy import Day, feasible_starts
from partners.availability.policy import Window

# Of VROOM's 1 to 5; for a city's day 5 takes several times as long as 3 and saves a hundredth.
EXPLORATION, THREADS = 3, 2
USUAL_PACE = Pace()


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """Nobody has it yet. [earliest, latest] are the arrivals that the client agreed to."""

    order_id: int
    at: Point
    earliest: datetime
    latest: datetime
    duration: timedelta


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """A visit that a partner has accepted: it stays where it is."""

    start: datetime
    end: datetime
    at: Point


@dataclass(frozen=True, slots=True)
class Candidate:
    """A partner: home if given, hours and visits of other days (`around`), own visits, what may be asked."""

    partner_id: int
    home: Point | None
    around: Day
    visits: tuple[OwnVisit, ...]
    may_do: frozenset[int]


@dataclass(frozen=True, slots=True)
class Proposed:
    """One order, who could do it and when, and the way there from the visit before or from home."""

    order_id: int
    partner_id: int
    arrives_at: datetime
    leg: Leg


@dataclass(frozen=True, slots=True)
class DayRoutes:
    """All that can be proposed, and the whole ways of the partners who would be asked or have visits."""

    proposed: tuple[Proposed, ...]
    seconds: int
    metres: int


def propose(
    orders: Sequence[OpenOrder],
    candidates: Sequence[Candidate],
    *,
    pace: Pace = USUAL_PACE,
    exploration: int = EXPLORATION,
    threads: int = THREADS,
) -> DayRoutes:
    """As many orders as possible, then the least travel; who can't do an order's time, place or skill is not asked."""
    market = _Market(orders, candidates, pace)
    answer = assign(
        market.stops, market.travellers(), market.travel, exploration=exploration, threads=threads
    )
    routes = [(one, market.kept(one, answer.get(one.partner_id, []))) for one in candidates]
    return _routes(market, routes)


class _Market:
    """Orders and visits as numbered stops: the orders first, then what each candidate has already."""

    def __init__(self, orders: Sequence[OpenOrder], candidates: Sequence[Candidate], pace: Pace) -> None:
        self.orders, self.candidates = orders, candidates
        stops = [
            Stop(order.order_id, number, ((order.earliest, order.latest),), order.duration)
            for number, order in enumerate(orders)
        ]
        places = [order.at for order in orders]
        self.own: dict[int, tuple[int, ...]] = {}
        for one in candidates:
            numbers = range(len(stops), len(stops) + len(one.visits))
            self.own[one.partner_id] = tuple(numbers)
            stops += [_pinned(visit, number) for number, visit in zip(numbers, one.visits, strict=True)]
            places += [visit.at for visit in one.visits]
        self.stops: Sequence[Stop] = stops
        self.homes: dict[int, int] = {}
        for one in candidates:
            if one.home is not None:
                self.homes[one.partner_id] = len(places)
                places.append(one.home)
        self.places = places
        self.pace = pace
        self.travel: Table = table_of(places, EstimatingRouter(pace))

    def travellers(self) -> list[Traveller]:
        """Those with time on that day, and whose own visits can be kept."""
        number_of = {order.order_id: number for number, order in enumerate(self.orders)}
        return [
            Traveller(
                key=one.partner_id,
                home=self.homes.get(one.partner_id),
                buffer=one.around.buffer,
                hours=tuple(_widened(one.around.windows, one.visits)),
                may_do=frozenset(number_of[order_id] for order_id in one.may_do if order_id in number_of)
                | frozenset(own),
                has=frozenset(own),
            )
            for one in self.candidates
            if one.around.windows and self.times(one, own := self.own[one.partner_id]) is not None
        ]

    def times(self, one: Candidate, route: Sequence[int]) -> list[datetime] | None:
        """The arrivals of a partner who makes these stops in this order; None if that is not feasible."""
        home, own = self.homes.get(one.partner_id), self.own[one.partner_id]
        stops = [self.stops[number] for number in route]
        theirs = [
            stop if number in own else _as_theirs(stop, self.places[stop.place], one.around, self.pace)
            for number, stop in zip(route, stops, strict=True)
        ]
        day = DayToPlan(tuple(theirs), self.travel, one.around.buffer, home, home)
        order = range(len(route))
        return timetable(order, day, STEP) or timetable(order, day)

    def kept(self, one: Candidate, route: Sequence[int]) -> list[int]:
        """The route as far as the rule of the day agrees: the partner's own visits, and what fits beside them."""
        own = self.own[one.partner_id]
        if set(own) <= set(route) and self.times(one, route) is not None:
            return list(route)
        kept = [number for number in route if number in own]
        if set(kept) != set(own):
            return list(own)
        for number in route:
            longer = [each for each in route if each in kept or each == number]
            if self.times(one, longer) is not None:
                kept = longer
        return kept


def _routes(market: _Market, routes: Iterable[tuple[Candidate, list[int]]]) -> DayRoutes:
    proposed: list[Proposed] = []
    legs: list[Leg] = []
    for one, route in routes:
        points = [market.places[number] for number in route]
        home = [] if one.home is None else [one.home]
        ways = (
            [leg_of(here, there, market.pace) for here, there in pairwise([*home, *points, *home])]
            if points
            else []
        )
        legs += ways
        to_stops = ways if home else [Leg(0, 0), *ways]
        for number, arrival, leg in zip(route, market.times(one, route) or (), to_stops, strict=False):
            if number < len(market.orders):
                order_id = market.orders[number].order_id
                proposed.append(Proposed(order_id, one.partner_id, arrival, leg))
    seconds, metres = sum(leg.seconds for leg in legs), sum(leg.metres for leg in legs)
    return DayRoutes(tuple(proposed), seconds, metres)


def _pinned(visit: OwnVisit, number: int) -> Stop:
    return Stop(-1, number, ((visit.start, visit.start),), visit.end - visit.start)


def _as_theirs(stop: Stop, at: Point, around: Day, pace: Pace) -> Stop:
    """When this partner may begin a visit there: in the hours, clear of the visits of other days."""
    first, last = stop.spans[0]
    spans = feasible_starts(around, duration=stop.duration, at=at, travel=pace)
    return replace(stop, spans=clipped(spans, first, last))


def _widened(windows: Iterable[Window], visits: Iterable[OwnVisit]) -> list[Window]:
    """The hours, and the visits that were accepted outside them."""
    merged: list[Window] = []
    for opens, closes in sorted([*windows, *((visit.start, visit.end) for visit in visits)]):
        if merged and opens <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(closes, merged[-1][1])
        else:
            merged.append((opens, closes))
    return merged
