"""Entry points of the worker: each calls a service and notes its run for `/readyz`."""

from datetime import datetime

import structlog
from celery import shared_task
from django.core.cache import cache

from compliance.services import EarlierThanLatestAssessment, assess_city_nightly, review_due
from mila.lib.doorbell import press
from mila.lib.locks import Busy
from mila.sweeps.services import run_sweep
from partners.models import City
from partners.reviews import more_are_due_than

logger = structlog.get_logger(__name__)

BATCH = 500
MOST_AT_ONCE = 20 * BATCH
HELP_CALLED, HELP_AT_MOST_EVERY = "review_help_called", 2  # seconds


@shared_task
def review_due_partners() -> None:
    """Review who has new facts."""
    run_sweep("review", _review_in_batches)


@shared_task
def nightly() -> None:
    """Recompute and assess every city; a city that is done for the day is left alone, one that failed is not."""
    run_sweep("nightly", _assess_every_city)


def _review_in_batches(now: datetime) -> int:
    """Each batch is a transaction of its own; what is left after many of them is for the next sweep.

    If more than one batch waits, another process is called to share the work.
    """
    reviewed = 0
    if more_are_due_than(BATCH, now=now) and cache.add(HELP_CALLED, value=True, timeout=HELP_AT_MOST_EVERY):
        press("review")
    while reviewed < MOST_AT_ONCE:
        batch = review_due(now=now, limit=BATCH)
        reviewed += batch
        if batch < BATCH:
            break
    return reviewed


def _assess_every_city(now: datetime) -> int:
    return sum(_assess(city, now) for city in City.objects.order_by("pk"))


def _assess(city: City, now: datetime) -> int:
    try:
        return assess_city_nightly(city=city, now=now)
    except (Busy, EarlierThanLatestAssessment) as refusal:
        logger.warning("nightly_skipped_a_city", city=city.slug, error=type(refusal).__name__)
        return 0
