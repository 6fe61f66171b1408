"""Due days are planned: read, solved without any lock, and written if nothing changed meanwhile. In the worker only."""

from collections.abc import Callable
from datetime import datetime

import structlog

from mila.lib.travel import Router
from orders.models import RoutePlan
from orders.planning.policy import DayToPlan, PlanResult, best_times, is_locked
from orders.planning.services import apply_plan, due_plans, note_failure
from orders.planning.snapshot import Snapshot, problem_of, snapshot_of
from orders.planning.solver import best_order
from orders.schedule.ways import router_for

logger = structlog.get_logger(__name__)

SWEEP_LIMIT = 200


def plan_due_days(*, clock: Callable[[], datetime]) -> int:
    """Plan the days that are due; returns how many were planned. One that fails keeps no other waiting."""
    done = 0
    for plan in due_plans(now=clock(), limit=SWEEP_LIMIT):
        try:
            done += plan_day(plan=plan, now=clock().replace(microsecond=0))
        except Exception as error:
            # Of whatever kind.
            logger.exception("day_not_planned", plan_id=plan.pk, error=type(error).__name__)
            note_failure(plan=plan, now=clock())
    return done


def plan_day(*, plan: RoutePlan, now: datetime) -> bool:
    """Plan one day; False if it changed while it was being planned, and stays due."""
    seen = snapshot_of(plan.partner, plan.day)
    result, starts = _decide(seen, router_for(plan.partner.city), now)
    return apply_plan(plan=plan, seen=seen, result=result, starts=starts, now=now)


def _decide(seen: Snapshot, router: Router, now: datetime) -> tuple[PlanResult, list[datetime]]:
    present = [visit.start for visit in seen.visits]
    if is_locked(seen.visits):
        return PlanResult.LOCKED, present
    problem: DayToPlan = problem_of(seen, now=now, router=router)
    times = best_times(present, problem, best_order(problem))
    return (PlanResult.PLANNED, times) if times is not None else (PlanResult.IMPOSSIBLE, present)
