"""Who can do a job there and then, in the order of the published ranking (C2, C11).

One statement finds the partners who may and can, by the indexes on their areas, and scores them; the schedules of the
best are then looked at, a few at a time, until enough have been found whose day takes the visit.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Case, ExpressionWrapper, F, FloatField, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Extract, Greatest, Least, NullIf

from mila.lib.arrays import any_of
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
from partners.models import Partner, PartnerQuerySet

# Nobody turns over more pages, and nobody asks more partners about one order.
MOST_LOOKED_AT = 300
FIRST_LOOK = 16

COLUMNS = (
    "pk",
    "hours_set_at",
    "works_on_holidays",
    "buffer_minutes",
    "reference",
    "merit",
    "away_km",
    "accepted",
    "last_accepted_at",
    "score",
)
# The best by score, and enough newcomers for their share of the places among these.
BEST = """
    WITH able AS MATERIALIZED ({able})
    (SELECT * FROM able ORDER BY score DESC, reference COLLATE "C" LIMIT %s)
    UNION
    (SELECT * FROM able WHERE accepted < %s ORDER BY score DESC, reference COLLATE "C" LIMIT %s)
"""


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
    able = able_partners(wanted, within_km=within_km)
    if exclude_ids:
        able = able.exclude(any_of("id", exclude_ids))
    if exclude_user_id is not None:
        # Nobody comes to their own door.
        able = able.filter(~Q(user=exclude_user_id) | Q(user__isnull=True))
    found: list[Match] = []
    for some in _in_growing_parts(best_able(able, now=now, limit=MOST_LOOKED_AT)):
        starts = first_starts(some, wanted, now=now)
        found += [Match(one.candidate, start) for one in some if (start := starts[one.pk]) is not None]
        if len(found) >= limit:
            break
    return _in_published_order(found, now)[:limit]


def can_come(partner: Partner, wanted: Wanted, *, now: datetime) -> bool:
    """Whether this partner would be a candidate."""
    if wanted.arrives_until <= now or not able_partners(wanted).filter(pk=partner.pk).exists():
        return False
    starts = first_starts([partner], wanted, now=now)
    return starts[partner.pk] is not None


def able_partners(wanted: Wanted, *, within_km: float | None = None) -> PartnerQuerySet:
    """Partners who may and can do a job there, at whatever time; with `away_km`."""
    able = Partner.objects.able_to_work().in_city(wanted.city).with_skill(wanted.service.skill_id)
    return able.reaching(*wanted.at, wanted.postcode, within_km=within_km)


def best_able(able: PartnerQuerySet, *, now: datetime, limit: int) -> list[Able]:
    """The first of these partners in the published order, in one statement."""
    rows = able.annotate(**_figures(now)).values_list(*COLUMNS)
    statement, parameters = rows.query.sql_with_params()
    newcomers = -(-limit // NEWCOMER_EVERY)
    with connection.cursor() as cursor:
        cursor.execute(BEST.format(able=statement), [*parameters, limit, NEWCOMER_BELOW_JOBS, newcomers])
        found = {row[0]: Able(*row) for row in cursor.fetchall()}
    in_order = ranked([one.candidate for one in found.values()], now)
    return [found[candidate.partner_id] for candidate in in_order[:limit]]


def _in_published_order(found: Sequence[Match], now: datetime) -> list[Match]:
    """Newcomers have their places among those who can come, not among all."""
    match_of = {match.partner_id: match for match in found}
    return [match_of[one.partner_id] for one in ranked([match.candidate for match in found], now)]


def _figures(now: datetime) -> dict[str, Any]:
    """What `orders.ranking.policy.score` is made of, and the score itself; a test holds the two equal."""
    # A mark for review is written with the rank 0, until the review comes.
    rank = Cast(NullIf(F("review__search_rank"), Value(0)), FloatField())
    merit = Coalesce(rank, Value(MERIT_UNKNOWN))
    waited = Extract(Value(now) - F("tally__last_accepted_at"), "epoch") / Value(SECONDS_OF_A_DAY)
    idle = Case(
        When(tally__last_accepted_at__isnull=True, then=Value(MOST_IDLE_DAYS)),
        default=Least(Greatest(waited, Value(0.0)), Value(MOST_IDLE_DAYS)),
        output_field=FloatField(),
    )
    near = Least(F("away_km"), Value(MOST_KM))
    return {
        "merit": merit,
        "accepted": Coalesce(F("tally__accepted"), Value(0)),
        "last_accepted_at": F("tally__last_accepted_at"),
        "score": ExpressionWrapper(
            merit - Value(STARS_PER_KM) * near + Value(STARS_PER_IDLE_DAY) * idle, output_field=FloatField()
        ),
    }


def _in_growing_parts(able: Sequence[Able]) -> Iterator[Sequence[Able]]:
    """Mostly the first few are enough; where many are taken, each further look is at twice as many."""
    begin, size = 0, FIRST_LOOK
    while begin < len(able):
        yield able[begin : begin + size]
        begin, size = begin + size, 2 * size
