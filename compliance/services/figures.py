"""Stored figures: written where they changed; and which jobs a verdict has counted."""

from collections.abc import Collection, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import connection

from compliance.policy import Rule
from mila.lib.arrays import numbers
from ratings import standings
from ratings.policy import Standing, average_stars, cancellation_rate

COUNTS = ("accepted", "cancelled", "no_shows", "jobs_in_window", "rated_in_window", "stars_in_window")

_STORE = """
WITH fresh AS (
     SELECT given.*, %(at)s::timestamptz AS computed_at
       FROM unnest(%(partner)s::bigint[], %(accepted)s::int[], %(cancelled)s::int[], %(no_shows)s::int[],
                   %(jobs_in_window)s::smallint[], %(rated_in_window)s::smallint[], %(stars_in_window)s::smallint[],
                   %(cancellation_rate)s::numeric[], %(average_stars)s::numeric[])
            AS given (partner_id, accepted, cancelled, no_shows, jobs_in_window, rated_in_window, stars_in_window,
                      cancellation_rate, average_stars)
     ), first AS (
     INSERT INTO compliance_standing (
            partner_id, accepted, cancelled, no_shows, jobs_in_window, rated_in_window, stars_in_window,
            cancellation_rate, average_stars, computed_at)
     SELECT * FROM fresh
      WHERE NOT EXISTS (SELECT FROM compliance_standing stored WHERE stored.partner_id = fresh.partner_id)
     RETURNING partner_id
     ), changed AS (
     UPDATE compliance_standing stored
        SET accepted = fresh.accepted, cancelled = fresh.cancelled, no_shows = fresh.no_shows,
            jobs_in_window = fresh.jobs_in_window, rated_in_window = fresh.rated_in_window,
            stars_in_window = fresh.stars_in_window, cancellation_rate = fresh.cancellation_rate,
            average_stars = fresh.average_stars, computed_at = fresh.computed_at
       FROM fresh
      WHERE stored.partner_id = fresh.partner_id
        AND (stored.accepted, stored.cancelled, stored.no_shows,
             stored.jobs_in_window, stored.rated_in_window, stored.stars_in_window)
            IS DISTINCT FROM (fresh.accepted, fresh.cancelled, fresh.no_shows,
                              fresh.jobs_in_window, fresh.rated_in_window, fresh.stars_in_window)
     RETURNING stored.partner_id
     )
SELECT partner_id FROM first UNION ALL SELECT partner_id FROM changed
"""

_OUTDATED = f"""
SELECT fresh.id
  FROM ({standings.STANDINGS_OF_A_CITY}) fresh
  LEFT JOIN compliance_standing stored ON stored.partner_id = fresh.id
 WHERE (fresh.accepted, fresh.cancelled, fresh.no_shows,
        fresh.jobs_in_window, fresh.rated_in_window, fresh.stars_in_window)
       IS DISTINCT FROM (stored.accepted, stored.cancelled, stored.no_shows,
                         stored.jobs_in_window, stored.rated_in_window, stored.stars_in_window)
"""  # noqa: S608 - made of constants

_COUNTED_AGAINST = """
SELECT job.partner_id, job.id
  FROM orders_job job
 WHERE job.partner_id = ANY(%(partners)s) AND job.outcome IN ('cancelled', 'no_show')
   AND job.outcome = ANY(%(outcomes)s) AND job.outcome_at <= %(at)s
   AND (job.excused_at IS NULL OR job.excused_at > %(at)s)
 ORDER BY job.partner_id, job.outcome_at DESC, job.id DESC
"""


def columns_of(standing: Standing) -> dict[str, Any]:
    """The columns of `compliance.models.Figures` for a standing."""
    counts = {name: getattr(standing, name) for name in COUNTS}
    return counts | {
        "cancellation_rate": cancellation_rate(standing),
        "average_stars": average_stars(standing),
    }


def store_standings(fresh: Mapping[int, Standing], at: datetime) -> Collection[int]:
    """Write the figures that differ from the stored ones, in one statement; return whose did.

    The partners are locked. Rates and averages follow from the counts, so equal counts are equal figures.
    """
    if not fresh:
        return set()
    figures = fresh.values()
    columns = {name: numbers(map(attrgetter(name), figures)) for name in COUNTS}
    parameters: dict[str, Any] = {
        "partner": numbers(fresh),
        **columns,
        "cancellation_rate": numbers(map(cancellation_rate, figures)),
        "average_stars": numbers(map(average_stars, figures)),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE, parameters)
        return {partner for (partner,) in cursor.fetchall()}


def outdated_standings(city_id: int, at: datetime) -> list[int]:
    """The partners of a city whose stored figures are not what the facts say at `at`, by one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTDATED, {"city": city_id, "at": at})
        return [partner for (partner,) in cursor.fetchall()]


def jobs_counted(rule: Rule, partner_ids: Collection[int], at: datetime) -> dict[int, list[int]]:
    """The ids of the jobs that a rule counts at `at`, latest first, by partner id.

    Ratings: the window. Cancellations: the jobs cancelled and not attended. No-shows: the jobs not attended.
    """
    if rule is Rule.RATING:
        windows = standings.windows_of(partner_ids, at)
        return {partner: [job for job, *_rest in window] for partner, window in windows.items()}
    outcomes = ["no_show"] if rule is Rule.NO_SHOW else ["cancelled", "no_show"]
    jobs: dict[int, list[int]] = {partner: [] for partner in partner_ids}
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {"partners": list(partner_ids), "outcomes": outcomes, "at": at}
        cursor.execute(_COUNTED_AGAINST, parameters)
        for partner, job in cursor.fetchall():
            jobs[partner].append(job)
    return jobs
