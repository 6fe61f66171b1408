"""Days to plan: seeded, with real places around Swiss cities, and what brute force makes of them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

from mila.lib.geo import Point, distance_km
from mila.lib.travel import Pace
from orders.planning.policy import DayToPlan, Stop, clipped, timetable, travel_of
from orders.schedule.policy import Day, feasible_starts
from partners.availability.policy import Window

MORNING = datetime(2026, 6, 3, 6, 0, tzinfo=UTC)
PLACES = Path(__file__).resolve().parents[3] / "partners" / "data" / "swiss_postal_codes.tsv"
CITIES = [Point(47.3769, 8.5417), Point(46.2044, 6.1432), Point(46.9480, 7.4474), Point(46.0037, 8.9511)]


@cache
def places_around(city: Point) -> list[Point]:
    """The towns within 25 km."""
    rows = [line.split("\t") for line in PLACES.read_text(encoding="utf-8").splitlines() if line.strip()]
    points = {Point(float(row[3]), float(row[4])) for row in rows if row[3].replace(".", "").isdigit()}
    return sorted(point for point in points if distance_km(*city, *point) < 25)


def at(hour: float) -> datetime:
    """So many hours after six in the morning, UTC."""
    return MORNING + timedelta(hours=hour)


def hours(random: Random) -> list[Window]:
    """A long day, a day with a lunch break, or a day with two breaks."""
    return random.choice(
        [
            [(at(0), at(14))],
            [(at(0), at(5.5)), (at(6.5), at(12))],
            [(at(0), at(3.5)), (at(4), at(7.5)), (at(8.5), at(13))],
        ]
    )


def arrival(random: Random, windows: list[Window], duration: timedelta) -> Window:
    """A booked time, half a day, or the whole day."""
    kind = random.choice(["fixed", "half", "half", "day", "day"])
    if kind == "fixed":
        opens, closes = random.choice(windows)
        quarters = int((closes - opens - duration) / timedelta(minutes=15))
        start = opens + timedelta(minutes=15) * random.randint(0, max(quarters, 0))
        return start, start
    if kind == "half":
        return random.choice([(at(0), at(5)), (at(5.5), at(11))])
    return at(0), at(12)


def random_day(seed: int) -> DayToPlan:
    """Up to eight visits; of some days nothing can be made."""
    random = Random(seed)
    points = random.sample(places_around(random.choice(CITIES)), random.randint(1, 8) + 1)
    windows = hours(random)
    stops = []
    for number in range(1, len(points)):
        duration = timedelta(minutes=random.choice([30, 45, 60, 60, 90]))
        first, last = arrival(random, windows, duration)
        spans = feasible_starts(Day(windows, [], timedelta()), duration=duration, at=points[0], travel=Pace())
        allowed = clipped(spans, first, last) or ((first, first),)
        stops.append(Stop(number, number, allowed, duration))
    table = [[int(Pace()(one, other).total_seconds()) for other in points] for one in points]
    home = random.choice([0, 0, 0, None])
    return DayToPlan(tuple(stops), table, timedelta(minutes=random.choice([0, 10, 15])), home, home)


def least_travel(day: DayToPlan) -> int | None:
    """By trying every order; orders that are late early are not gone through to their end."""
    best: int | None = None

    def go(order: tuple[int, ...], left: frozenset[int]) -> None:
        nonlocal best
        if order and timetable(order, day) is None:
            return
        if not left:
            seconds = travel_of(order, day)
            best = seconds if best is None else min(best, seconds)
        for number in sorted(left):
            go((*order, number), left - {number})

    go((), frozenset(range(len(day.stops))))
    return best
