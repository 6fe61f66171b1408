"""A market of any size straight in the tables: jobs in order of time, each partner's spread over all of it.

Partner number p is `bench-p`, in city p modulo 10. Every tenth partner is careless: fewer stars, more cancelled.
The spread is a hash, so the same size is the same market.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

BEGINNING = datetime(2023, 1, 1, tzinfo=UTC)
END = datetime(2026, 1, 1, tzinfo=UTC)
NOW = END + timedelta(days=2)

PARTNERS = """
INSERT INTO partners_partner (
       reference, city_id, status, first_name, about, languages, radius_km, joined_at)
SELECT 'bench-' || lpad(n::text, 8, '0'), cities.ids[1 + n %% 10], 'active', '', '', '{}', 15, %(beginning)s
  FROM generate_series(1, %(partners)s) n,
       (SELECT array_agg(id ORDER BY slug) AS ids FROM partners_city) cities
 ORDER BY n
"""

# In round r every partner gets one job, each round in another order. 7919 and 104729 are prime.
JOBS = """
WITH first AS (SELECT min(id) AS id FROM partners_partner WHERE reference LIKE 'bench-%%')
INSERT INTO orders_job (
       partner_id, accepted_at, outcome, outcome_at, client_stars, stars_published_at, import_reference)
SELECT partner_id, accepted_at, outcome, CASE WHEN outcome <> '' THEN accepted_at + interval '30 hours' END,
       CASE WHEN outcome = 'completed' AND luck %% 10 < 7
            THEN CASE WHEN is_careless THEN 2 + luck / 7 %% 4 WHEN luck / 7 %% 5 = 0 THEN 4 ELSE 5 END END,
       CASE WHEN outcome = 'completed' AND luck %% 10 < 7 THEN accepted_at + interval '40 hours' END,
       'bench-' || n
  FROM (
       SELECT n, first.id + who AS partner_id, who %% 10 = 0 AS is_careless, luck,
              %(beginning)s::timestamptz + n * (%(length)s::interval / %(total)s) AS accepted_at,
              CASE WHEN luck %% 100 < CASE WHEN who %% 10 = 0 THEN 10 ELSE 3 END THEN 'cancelled'
                   WHEN luck %% 10000 = 77 THEN 'no_show'
                   WHEN luck %% 100 < 14 THEN 'client_cancelled'
                   ELSE 'completed' END AS outcome
         FROM first, (
              SELECT n, (n %% %(partners)s * 7919 + n / %(partners)s * 104729) %% %(partners)s AS who,
                     abs(hashint8(n)::bigint) AS luck
                FROM generate_series(0::bigint, %(total)s - 1) n
              ) drawn
       ) told
 ORDER BY n
"""

# The history of one partner: a job every hour backwards from the end.
LONG_HISTORY = """
INSERT INTO orders_job (partner_id, accepted_at, outcome, outcome_at, client_stars, stars_published_at)
SELECT %(partner)s, %(end)s::timestamptz - n * interval '1 hour', 'completed',
       %(end)s::timestamptz - n * interval '1 hour', 5, %(end)s::timestamptz - n * interval '1 hour'
  FROM generate_series(%(jobs)s, 1, -1) n
"""

TALLIES = """
INSERT INTO orders_partnertally (partner_id, accepted, cancelled, no_shows, latest_fact_at, last_accepted_at)
SELECT partner_id, count(*), count(*) FILTER (WHERE outcome = 'cancelled'),
       count(*) FILTER (WHERE outcome = 'no_show'), max(GREATEST(accepted_at, outcome_at)), max(accepted_at)
  FROM orders_job GROUP BY partner_id ORDER BY partner_id
"""

# One more completed job with five stars for some partners, as the services leave it behind.
FACTS = """
WITH chosen AS (
     SELECT id FROM partners_partner WHERE reference LIKE 'bench-%%' ORDER BY hashint8(id + %(salt)s) LIMIT %(count)s
     ), job AS (
     INSERT INTO orders_job (partner_id, accepted_at, outcome, outcome_at, client_stars, stars_published_at)
     SELECT id, %(at)s::timestamptz - interval '1 day', 'completed', %(at)s, 5, %(at)s FROM chosen
     RETURNING partner_id
     ), counted AS (
     UPDATE orders_partnertally tally SET accepted = accepted + 1, latest_fact_at = %(at)s
       FROM job WHERE tally.partner_id = job.partner_id
     )
INSERT INTO partners_partnerreview (partner_id, due_at) SELECT partner_id, %(at)s FROM job
    ON CONFLICT (partner_id) DO UPDATE SET due_at = EXCLUDED.due_at
"""


def build_market(*, partners: int, jobs: int) -> None:
    """`partners` x `jobs` jobs over three years, with tallies; indexes as migrations make them, all vacuumed."""
    parameters: dict[str, Any] = {
        "partners": partners,
        "total": partners * jobs,
        "beginning": BEGINNING,
        "length": END - BEGINNING - timedelta(days=2),
    }
    with connection.cursor() as cursor:
        cursor.execute(PARTNERS, parameters)
        indexes = _drop_indexes()
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(JOBS, parameters)
        cursor.execute("SET session_replication_role = origin")
        for definition in indexes:
            cursor.execute(definition)
        cursor.execute(TALLIES)
    settle()


def build_long_history(*, partner_id: int, jobs: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LONG_HISTORY, {"partner": partner_id, "jobs": jobs, "end": END})


def add_facts(*, count: int, salt: int, at: datetime) -> None:
    """A new rated job for each of `count` partners, who are then due for review."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, {"count": count, "salt": salt, "at": at})


def settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _drop_indexes() -> list[str]:
    """Building an index is cheaper than keeping it; returns how to build them again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'orders_job' AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint WHERE conrelid = 'orders_job'::regclass)"
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _name, definition in indexes]
