"""Reads a partner's standing at any instant from the recorded facts: one SQL statement per question.

Sources: policy "Facts" and "Standing at T". `ratings.policy.standing_from_jobs` says the same in plain Python and
is what these statements are tested against. SQL returns whole numbers only; every figure made from them is
rounded in `ratings.policy`, in one place.

The last 50 are the first 50 entries of a partner in the covering index `jobs_in_the_window`, so the cost of a
standing does not depend on the length of the history. Lifetime counts come from `PartnerTally` when it holds at T,
else they are counted in `jobs_by_acceptance` and `jobs_counting_against`. What was measured stands in docs/adr.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from mila.lib.arrays import instants, numbers
from ratings.policy import WINDOW, Standing

Window = list[tuple[int, datetime, int | None]]

# Stars count from their publication until they are ruled out, both as known at T.
_COUNTED_STARS = """
CASE WHEN job.stars_published_at <= %(at)s
      AND (job.stars_ruled_out_at IS NULL OR job.stars_ruled_out_at > %(at)s)
     THEN job.client_stars END
"""

_LATEST_COMPLETED = f"""
SELECT job.id, job.outcome_at, {_COUNTED_STARS} AS stars
  FROM orders_job job
 WHERE job.partner_id = partner.id AND job.outcome = 'completed' AND job.outcome_at <= %(at)s
 ORDER BY job.outcome_at DESC, job.id DESC
 LIMIT {WINDOW}
"""  # noqa: S608

_WINDOW_COUNTS = f"""
SELECT count(*) AS jobs_in_window, count(stars) AS rated_in_window, COALESCE(sum(stars), 0) AS stars_in_window
  FROM ({_LATEST_COMPLETED}) job_in_window
"""  # noqa: S608

# Where `tally` has no row for the partner, the two counts below are made; else they are not even begun.
_STANDINGS = f"""
SELECT partner.id,
       COALESCE(tally.accepted, acceptances.accepted) AS accepted,
       COALESCE(tally.cancelled, against.cancelled) AS cancelled,
       COALESCE(tally.no_shows, against.no_shows) AS no_shows,
       latest.jobs_in_window, latest.rated_in_window, latest.stars_in_window
  FROM partners_partner partner
  LEFT JOIN {{tally}}
 CROSS JOIN LATERAL (
       SELECT count(*) AS accepted
         FROM orders_job job
        WHERE tally.partner_id IS NULL AND job.partner_id = partner.id AND job.accepted_at <= %(at)s
       ) acceptances
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE job.outcome = 'cancelled') AS cancelled,
              count(*) FILTER (WHERE job.outcome = 'no_show') AS no_shows
         FROM orders_job job
        WHERE tally.partner_id IS NULL AND job.partner_id = partner.id
          AND job.outcome IN ('cancelled', 'no_show') AND job.outcome_at <= %(at)s
          AND (job.excused_at IS NULL OR job.excused_at > %(at)s)
       ) against
 CROSS JOIN LATERAL ({_WINDOW_COUNTS}) latest
 WHERE {{scope}}
"""  # noqa: S608

_KEPT = "orders_partnertally tally ON tally.partner_id = partner.id AND tally.latest_fact_at <= %(at)s"
# Of a few partners: one probe each, whatever the planner thinks of reading all.
_KEPT_OF_EACH = """
LATERAL (
       SELECT * FROM orders_partnertally kept
        WHERE kept.partner_id = partner.id AND kept.latest_fact_at <= %(at)s
       OFFSET 0
       ) tally ON TRUE
"""
_NONE_KEPT = "orders_partnertally tally ON FALSE"
_THESE_PARTNERS = "partner.id = ANY(%(partners)s::bigint[])"
_THIS_CITY = "partner.city_id = %(city)s"

# For statements that join it: partner id, then the fields of a `Standing`, of every partner of %(city)s at %(at)s.
STANDINGS_OF_A_CITY = _STANDINGS.format(tally=_KEPT, scope=_THIS_CITY)

# The first of the ascending %(instants)s that is not before an instant, by its number from one.
_FIRST_FROM = "width_bucket({at} - interval '1 microsecond', %(instants)s::timestamptz[]) + 1"

# The same question for each of many instants, from the facts alone: kept counts hold at the present only. The lifetime
# is read once, each fact into the instant from which on it counts, or counts no longer; sums over them are the counts.
_COURSE = f"""
WITH moment AS (
       SELECT * FROM unnest(%(instants)s::timestamptz[]) WITH ORDINALITY AS moment (at, number)
     ), change AS (
       SELECT {_FIRST_FROM.format(at="job.accepted_at")} AS number, count(*) AS accepted, 0 AS cancelled, 0 AS no_shows
         FROM orders_job job
        WHERE job.partner_id = %(partner)s AND job.accepted_at <= %(last)s
        GROUP BY 1
        UNION ALL
       SELECT {_FIRST_FROM.format(at="step.at")}, 0,
              sum(step.counts) FILTER (WHERE job.outcome = 'cancelled'),
              sum(step.counts) FILTER (WHERE job.outcome = 'no_show')
         FROM orders_job job
        CROSS JOIN LATERAL (
              VALUES (job.outcome_at, 1),
                     (CASE WHEN job.excused_at IS NOT NULL THEN GREATEST(job.excused_at, job.outcome_at) END, -1)
              ) step (at, counts)
        WHERE job.partner_id = %(partner)s AND job.outcome IN ('cancelled', 'no_show')
          AND job.outcome_at <= %(last)s AND step.at <= %(last)s
        GROUP BY 1
     ), changed AS (
       SELECT number, sum(accepted) AS accepted, sum(cancelled) AS cancelled, sum(no_shows) AS no_shows
         FROM change
        GROUP BY number
     )
SELECT COALESCE(sum(changed.accepted) OVER until_then, 0)::int,
       COALESCE(sum(changed.cancelled) OVER until_then, 0)::int,
       COALESCE(sum(changed.no_shows) OVER until_then, 0)::int,
       latest.jobs_in_window, latest.rated_in_window, latest.stars_in_window
  FROM moment
  LEFT JOIN changed ON changed.number = moment.number
 CROSS JOIN (SELECT %(partner)s::bigint AS id) partner
 CROSS JOIN LATERAL ({_WINDOW_COUNTS.replace("%(at)s", "moment.at")}) latest
WINDOW until_then AS (ORDER BY moment.number)
 ORDER BY moment.number
"""  # noqa: S608

_WINDOWS = f"""
SELECT partner.id, latest.id, latest.outcome_at, latest.stars
  FROM partners_partner partner
 CROSS JOIN LATERAL ({_LATEST_COMPLETED}) latest
 WHERE {_THESE_PARTNERS}
 ORDER BY partner.id, latest.outcome_at DESC, latest.id DESC
"""  # noqa: S608


def standing_of(partner_id: int, at: datetime) -> Standing:
    """The standing of one partner at `at`; all zero for a partner without jobs."""
    return standings_of([partner_id], at).get(partner_id, Standing())


def standings_of(partner_ids: Collection[int], at: datetime) -> dict[int, Standing]:
    """The standing of each of these partners at `at`, by partner id."""
    statement = _STANDINGS.format(tally=_KEPT_OF_EACH, scope=_THESE_PARTNERS)
    return _standings(statement, {"partners": numbers(partner_ids), "at": at})


def course_of(partner_id: int, moments: Sequence[datetime]) -> list[Standing]:
    """The standing of one partner at each of these instants, which grow, by one statement that reads each fact once."""
    if not moments:
        return []
    known = {"partner": partner_id, "instants": instants(moments), "last": moments[-1]}
    return [Standing(*counts) for counts in _rows(_COURSE, known)]


def standings_of_city(city_id: int, at: datetime) -> dict[int, Standing]:
    """The standing of every partner of a city at `at`, whatever their status, by partner id."""
    return _standings(STANDINGS_OF_A_CITY, {"city": city_id, "at": at})


def standings_of_all(at: datetime) -> dict[int, Standing]:
    """The standing of every partner of every city at `at`, by partner id."""
    return _standings(_STANDINGS.format(tally=_KEPT, scope="TRUE"), {"at": at})


def standings_from_facts(city_id: int | None, at: datetime) -> dict[int, Standing]:
    """The same figures from the jobs alone, for one city or (None) for all; kept counts are not looked at."""
    scope = "TRUE" if city_id is None else _THIS_CITY
    return _standings(_STANDINGS.format(tally=_NONE_KEPT, scope=scope), {"city": city_id, "at": at})


def window_of_partner(partner_id: int, at: datetime) -> Window:
    """The 50 latest jobs completed at or before `at`, latest first: (job id, outcome_at, stars or None)."""
    return windows_of([partner_id], at)[partner_id]


def windows_of(partner_ids: Collection[int], at: datetime) -> dict[int, Window]:
    """The window of each of these partners at `at`, by partner id; empty for a partner without jobs."""
    windows: dict[int, Window] = {partner_id: [] for partner_id in partner_ids}
    for partner_id, *entry in _rows(_WINDOWS, {"partners": numbers(partner_ids), "at": at}):
        windows[partner_id].append((entry[0], entry[1], entry[2]))
    return windows


def _standings(statement: str, parameters: dict[str, Any]) -> dict[int, Standing]:
    return {row[0]: Standing(*row[1:]) for row in _rows(statement, parameters)}


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
