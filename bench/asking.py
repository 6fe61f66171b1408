"""What `bench/dispatch.py` measures: whom to ask, when somebody is free, and the plan of a city's day."""

from collections.abc import Callable, Sequence
from time import perf_counter
from zoneinfo import ZoneInfo

from django.db import connection

from bench.figures import Figures, middle, say
from bench.neighbourhood import NOW, build_neighbourhood
from bench.planning import measure_planning
from bench.scratch import scratch_database
from mila.accounts.models import User
from orders.dispatch.policy import Rule, wave_of
from orders.models import Order, Service
from orders.schedule.wanted import Wanted
from orders.services import candidates, free_arrivals

RULE = Rule()
DAYS = 7
WARM_UP = 50

RADIUS_QUERY = """
    SELECT id FROM partners_partner
     WHERE status = 'active' AND postcodes = '{}'::varchar(4)[]
       AND box(point(longitude - radius_km * 0.0090022::float8 / cos(radians(latitude)),
                     latitude - radius_km * 0.0090022::float8),
               point(longitude + radius_km * 0.0090022::float8 / cos(radians(latitude)),
                     latitude + radius_km * 0.0090022::float8))
           @> box(point(%(lon)s, %(lat)s), point(%(lon)s, %(lat)s))
       AND 12742.0176 * asin(sqrt(
               power(sin(radians(latitude - %(lat)s) / 2), 2)
               + cos(radians(latitude)) * cos(radians(%(lat)s)) * power(sin(radians(longitude - %(lon)s) / 2), 2)
           )) <= radius_km
"""


def measure(*, partners: int, orders: int) -> Figures:
    figures = Figures()
    with scratch_database():
        say(f"Building {partners:,} partners and {orders:,} open orders ...")
        client = User.objects.create_user(email="bench@mila.example")
        service = Service.objects.order_by("pk")[0]
        build_neighbourhood(partners=partners, orders=orders, client_id=client.pk, service_id=service.pk)
        refuse_unless_indexed()
        say("Asking ...")
        found = list(Order.objects.searching().select_related("city", "service").order_by("pk"))
        times = measure_each([Wanted.of(order) for order in found])
    for name, seconds in times.items():
        reference = None if name == "radius_query" else "radius_query"
        figures.add(f"{name}_p50", middle(seconds), "s", reference and f"{reference}_p50")
        figures.add(f"{name}_p99", share_below(seconds, 0.99), "s", reference and f"{reference}_p99")
    say("Planning a city's day ...")
    measure_planning(figures)
    return figures


def measure_each(wanted: Sequence[Wanted]) -> dict[str, list[float]]:
    """The seconds of each question, per order."""
    ways: dict[str, Callable[[Wanted], int]] = {
        "radius_query": covering,
        "candidates": first_wave,
        "candidates_anywhere": everybody,
        "slots_week": free_week,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    answers = dict.fromkeys(ways, 0)
    for one in [*wanted[:WARM_UP], *wanted]:
        for name, ask in ways.items():
            started = perf_counter()
            answers[name] += ask(one)
            times[name].append(perf_counter() - started)
    for name, number in answers.items():
        say(f"  {name}: {number / (len(wanted) + WARM_UP):,.1f} found on average")
    return {name: seconds[WARM_UP:] for name, seconds in times.items()}


def covering(wanted: Wanted) -> int:
    with connection.cursor() as cursor:
        cursor.execute(RADIUS_QUERY, {"lat": wanted.at.latitude, "lon": wanted.at.longitude})
        return len(cursor.fetchall())


def first_wave(wanted: Wanted) -> int:
    """As a search asks: the first wave, or if that finds nobody, anywhere."""
    near, further = wave_of(RULE, 1), wave_of(RULE, 2)
    found = candidates(wanted, limit=near.size, within_km=near.radius_km, now=NOW)
    return len(found or candidates(wanted, limit=further.size, now=NOW))


def everybody(wanted: Wanted) -> int:
    """The best few of all who would come, as the search page begins."""
    return len(candidates(wanted, limit=RULE.first_size, now=NOW))


def free_week(wanted: Wanted) -> int:
    first = wanted.arrives_from.astimezone(ZoneInfo(wanted.city.time_zone)).date()
    return sum(len(day.arrivals) for day in free_arrivals(wanted, first=first, days=DAYS, now=NOW))


def refuse_unless_indexed() -> None:
    """A reference that scans the table would make everything else look quick."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {RADIUS_QUERY}", {"lat": 47.37, "lon": 8.54})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    if "partners_by_reach" not in plan:
        raise SystemExit(f"The reference does not use the index:\n{plan}")


def share_below(seconds: Sequence[float], share: float) -> float:
    return round(sorted(seconds)[int(len(seconds) * share)], 6)
