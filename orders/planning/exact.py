"""The best order of one day by going through all that could be best, pure.

Of two ways to have made the same visits and to be at the same place, the one that travelled longer and is free later is
forgotten. That leaves so few that a day of a dozen visits is searched to its end.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.planning.policy import DayToPlan, travel_of

# Beginnings of one length that are followed; beyond, the search is no longer sure to find the best.
WIDTH = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """`order` None: none was found. `is_best`: nothing was left out, so there is no better one."""

    order: tuple[int, ...] | None
    is_best: bool


@dataclass(frozen=True, slots=True)
class _Beginning:
    travel: int
    free_at: datetime | None
    order: tuple[int, ...]


def search(day: DayToPlan, width: int = WIDTH) -> Found:
    """The order with the least travel in which nobody is late."""
    beginnings = [_Beginning(0, None, ())]
    is_best = True
    for _length in day.stops:
        beginnings = _undominated([longer for one in beginnings for longer in _longer(one, day)])
        if len(beginnings) > width:
            is_best = False
            beginnings = sorted(beginnings, key=lambda one: one.travel)[:width]
    whole = [one.order for one in beginnings if len(one.order) == len(day.stops)]
    return Found(min(whole, key=lambda order: (travel_of(order, day), order), default=None), is_best)


def _longer(one: _Beginning, day: DayToPlan) -> list[_Beginning]:
    """One visit more."""
    before = day.stops[one.order[-1]] if one.order else None
    place = before.place if before is not None else day.start
    found = []
    for number, stop in enumerate(day.stops):
        if number in one.order:
            continue
        way = day.travel[place][stop.place] if place is not None else 0
        ready = None if one.free_at is None else one.free_at + day.buffer + timedelta(seconds=way)
        arrival = stop.first_arrival(ready)
        if arrival is not None:
            found.append(_Beginning(one.travel + way, arrival + stop.duration, (*one.order, number)))
    return found


def _undominated(beginnings: list[_Beginning]) -> list[_Beginning]:
    same: dict[tuple[frozenset[int], int], list[_Beginning]] = defaultdict(list)
    for one in beginnings:
        same[frozenset(one.order), one.order[-1]].append(one)
    kept: list[_Beginning] = []
    for group in same.values():
        earliest: datetime | None = None
        for one in sorted(group, key=lambda each: (each.travel, each.free_at, each.order)):
            if earliest is None or (one.free_at is not None and one.free_at < earliest):
                kept.append(one)
                earliest = one.free_at
    return kept
