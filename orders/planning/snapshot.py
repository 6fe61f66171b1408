"""A partner's day as it is now, read in a few statements; two readings of a day that nobody changed are equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from mila.lib.geo import Point, distance_km
from mila.lib.travel import EstimatingRouter, Pace, Router
from orders.models import Job
from orders.planning.policy import DayToPlan, PlannedVisit, Stop, Table, spans_of
from orders.policy import Outcome
from orders.schedule.policy import Day
from orders.schedule.services import days_of, pace_of
from partners.models import City, Partner


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A visit of the day that has been made."""

    job_id: int
    start: datetime
    at: Point


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a plan depends on. `around` holds the hours, and the visits of the days before and after."""

    home: Point | None
    pace: Pace
    around: Day
    past: tuple[PastVisit, ...]
    visits: tuple[PlannedVisit, ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """The way to a place from the one before."""

    seconds: int
    metres: int

    @property
    def minutes(self) -> int:
        """Rounded up."""
        return -(-self.seconds // 60)


def bounds_of(day: date, city: City) -> tuple[datetime, datetime]:
    """[from, to) of that day on the city's clock."""
    zone = ZoneInfo(city.time_zone)
    return (
        datetime.combine(day, time(), zone).astimezone(UTC),
        datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC),
    )


def home_of(partner: Partner) -> Point:
    return Point(partner.latitude, partner.longitude)


def snapshot_of(partner: Partner, day: date) -> Snapshot:
    """`partner` comes with its city."""
    start, end = bounds_of(day, partner.city)
    known = days_of([partner], city=partner.city, start=start, end=end - timedelta(seconds=1))[partner.pk]
    around = Day(
        windows=tuple(known.windows),
        visits=tuple(visit for visit in known.visits if not start <= visit.start < end),
        buffer=known.buffer,
    )
    return Snapshot(
        home=home_of(partner),
        pace=pace_of(partner.city),
        around=around,
        past=tuple(_past(partner, start, end)),
        visits=tuple(_planned(partner, start, end)),
    )


def problem_of(snapshot: Snapshot, *, now: datetime, router: Router | None = None) -> DayToPlan:
    """The visits to be made, numbered as in the snapshot; the day goes on from the last one made, or from home."""
    points = [visit.at for visit in snapshot.visits]
    origin = snapshot.past[-1].at if snapshot.past else snapshot.home
    ends = [point for point in (origin, snapshot.home) if point is not None]
    places = [*points, *dict.fromkeys(ends)]
    stops = tuple(
        Stop(
            visit.job_id,
            number,
            spans_of(visit, snapshot.around, travel=snapshot.pace, now=now),
            visit.end - visit.start,
        )
        for number, visit in enumerate(snapshot.visits)
    )
    return DayToPlan(
        stops=stops,
        travel=table_of(places, router or EstimatingRouter(snapshot.pace)),
        buffer=snapshot.around.buffer,
        start=None if origin is None else places.index(origin, len(points)),
        end=None if snapshot.home is None else places.index(snapshot.home, len(points)),
    )


def table_of(places: Sequence[Point], router: Router) -> Table:
    """The ways between places, in whole seconds."""
    return [[int(way.total_seconds()) for way in row] for row in router.table(places, places)]


def legs_of(places: Sequence[Point], pace: Pace) -> list[Leg]:
    """The ways from each place to the next, as they are estimated."""
    return [leg_of(one, other, pace) for one, other in pairwise(places)]


def leg_of(one: Point, other: Point, pace: Pace) -> Leg:
    metres = round(1000 * pace.detour * distance_km(*one, *other))
    return Leg(int(pace(one, other).total_seconds()), metres)


def _planned(partner: Partner, start: datetime, end: datetime) -> list[PlannedVisit]:
    jobs = (
        Job.objects.of_partner(partner)
        .alive()
        .filter(order__isnull=False, slot__overlap=DateTimeTZRange(start, end), slot__startswith__gte=start)
        .select_related("order")
        .order_by("slot", "pk")
    )
    return [_visit(job) for job in jobs]


def _visit(job: Job) -> PlannedVisit:
    order = job.order
    if order is None:
        raise ValueError("an imported job is not planned")
    # What was said to the client, or offered to others to take over, is not moved behind their backs.
    is_settled = (
        job.time_confirmed_at is not None
        or job.expected_at is not None
        or order.replacement_for_id is not None
    )
    return PlannedVisit(
        job_id=job.pk,
        start=order.starts_at,
        end=order.ends_at,
        earliest=order.starts_at if is_settled else order.arrives_from,
        latest=order.starts_at if is_settled else order.arrives_until,
        at=Point(order.latitude, order.longitude),
        has_set_out=job.on_the_way_at is not None or job.checked_in_at is not None,
    )


def _past(partner: Partner, start: datetime, end: datetime) -> list[PastVisit]:
    """Visits end on their day or soon after, which the index of completed jobs finds."""
    done = Job.objects.of_partner(partner).filter(
        outcome=Outcome.COMPLETED,
        outcome_at__gte=start,
        order__isnull=False,
        slot__startswith__gte=start,
        slot__startswith__lt=end,
    )
    rows = done.order_by("slot", "pk").values_list(
        "pk", "slot__startswith", "order__latitude", "order__longitude"
    )
    return [PastVisit(pk, begins, Point(latitude, longitude)) for pk, begins, latitude, longitude in rows]
