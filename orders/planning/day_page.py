"""What a partner sees of one day: the visits in order, the ways between them, and where all that is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from mila.lib.geo import Point, distance_km
from orders.models import Job, Order, RoutePlan
from orders.planning.snapshot import Leg, bounds_of, home_of, legs_of
from orders.policy import Outcome
from orders.schedule.services import pace_of
from partners.models import City, Partner, Place

# Names of towns on the map, so that they can be read.
MOST_TOWNS = 24
MARGIN_DEGREES = 0.05


@dataclass(frozen=True, slots=True)
class DayVisit:
    """A visit and the way to it; `way` None where the day begins nowhere known. The address while it is alive (C19)."""

    number: int
    job: Job
    order: Order
    way: Leg | None
    is_alive: bool

    @property
    def at(self) -> Point:
        return Point(self.order.latitude, self.order.longitude)


@dataclass(frozen=True, slots=True)
class DayPage:
    """`result` is that of the last planning, empty before the first; `is_due`: something has changed since."""

    day: date
    visits: list[DayVisit]
    way_home: Leg | None
    way: Leg
    result: str
    is_due: bool
    home: Point


def day_page(partner: Partner, day: date) -> DayPage:
    """`partner` comes with its city."""
    plan = RoutePlan.objects.filter(partner=partner, day=day).first()
    home = home_of(partner)
    jobs = [(job, job.order) for job in _jobs_of(partner, day) if job.order is not None]
    points = [Point(order.latitude, order.longitude) for _job, order in jobs]
    legs = legs_of([home, *points, home], pace_of(partner.city)) if jobs else []
    kept = _kept_ways(plan, [job for job, _order in jobs])
    visits = [
        DayVisit(number, job, order, kept[number - 1] if kept else way, job.outcome is None)
        for number, ((job, order), way) in enumerate(zip(jobs, legs, strict=False), start=1)
    ]
    way_home = legs[-1] if legs else None
    all_ways = [visit.way for visit in visits if visit.way is not None] + ([way_home] if way_home else [])
    return DayPage(
        day=day,
        visits=visits,
        way_home=way_home,
        way=Leg(sum(leg.seconds for leg in all_ways), sum(leg.metres for leg in all_ways)),
        result=plan.result if plan is not None else "",
        is_due=plan is not None and plan.due_at is not None,
        home=home,
    )


def towns_of(page: DayPage, city: City) -> list[tuple[str, Point]]:
    """Towns to name on the map, around the places of the day; where none is near, the city."""
    points = [visit.at for visit in page.visits] + [page.home]
    points = points or [Point(city.latitude, city.longitude)]
    south, north = min(p.latitude for p in points), max(p.latitude for p in points)
    west, east = min(p.longitude for p in points), max(p.longitude for p in points)
    near = Place.objects.filter(
        latitude__range=(south - MARGIN_DEGREES, north + MARGIN_DEGREES),
        longitude__range=(west - MARGIN_DEGREES, east + MARGIN_DEGREES),
    )
    known = {
        name: Point(latitude, longitude)
        for name, latitude, longitude in near.order_by("-postcode").values_list(
            "name", "latitude", "longitude"
        )
    }
    apart = (
        distance_km(
            south - MARGIN_DEGREES, west - MARGIN_DEGREES, north + MARGIN_DEGREES, east + MARGIN_DEGREES
        )
        / 9
    )
    first = [(city.name, Point(city.latitude, city.longitude))]
    visited = [(visit.order.town, known.get(visit.order.town, visit.at)) for visit in page.visits]
    return _thinned([*first, *visited, *sorted(known.items())], apart)


def map_data(page: DayPage, city: City) -> dict[str, object]:
    """For the script of the map: [latitude, longitude] everywhere."""
    return {
        "home": page.home,
        "stops": [
            {"at": visit.at, "number": visit.number, "done": not visit.is_alive} for visit in page.visits
        ],
        "towns": [{"name": name, "at": at} for name, at in towns_of(page, city)],
        "around": Point(city.latitude, city.longitude),
    }


def _jobs_of(partner: Partner, day: date) -> Iterable[Job]:
    start, end = bounds_of(day, partner.city)
    that_day = Job.objects.of_partner(partner).filter(
        order__isnull=False, slot__startswith__gte=start, slot__startswith__lt=end
    )
    shown = that_day.filter(Q(outcome__isnull=True) | Q(outcome=Outcome.COMPLETED, outcome_at__gte=start))
    return shown.select_related("order__service", "order__client").order_by("slot", "pk")


def _kept_ways(plan: RoutePlan | None, jobs: Sequence[Job]) -> list[Leg]:
    """The ways as they were planned, if the day still is what was planned."""
    if plan is None or plan.due_at is not None:
        return []
    stops = list(plan.stops.all())
    if [(stop.job_id, stop.arrives_at) for stop in stops] != [(job.pk, job.starts_at) for job in jobs]:
        return []
    return [Leg(stop.travel_seconds, stop.travel_metres) for stop in stops]


def _thinned(towns: Iterable[tuple[str, Point]], apart_km: float) -> list[tuple[str, Point]]:
    kept: list[tuple[str, Point]] = []
    for name, at in towns:
        if len(kept) < MOST_TOWNS and all(
            name != other and distance_km(*at, *there) >= apart_km for other, there in kept
        ):
            kept.append((name, at))
    return kept
