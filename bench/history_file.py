"""A history file of any length, in order of time, written by the database that is also asked to read it."""

from pathlib import Path

from django.db import connection

MOMENT = """to_char(({}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""

FILE = f"""
COPY (
SELECT 'job-' || lpad(n::text, 9, '0') AS job, 'partner-' || lpad(who::text, 6, '0') AS partner,
       cities.slugs[1 + who % 10] AS city, {MOMENT.format("accepted")} AS accepted_at, outcome,
       CASE WHEN outcome <> '' THEN {MOMENT.format("accepted + interval '30 hours'")} END AS outcome_at, stars,
       CASE WHEN stars > 0 THEN {MOMENT.format("accepted + interval '40 hours'")} END AS rated_at
  FROM (
       SELECT n, luck / 1000 % {{partners}} AS who,
              timestamptz '2022-01-01 00:00+00' + n * interval '60 seconds' AS accepted,
              CASE WHEN luck % 100 < 90 THEN 'completed' WHEN luck % 100 < 94 THEN 'cancelled'
                   WHEN luck % 100 < 97 THEN 'excused' WHEN luck % 100 < 99 THEN 'client_cancelled' END AS outcome,
              CASE WHEN luck % 100 < 70 THEN 1 + luck / 100 % 5 END AS stars
         FROM (
              SELECT n, abs(hashint8(n)::bigint) AS luck FROM generate_series(1::bigint, {{rows}}) n
              ) drawn
       ) told, (SELECT array_agg(slug ORDER BY slug) AS slugs FROM partners_city) cities
 ORDER BY n
) TO STDOUT WITH (FORMAT csv, HEADER)
"""

BARE = """
DROP TABLE IF EXISTS bare;
CREATE TABLE bare (
       job text, partner text, city text, accepted_at timestamptz, outcome text, outcome_at timestamptz,
       stars smallint, rated_at timestamptz)
"""


def write_history(path: Path, *, rows: int, partners: int) -> None:
    with connection.cursor() as cursor, path.open("wb") as file:
        cursor.copy_expert(FILE.format(rows=rows, partners=partners), file)


def copy_into_bare_table(path: Path) -> None:
    """The limit: COPY of the file into a table of the same columns without index or constraint."""
    with connection.cursor() as cursor, path.open("rb") as file:
        cursor.execute(BARE)
        cursor.copy_expert("COPY bare FROM STDIN WITH (FORMAT csv, HEADER)", file)
