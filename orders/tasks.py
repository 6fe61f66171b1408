"""Work of orders that is due by the clock. Only the worker imports it: planning brings the library of routes."""

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from mila.sweeps.services import run_sweep
from orders.planning.batch import compute_due_proposals
from orders.planning.marking import mark_changed_availabilities
from orders.planning.replanning import plan_due_days
from orders.services import expire_orders, forget_drafts, lapse_offers, widen_searches
from orders.visits.services import note_missing_contacts


@shared_task
def expire_due() -> int:
    """End searches and offers whose time is over, and ask more partners where it is time for that."""
    return run_sweep("offers", _expire_due)


def _expire_due(now: datetime) -> int:
    # Before a search ends, whoever was asked first makes room for the others.
    return lapse_offers(now=now) + widen_searches(now=now) + expire_orders(now=now)


@shared_task
def note_contacts() -> int:
    """Note the first contacts that did not come in time."""
    return run_sweep("contacts", lambda now: note_missing_contacts(now=now))


@shared_task
def forget_old_drafts() -> int:
    """Forget the bookings that nobody came back to."""
    return run_sweep("drafts", lambda now: forget_drafts(now=now))


@shared_task
def plan_days() -> int:
    """Plan the days that have changed, and compute the proposals that ops asked for."""
    return run_sweep("plans", _plan_days)


def _plan_days(now: datetime) -> int:
    return (
        mark_changed_availabilities(now=now)
        + plan_due_days(clock=timezone.now)
        + compute_due_proposals(clock=timezone.now)
    )
