"""Days of a partner in rows: visits in Zürich and around, flexible or at a booked time."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from orders.models import Job, RoutePlan
from orders.planning.marking import mark_day_for_planning
from orders.planning.replanning import plan_due_days
from partners.models import Partner
from tests.factories import NOW, BookedJobFactory, OrderFactory

DAY = date(2026, 6, 3)
HOUR = timedelta(hours=1)
# A row of places going east from the city: each twenty minutes or so from the next.
EAST = [(47.3769, 8.5417), (47.38, 8.65), (47.38, 8.75), (47.38, 8.85)]


def at(hour: float, day: date = DAY) -> datetime:
    """On the clock of Zürich, in summer."""
    return datetime.combine(day, datetime.min.time(), NOW.tzinfo) + timedelta(hours=hour - 2)


def visit(
    partner: Partner, hour: float, place: int = 0, window: tuple[float, float] | None = None, **fields: Any
) -> Job:
    """An accepted visit of an hour."""
    latitude, longitude = EAST[place]
    order = OrderFactory.create(
        status="confirmed",
        slot=DateTimeTZRange(at(hour), at(hour + 1)),
        arrival_window=window and DateTimeTZRange(at(window[0]), at(window[1]), "[]"),
        latitude=latitude,
        longitude=longitude,
    )
    return BookedJobFactory.create(partner=partner, order=order, **fields)


def mark(partner: Partner, now: datetime = NOW) -> RoutePlan:
    mark_day_for_planning(partner_id=partner.pk, at=at(12), now=now)
    return RoutePlan.objects.get(partner=partner, day=DAY)


def plan(partner: Partner, now: datetime = NOW) -> RoutePlan:
    """The day, planned by the sweep."""
    mark(partner, now)
    plan_due_days(clock=lambda: now)
    return RoutePlan.objects.get(partner=partner, day=DAY)


def starts(*jobs: Job) -> list[datetime]:
    """As both the order and the job have it."""
    found = []
    for job in jobs:
        job.refresh_from_db()
        assert job.order is not None
        job.order.refresh_from_db()
        assert job.slot == job.order.slot
        assert job.starts_at is not None
        found.append(job.starts_at)
    return found
