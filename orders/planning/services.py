"""A planned day is written under the locks of its partner and orders, or left due when it changed meanwhile."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from mila.lib.arrays import instants, numbers
from mila.lib.locks import locking
from mila.lib.watching import tell_watchers
from mila.notifications.services import Draft, notify_many
from orders.models import Job, Order, RoutePlan, RouteStop, VisitMove
from orders.planning.policy import PlanResult
from orders.planning.snapshot import Leg, Snapshot, legs_of, snapshot_of
from partners.services import lock_partner

# All at once: two visits may change places. The order of a job and the job always have the same slot.
MOVE_JOBS = """
    UPDATE orders_job SET slot = tstzrange(moved.start, moved.start + (upper(slot) - lower(slot)))
    FROM unnest(%(jobs)s::bigint[], %(starts)s::timestamptz[]) AS moved (job_id, start)
    WHERE orders_job.id = moved.job_id
"""
MOVE_ORDERS = """
    UPDATE orders_order SET slot = orders_job.slot FROM orders_job
    WHERE orders_job.order_id = orders_order.id AND orders_job.id = ANY(%(jobs)s::bigint[])
"""
LONGEST_PAUSE = timedelta(hours=1)


def due_plans(*, now: datetime, limit: int) -> list[RoutePlan]:
    """Days that changed since they were planned, those that wait longest first."""
    due = RoutePlan.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    return list(due.select_related("partner__city")[:limit])


def apply_plan(
    *, plan: RoutePlan, seen: Snapshot, result: PlanResult, starts: Sequence[datetime], now: datetime
) -> bool:
    """Write a plan that was made of the day as it was `seen`: move its visits to `starts`, and note the stops.

    False, and nothing is written, when the day has changed since: then it stays due. Raises `Busy`.
    """
    with locking():
        partner = lock_partner(partner_id=plan.partner_id)
        _lock_orders(seen)
        held = RoutePlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
        if held.due_at != plan.due_at or snapshot_of(partner, plan.day) != seen:
            return False
        _move(seen, starts, now)
        _write_stops(held, seen, starts)
        held.result, held.planned_at, held.due_at, held.attempts = result, now, None, 0
        held.save()
    return True


def note_failure(*, plan: RoutePlan, now: datetime) -> None:
    """Planning failed: it is tried again later and later, so that it keeps no other day waiting."""
    pause = min(timedelta(seconds=30) * 2 ** min(plan.attempts, 10), LONGEST_PAUSE)
    RoutePlan.objects.filter(pk=plan.pk, due_at=plan.due_at).update(
        due_at=now + pause, attempts=plan.attempts + 1
    )


def _lock_orders(seen: Snapshot) -> None:
    of_jobs = Order.objects.filter(jobs__in=[visit.job_id for visit in seen.visits])
    list(of_jobs.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk"))


def _move(seen: Snapshot, starts: Sequence[datetime], now: datetime) -> None:
    moved = [(visit, start) for visit, start in zip(seen.visits, starts, strict=True) if visit.start != start]
    if not moved:
        return
    values = {
        "jobs": numbers(visit.job_id for visit, _start in moved),
        "starts": instants(start for _visit, start in moved),
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE_JOBS, values)
        cursor.execute(MOVE_ORDERS, values)
    moves = VisitMove.objects.bulk_create(
        VisitMove(
            job_id=visit.job_id,
            old_slot=DateTimeTZRange(visit.start, visit.end),
            new_slot=DateTimeTZRange(start, start + (visit.end - visit.start)),
            moved_at=now,
        )
        for visit, start in moved
    )
    _tell(moves, now)


def _tell(moves: Sequence[VisitMove], now: datetime) -> None:
    """Both sides learn when the visit is expected now; it stays within the arrivals agreed."""
    jobs = Job.objects.select_related("order__client", "partner__user").in_bulk([m.job_id for m in moves])
    drafts = [
        Draft(who, "visit_replanned", f"visit_replanned:{move.pk}:{side}", {"move_id": move.pk})
        for move in moves
        if (job := jobs[move.job_id]).order is not None
        for side, who in (("client", job.order.client), ("partner", job.partner.user))
    ]
    notify_many(drafts=drafts, now=now)
    for job in jobs.values():
        if job.order_id is not None:
            tell_watchers("order", job.order_id)


def _write_stops(plan: RoutePlan, seen: Snapshot, starts: Sequence[datetime]) -> None:
    coming = sorted((start, visit.job_id, visit.at) for visit, start in zip(seen.visits, starts, strict=True))
    made = [(visit.start, visit.job_id, visit.at) for visit in seen.past]
    route = [*made, *coming]
    home = [] if seen.home is None else [seen.home]
    legs = legs_of([*home, *(at for _start, _job, at in route), *home], seen.pace) if route else []
    plan.travel_seconds = sum(leg.seconds for leg in legs)
    plan.travel_metres = sum(leg.metres for leg in legs)
    to_stops = legs if home else [Leg(0, 0), *legs]
    plan.stops.all().delete()
    RouteStop.objects.bulk_create(
        RouteStop(
            plan=plan,
            position=number,
            job_id=job_id,
            arrives_at=start,
            travel_seconds=leg.seconds,
            travel_metres=leg.metres,
        )
        for number, ((start, job_id, _at), leg) in enumerate(zip(route, to_stops, strict=False), start=1)
    )
