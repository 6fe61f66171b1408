"""How long a city's day takes to assign, and how much way that saves: 200 open orders, 50 partners, in memory.

    python bench/planning.py [--json]

Compared with what one would do without a solver: each order, as it was booked, to the best-ranked partner who has time;
and each order, as it was booked, to the partner who is nearest to it then.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mila.settings")
if __name__ == "__main__":
    # In memory: no server is started for it.
    os.environ.setdefault("MILA_SERVERS", "off")
    django.setup()

from bench.figures import Figures
from mila.lib.geo import Point, distance_km
from orders.planning.assigning import USUAL_PACE as PACE
from orders.planning.assigning import Candidate, OpenOrder, propose
from orders.planning.snapshot import legs_of
from orders.schedule.policy import Day, Visit, feasible_starts, misfit

ORDERS, PARTNERS, SKILLS, SEED = 200, 50, 6, 26
ZURICH = Point(47.3769, 8.5417)
DAY_STARTS = datetime(2026, 6, 3, 4, 0, tzinfo=UTC)
BUFFER = timedelta(minutes=10)
PLACES = Path(__file__).resolve().parents[1] / "partners" / "data" / "swiss_postal_codes.tsv"

Start = tuple[datetime, OpenOrder]


@dataclass
class Tour:
    """What a partner of a baseline has so far."""

    candidate: Candidate
    visits: list[Visit] = field(default_factory=list)

    def first_start(self, order: OpenOrder) -> datetime | None:
        """The first arrival that the client agreed to and this day has room for."""
        if order.order_id not in self.candidate.may_do:
            return None
        for first, last in feasible_starts(self._day(), duration=order.duration, at=order.at, travel=PACE):
            start = max(first, order.earliest)
            if start <= min(last, order.latest):
                return start
        return None

    def take(self, order: OpenOrder, start: datetime) -> None:
        """Raises `ValueError` if it does not fit, by the same rule that everything else is checked by."""
        if misfit(start, self._day(), duration=order.duration, at=order.at, travel=PACE) is not None:
            raise ValueError(f"order {order.order_id} does not fit")
        self.visits = sorted(
            [*self.visits, Visit(start, start + order.duration, order.at)], key=lambda visit: visit.start
        )

    def place_before(self, start: datetime) -> Point | None:
        """Where the partner comes from."""
        before = [visit.at for visit in self.visits if visit.end <= start]
        return before[-1] if before else self.candidate.home

    def seconds(self) -> int:
        """From home to all visits and back."""
        places = [visit.at for visit in self.visits if visit.at is not None]
        home = [self.candidate.home] if self.candidate.home is not None else []
        return sum(leg.seconds for leg in legs_of([*home, *places, *home], PACE)) if places else 0

    def _day(self) -> Day:
        return Day(self.candidate.around.windows, self.visits, BUFFER)


def measure_planning(figures: Figures) -> None:
    """Adds the figures of one day."""
    orders, candidates = market(SEED)
    started = perf_counter()
    plan = propose(orders, candidates)
    seconds = perf_counter() - started
    ranked = tours_of(by_ranking, orders, candidates)
    nearest = tours_of(by_nearest_neighbour, orders, candidates)
    figures.add("plan_200x50", round(seconds, 3), "s")
    for name, tours in (("ranking", ranked), ("nearest_neighbour", nearest)):
        figures.add(f"{name}_orders", sum(len(tour.visits) for tour in tours), "orders")
        figures.add(f"{name}_travel", sum(tour.seconds() for tour in tours) / 3600, "h")
    figures.add("plan_orders", len(plan.proposed), "orders", "nearest_neighbour_orders")
    figures.add("plan_travel", plan.seconds / 3600, "h", "nearest_neighbour_travel")


def market(seed: int) -> tuple[list[OpenOrder], list[Candidate]]:
    """One city's day: places by postcode within 15 km, booked times and half and whole days, skills and hours."""
    random = Random(seed)
    places = places_around(ZURICH, km=15)
    skill_of = {number: random.randrange(SKILLS) for number in range(ORDERS)}
    orders = [order(random, number, random.choice(places)) for number in range(ORDERS)]
    candidates = []
    for number in range(PARTNERS):
        home, radius = random.choice(places), random.choice([10, 15, 25])
        skills = set(random.sample(range(SKILLS), random.choice([2, 3, 4])))
        may_do = frozenset(
            one.order_id
            for one in orders
            if skill_of[one.order_id] in skills and distance_km(*home, *one.at) <= radius
        )
        candidates.append(Candidate(number, home, Day(hours(random), (), BUFFER), (), may_do))
    return orders, candidates


def order(random: Random, number: int, place: Point) -> OpenOrder:
    kind = random.choice(["time", "half", "half", "day"])
    duration = timedelta(minutes=random.choice([45, 60, 60, 90]))
    if kind == "time":
        start = at(2 + random.randrange(36) / 4)
        return OpenOrder(number, place, start, start, duration)
    first, last = {"half": random.choice([(2, 6), (7, 11)]), "day": (2, 11)}[kind]
    return OpenOrder(number, place, at(first), at(last), duration)


def hours(random: Random) -> tuple[tuple[datetime, datetime], ...]:
    """Mornings, afternoons, or a day with a break."""
    return random.choice(
        [((at(2), at(6)), (at(7), at(12))), ((at(3), at(11)),), ((at(2), at(7)),), ((at(7), at(13)),)]
    )


def at(hour: float) -> datetime:
    return DAY_STARTS + timedelta(hours=hour)


def places_around(city: Point, *, km: float) -> list[Point]:
    rows = [line.split("\t") for line in PLACES.read_text(encoding="utf-8").splitlines() if line]
    points = {Point(float(row[3]), float(row[4])) for row in rows}
    return sorted(point for point in points if distance_km(*city, *point) <= km)


Assign = Callable[[Sequence[OpenOrder], list[Tour]], None]


def tours_of(assign: Assign, orders: Sequence[OpenOrder], candidates: Sequence[Candidate]) -> list[Tour]:
    tours = [Tour(candidate) for candidate in candidates]
    assign(orders, tours)
    return tours


def by_ranking(orders: Sequence[OpenOrder], tours: list[Tour]) -> None:
    """As the search does it: in the order of booking, to the best-ranked who has time."""
    for one in orders:
        for tour in tours:
            start = tour.first_start(one)
            if start is not None:
                tour.take(one, start)
                break


def by_nearest_neighbour(orders: Sequence[OpenOrder], tours: list[Tour]) -> None:
    """In the order of booking, to the partner who has the shortest way to it from where they are then.

    The other greedy way, each partner always on to the nearest order left, leaves a quarter of the orders undone.
    """
    for one in orders:
        able = [
            (PACE(here, one.at) if here is not None else timedelta(), number, start)
            for number, tour in enumerate(tours)
            if (start := tour.first_start(one)) is not None
            for here in [tour.place_before(start)]
        ]
        if able:
            _way, number, start = min(able)
            tours[number].take(one, start)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one list of figures instead of a table")
    options = parser.parse_args()
    figures = Figures()
    measure_planning(figures)
    figures.print(as_json=options.json)


if __name__ == "__main__":
    main()
