"""Who can do a job there and then, in the order of the published ranking (C2, C11).

One statement finds the partners who may and can, by the indexes on their areas, and scores them; the schedules of the
best are then looked at, a few at a time, until enough have been found whose day takes the visit.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from mila.lib.arrays import numbers
from mila.lib.prepared import Prepared
from orders.ranking.policy import (
    MERIT_UNKNOWN,
    MOST_IDLE_DAYS,
    MOST_KM,
    NEWCOMER_BELOW_JOBS,
    NEWCOMER_EVERY,
    SECONDS_OF_A_DAY,
    STARS_PER_IDLE_DAY,
    STARS_PER_KM,
    Candidate,
    ranked,
)
from orders.schedule.services import first_starts
from orders.schedule.wanted import Wanted
from partners.availability.services import holidays_of
from partners.models import Partner, PartnerQuerySet, reach

# Mostly the first few are enough; nobody turns over more pages, and nobody asks more partners, than the last.
LOOKED_AT = (60, 300)
# Of so many of the best, those are left out who surely don't work at that time.
DEPTH = 300
FIRST_LOOK = 8
EVERYWHERE_KM = 1e6

# Who may and can, by the indexes on the areas (of a whole city's partners a bitmap would be made first, hence the 0),
# scored as `orders.ranking.policy.score` does (a test holds the two equal); of the best, those who may have hours then,
# until there are enough, and enough newcomers for their share of the places among these. All that this asks of a
# partner stands in the partner's row, as a look-up for each of a thousand took longer than everything else.
_BEST = """
    WITH scored AS MATERIALIZED (
        SELECT near.id, hours_set_at, works_on_holidays, buffer_minutes, reference, merit, km, accepted,
               last_accepted_at, merit - %(per_km)s * least(km, %(most_km)s) + %(per_day)s * CASE
                   WHEN last_accepted_at IS NULL THEN %(most_days)s
                   ELSE least(greatest(extract(epoch FROM %(now)s - last_accepted_at)::float8 / %(day)s, 0.0),
                              %(most_days)s)
               END AS score
          FROM (
               SELECT id, hours_set_at, works_on_holidays, buffer_minutes, reference, radius_km, postcodes,
                      jobs_accepted AS accepted, idle_since AS last_accepted_at,
                      coalesce(search_rank::float8, %(unknown)s) AS merit, {km} AS km
                 FROM partners_partner partner
                WHERE status = 'active' AND city_id + 0 = %(city)s AND skill_ids @> ARRAY[%(skill)s]::int[]
                  AND {covers}
                  AND partner.id <> ALL (%(exclude)s::bigint[])
                  AND (%(not_of)s::bigint IS NULL OR user_id IS DISTINCT FROM %(not_of)s)
               OFFSET 0
               ) near
         WHERE km <= %(within)s AND (km <= radius_km OR NOT (postcodes = '{{}}'::varchar(4)[]))
    )
    ({some})
    UNION
    ({newcomers})
"""
_FIRST_OF = """
    SELECT * FROM (
        SELECT * FROM scored {which} ORDER BY score DESC, reference COLLATE "C" LIMIT {depth}
    ) best
     WHERE %(weekday)s::int IS NULL OR hours_set_at IS NULL OR (works_on_holidays OR NOT %(is_holiday)s::bool) AND (
           -- Of a visit that fits, the beginning and the end lie in hours; of which, is looked at more closely later.
           SELECT coalesce(bool_or(lower(minutes) <= %(until)s AND upper(minutes) > %(from)s), false)
              AND coalesce(bool_or(lower(minutes) < %(until)s::int + %(length)s::int
                                   AND upper(minutes) >= %(from)s::int + %(length)s::int), false)
             FROM partners_workinghours hours WHERE hours.partner_id = best.id AND hours.weekday = %(weekday)s)
     ORDER BY score DESC, reference COLLATE "C" LIMIT {limit}
"""
BEST = Prepared(
    _BEST.format(
        km=reach.AWAY_KM,
        covers=reach.covers_sql(),
        some=_FIRST_OF.format(which="", depth="%(depth)s", limit="%(limit)s"),
        newcomers=_FIRST_OF.format(
            which="WHERE accepted < %(newcomer)s", depth="%(depth_of_newcomers)s", limit="%(share)s"
        ),
    )
)
# Whether one partner may and can, as `able_partners` has it.
_MAY = Prepared(f"""
SELECT FROM (
       SELECT radius_km, postcodes, {reach.AWAY_KM} AS km
         FROM partners_partner partner
        WHERE partner.id = %(partner)s AND status = 'active' AND city_id = %(city)s
          AND skill_ids @> ARRAY[%(skill)s]::int[] AND {reach.covers_sql()}
       ) near
 WHERE km <= radius_km OR NOT (postcodes = '{{}}'::varchar(4)[])""")  # noqa: S608 - constants
WEIGHTS = {
    "per_km": STARS_PER_KM,
    "most_km": MOST_KM,
    "per_day": STARS_PER_IDLE_DAY,
    "most_days": MOST_IDLE_DAYS,
    "day": SECONDS_OF_A_DAY,
    "unknown": MERIT_UNKNOWN,
    "newcomer": NEWCOMER_BELOW_JOBS,
}


@dataclass(frozen=True, slots=True)
class Match:
    """A partner whose day takes the visit, and when it would begin at the earliest."""

    candidate: Candidate
    start: datetime

    @property
    def partner_id(self) -> int:
        return self.candidate.partner_id


class Able(NamedTuple):
    """A row of the statement: what the ranking and the schedule need of a partner, no more."""

    pk: int
    hours_set_at: datetime | None
    works_on_holidays: bool
    buffer_minutes: int
    reference: str
    merit: float
    km: float
    accepted: int
    last_accepted_at: datetime | None
    score: float

    @property
    def candidate(self) -> Candidate:
        return Candidate(
            partner_id=self.pk,
            reference=self.reference,
            merit=self.merit,
            km=self.km,
            accepted=self.accepted,
            last_accepted_at=self.last_accepted_at,
        )


def candidates(
    wanted: Wanted,
    *,
    limit: int,
    now: datetime,
    within_km: float | None = None,
    exclude_ids: Collection[int] = (),
    exclude_user_id: int | None = None,
) -> list[Match]:
    """Up to `limit` partners who may, can and have time to do it, best first; nobody when it is too late.

    `within_km` leaves out whoever lives further away than that, even if they would come.
    """
    if wanted.arrives_until <= now:
        return []
    found: dict[int, Match] = {}
    # Whether there is anybody, the first few mostly say.
    for most in LOOKED_AT if limit > 1 else (FIRST_LOOK, *LOOKED_AT):
        able = best_able(
            wanted,
            now=now,
            limit=most,
            within_km=within_km,
            exclude_ids=[*exclude_ids, *found],
            exclude_user_id=exclude_user_id,
        )
        _look_at(able, wanted, found, until=limit, now=now)
        if len(found) >= limit or len(able) < most:
            break
    return _in_published_order(list(found.values()), now)[:limit]


def _look_at(
    able: Sequence[Able], wanted: Wanted, found: dict[int, Match], *, until: int, now: datetime
) -> None:
    """Add those whose day takes the visit, a few at a time, until there are enough."""
    for some in _in_growing_parts(able):
        starts = first_starts(some, wanted, now=now)
        for one in some:
            if (start := starts[one.pk]) is not None:
                found[one.pk] = Match(one.candidate, start)
        if len(found) >= until:
            return


def can_come(partner: Partner, wanted: Wanted, *, now: datetime) -> bool:
    """Whether this partner would be a candidate."""
    if wanted.arrives_until <= now or not _may(partner, wanted):
        return False
    starts = first_starts([partner], wanted, now=now)
    return starts[partner.pk] is not None


def _may(partner: Partner, wanted: Wanted) -> bool:
    values: dict[str, Any] = {
        "partner": partner.pk,
        "city": wanted.city.pk,
        "skill": wanted.service.skill_id,
        "latitude": wanted.at.latitude,
        "longitude": wanted.at.longitude,
        "postcode": wanted.postcode,
    }
    with connection.cursor() as cursor:
        _MAY.run(cursor, values)
        return cursor.fetchone() is not None


def able_partners(wanted: Wanted) -> PartnerQuerySet:
    """Partners who may and can do a job there, at whatever time; with `away_km`."""
    able = Partner.objects.able_to_work().in_city(wanted.city).with_skill(wanted.service.skill_id)
    return able.reaching(*wanted.at, wanted.postcode)


def best_able(
    wanted: Wanted,
    *,
    now: datetime,
    limit: int,
    within_km: float | None = None,
    exclude_ids: Collection[int] = (),
    exclude_user_id: int | None = None,
    at_any_time: bool = False,
) -> list[Able]:
    """The first of the able partners in the published order, in one statement.

    Left out is, unless `at_any_time`, who surely does not work at the time wanted.
    """
    share = -(-limit // NEWCOMER_EVERY)
    depth = max(limit, DEPTH)
    values = WEIGHTS | {
        "city": wanted.city.pk,
        "skill": wanted.service.skill_id,
        "latitude": wanted.at.latitude,
        "longitude": wanted.at.longitude,
        "postcode": wanted.postcode,
        "exclude": numbers(exclude_ids),
        # Nobody comes to their own door.
        "not_of": exclude_user_id,
        "within": EVERYWHERE_KM if within_km is None else within_km,
        "now": now,
        **_time_of_day(wanted, now),
        **({"weekday": None} if at_any_time else {}),
        "limit": limit,
        "share": share,
        "depth": depth,
        "depth_of_newcomers": -(-depth // NEWCOMER_EVERY),
    }
    with connection.cursor() as cursor:
        BEST.run(cursor, values)
        found = {row[0]: Able(*row) for row in cursor.fetchall()}
    in_order = ranked([one.candidate for one in found.values()], now)
    return [found[candidate.partner_id] for candidate in in_order[:limit]]


def _time_of_day(wanted: Wanted, now: datetime) -> dict[str, int | bool | None]:
    """The arrival on the city's clock, in minutes since midnight; no weekday where the clock can't tell beforehand.

    That is where it reaches into another day, or the clock is changed on that day.
    """
    zone = ZoneInfo(wanted.city.time_zone)
    first, last = wanted.earliest(now).astimezone(zone), wanted.arrives_until.astimezone(zone)
    end = last + wanted.duration
    is_one_day = first.date() == end.date() and first.utcoffset() == end.utcoffset()
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    is_usual = is_one_day and midnight.utcoffset() == first.utcoffset()
    return {
        "weekday": first.weekday() if is_usual else None,
        "is_holiday": bool(holidays_of(canton=wanted.city.canton, first=first.date(), days=1)),
        "from": first.hour * 60 + first.minute,
        "until": last.hour * 60 + last.minute,
        "length": int(wanted.duration.total_seconds()) // 60,
    }


def _in_published_order(found: Sequence[Match], now: datetime) -> list[Match]:
    """Newcomers have their places among those who can come, not among all."""
    match_of = {match.partner_id: match for match in found}
    return [match_of[one.partner_id] for one in ranked([match.candidate for match in found], now)]


def _in_growing_parts(able: Sequence[Able]) -> Iterator[Sequence[Able]]:
    """Mostly the first few are enough; where many are taken, each further look is at four times as many."""
    begin, size = 0, FIRST_LOOK
    while begin < len(able):
        yield able[begin : begin + size]
        begin, size = begin + size, 4 * size
