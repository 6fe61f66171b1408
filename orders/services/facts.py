"""What is recorded about partners, and the tally kept beside it: always under the lock of the partner.

Every fact that can move a standing marks the partner for review in the same transaction.
"""

from datetime import datetime

from django.db import connection

from orders.models import Job
from orders.planning.marking import mark_day_for_planning
from orders.policy import Outcome
from partners.reviews import mark_for_review

COUNT = """
    INSERT INTO orders_partnertally AS tally (
        partner_id, accepted, cancelled, no_shows, latest_fact_at, last_accepted_at)
    VALUES (
        %(partner)s, greatest(%(accepted)s, 0), greatest(%(cancelled)s, 0), greatest(%(no_shows)s, 0), %(at)s,
        CASE WHEN %(accepted)s > 0 THEN %(at)s END)
    ON CONFLICT (partner_id) DO UPDATE SET
        accepted = tally.accepted + %(accepted)s,
        cancelled = tally.cancelled + %(cancelled)s,
        no_shows = tally.no_shows + %(no_shows)s,
        latest_fact_at = greatest(tally.latest_fact_at, excluded.latest_fact_at),
        last_accepted_at = greatest(tally.last_accepted_at, excluded.last_accepted_at)
"""


def record_acceptance(*, job: Job) -> None:
    """Count a job that has just been accepted. The partner is locked."""
    _count(job.partner_id, accepted=1, at=job.accepted_at)
    _plan_anew(job, job.accepted_at)


def record_outcome(*, job: Job, outcome: Outcome, at: datetime) -> None:
    """Count an outcome that has just been written. The partner is locked."""
    _count(
        job.partner_id,
        cancelled=int(outcome is Outcome.CANCELLED),
        no_shows=int(outcome is Outcome.NO_SHOW),
        at=at,
    )
    _plan_anew(job, at)


def record_lifted_outcome(*, job: Job, at: datetime) -> None:
    """Take back what an outcome counted, now that it is excused. The partner is locked."""
    _count(
        job.partner_id,
        cancelled=-int(job.outcome == Outcome.CANCELLED),
        no_shows=-int(job.outcome == Outcome.NO_SHOW),
        at=at,
    )


def publish_stars(*, job: Job, stars: int, now: datetime) -> None:
    """The client's rating of a completed job becomes public and counts from `now`. The partner is locked."""
    job.client_stars, job.stars_published_at = stars, now
    job.save(update_fields=["client_stars", "stars_published_at"])
    mark_for_review(partner_ids=[job.partner_id], now=now)


def rule_out_stars(*, job: Job, now: datetime) -> None:
    """Published stars no longer count from `now`; the value stays. The partner is locked. Twice is once."""
    if job.stars_ruled_out_at is not None:
        return
    job.stars_ruled_out_at = now
    job.save(update_fields=["stars_ruled_out_at"])
    mark_for_review(partner_ids=[job.partner_id], now=now)


def _plan_anew(job: Job, now: datetime) -> None:
    if job.starts_at is not None:
        mark_day_for_planning(partner_id=job.partner_id, at=job.starts_at, now=now)


def _count(
    partner_id: int, *, at: datetime, accepted: int = 0, cancelled: int = 0, no_shows: int = 0
) -> None:
    if accepted or cancelled or no_shows:
        counts = {"accepted": accepted, "cancelled": cancelled, "no_shows": no_shows}
        with connection.cursor() as cursor:
            cursor.execute(COUNT, {"partner": partner_id, "at": at, **counts})
    mark_for_review(partner_ids=[partner_id], now=at)
