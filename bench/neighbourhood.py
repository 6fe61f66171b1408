"""Partners around the launch cities with areas, skills, hours and visits, and open orders: for `bench/dispatch.py`.

Straight in the tables, spread by hashes: the same size is the same market. Partners live up to 20 km around one of the
launch cities and serve 3 to 15 km; every tenth serves some postcodes instead. Nine of ten have set hours. On the week
to come each has one or two visits.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import connection

# A Monday morning.
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)

HASHES = """
CREATE OR REPLACE FUNCTION pg_temp.share(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT (abs(hashint8extended(n, salt) % 1000000007) / 1000000007.0)::float8
$$
"""

PARTNERS = """
WITH cities AS (SELECT row_number() OVER (ORDER BY slug) - 1 AS number, * FROM partners_city)
INSERT INTO partners_partner (
       reference, city_id, status, first_name, about, languages, joined_at, latitude, longitude, radius_km, postcodes,
       hours_set_at)
SELECT 'bench-' || lpad(n::text, 8, '0'), cities.id, 'active', '', '', '{}', %(now)s,
       cities.latitude + sqrt(pg_temp.share(n, 1)) * 0.18 * sin(6.283 * pg_temp.share(n, 2)),
       cities.longitude + sqrt(pg_temp.share(n, 1)) * 0.26 * cos(6.283 * pg_temp.share(n, 2)),
       3 + floor(13 * pg_temp.share(n, 3)),
       CASE WHEN n %% 10 = 7 THEN near.postcodes ELSE '{}' END,
       CASE WHEN n %% 10 <> 3 THEN %(now)s::timestamptz END
  FROM generate_series(1::bigint, %(partners)s) n
  JOIN cities ON cities.number = (n / 7) %% 10
  LEFT JOIN LATERAL (
       SELECT array_agg(DISTINCT postcode) AS postcodes FROM partners_place place
        WHERE place.city_id = cities.id AND n %% 10 = 7 AND pg_temp.share(place.id + n, 4) < 0.15
       ) near ON true
 WHERE n %% 10 <> 7 OR near.postcodes IS NOT NULL
"""

SKILLS = """
INSERT INTO partners_partner_skills (partner_id, skill_id)
SELECT partner.id, skill.id FROM partners_partner partner, partners_skill skill
 WHERE pg_temp.share(partner.id * 31 + skill.id, 5) < 0.6
"""

SKILL_IDS = """
UPDATE partners_partner SET skill_ids = kept.ids
  FROM (SELECT partner_id, array_agg(skill_id ORDER BY skill_id) AS ids FROM partners_partner_skills GROUP BY 1) kept
 WHERE kept.partner_id = partners_partner.id
"""

# Some take a break at noon, some work through, some begin after another job.
HOURS = """
INSERT INTO partners_workinghours (partner_id, weekday, minutes)
SELECT partner.id, weekday, span
  FROM partners_partner partner, generate_series(0, 5) weekday,
       unnest(CASE partner.id %% 4 WHEN 0 THEN ARRAY['[480,1080)'::int4range] WHEN 1 THEN ARRAY['[960,1290)'::int4range]
              WHEN 2 THEN ARRAY['[420,690)'::int4range, '[750,1110)'::int4range]
              ELSE ARRAY['[480,720)'::int4range, '[780,1080)'::int4range] END) span
 WHERE partner.hours_set_at IS NOT NULL AND pg_temp.share(partner.id * 7 + weekday, 6) < 0.7
"""

RECORDS = """
UPDATE partners_partner SET search_rank = 3.5 + 1.4 * pg_temp.share(id, 7);
INSERT INTO orders_partnertally (
       partner_id, city_id, accepted, cancelled, no_shows, latest_fact_at, last_accepted_at)
SELECT id, city_id, floor(150 * pg_temp.share(id, 8)), 0, 0, %(now)s,
       %(now)s::timestamptz - pg_temp.share(id, 9) * interval '20 days'
  FROM partners_partner;
UPDATE partners_partner partner SET jobs_accepted = tally.accepted, idle_since = tally.last_accepted_at
  FROM orders_partnertally tally WHERE tally.partner_id = partner.id
"""

# Each visit is on a day of its own of its partner, on the hour between 7 and 15 o'clock.
VISITS = """
WITH places AS (
     SELECT id, city_id, postcode, name, latitude, longitude,
            row_number() OVER (PARTITION BY city_id ORDER BY id) - 1 AS number,
            count(*) OVER (PARTITION BY city_id) AS of_city
       FROM partners_place WHERE city_id IS NOT NULL
     ), drawn AS (
     SELECT nextval('orders_order_id_seq') AS id, partner.id AS partner_id, partner.city_id, places.postcode,
            places.name, places.latitude, places.longitude,
            date_trunc('day', %(now)s::timestamptz) + visit * interval '3 days'
                + floor(2 * pg_temp.share(partner.id + visit, 10)) * interval '1 day'
                + (7 + floor(9 * pg_temp.share(partner.id + visit, 11))) * interval '1 hour' AS starts
       FROM partners_partner partner
       CROSS JOIN generate_series(0, 1) visit
       JOIN places ON places.city_id = partner.city_id
            AND places.number = floor(pg_temp.share(partner.id + visit, 12) * places.of_city)
      WHERE visit = 0 OR partner.id %% 2 = 0
     ), ordered AS (
     INSERT INTO orders_order (
            id, reference, submission_key, client_id, city_id, service_id, status, is_urgent, slot, street, postcode,
            town, latitude, longitude, details, price, currency, booked_at, search_until, wave)
     SELECT drawn.id, 'B' || drawn.id, gen_random_uuid(), %(client)s, drawn.city_id, %(service)s, 'confirmed', false,
            tstzrange(starts, starts + interval '1 hour'), '', drawn.postcode, drawn.name, drawn.latitude,
            drawn.longitude, '', 89, 'CHF', %(now)s, %(now)s, 1
       FROM drawn
     )
INSERT INTO orders_job (partner_id, order_id, accepted_at, slot)
SELECT partner_id, id, %(now)s, tstzrange(starts, starts + interval '1 hour') FROM drawn
"""

# From tomorrow to Saturday; every third leaves the arrival open for four hours.
OPEN_ORDERS = """
WITH places AS (
     SELECT row_number() OVER (ORDER BY hashint8(id)) AS number, * FROM partners_place WHERE city_id IS NOT NULL
     ), services AS (SELECT array_agg(id ORDER BY id) AS ids FROM orders_service WHERE is_active), drawn AS (
     SELECT n, places.*, services.ids[1 + n %% array_length(services.ids, 1)] AS service_id,
            date_trunc('day', %(now)s::timestamptz) + (1 + n %% 5) * interval '1 day'
                + (14 + floor(20 * pg_temp.share(n, 13))) * interval '30 minutes' AS starts
       FROM generate_series(1::bigint, %(orders)s) n, services, places
      WHERE places.number = 1 + n %% (SELECT count(*) FROM places)
     )
INSERT INTO orders_order (
       reference, submission_key, client_id, city_id, service_id, status, is_urgent, slot, arrival_window, street,
       postcode, town, latitude, longitude, details, price, currency, booked_at, search_until, wave)
SELECT 'O' || n, gen_random_uuid(), %(client)s, city_id, service_id, 'searching', false,
       tstzrange(starts, starts + duration_minutes * interval '1 minute'),
       CASE WHEN n %% 3 = 0 THEN tstzrange(starts, starts + interval '4 hours', '[]') END,
       '', drawn.postcode, drawn.name, latitude, longitude, '', 89, 'CHF', %(now)s, %(now)s, 0
  FROM drawn JOIN orders_service service ON service.id = drawn.service_id
"""


def build_neighbourhood(
    *, partners: int, orders: int, client_id: int, service_id: int, now: datetime = NOW
) -> None:
    """So many partners and open orders, vacuumed and analysed; the visits are in the week that begins at `now`."""
    values: dict[str, Any] = {
        "partners": partners,
        "orders": orders,
        "client": client_id,
        "service": service_id,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(HASHES)
        cursor.execute("SET session_replication_role = replica")
        for statement in (PARTNERS, SKILLS, SKILL_IDS, HOURS, RECORDS, VISITS, OPEN_ORDERS):
            cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM FULL partners_partner")
        cursor.execute("VACUUM ANALYZE")
