"""Assessing a whole city at an instant, and the nightly run (policy: assessment at T, commands)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import repeat

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from compliance.models import CityAssessment, Notice, Sanction
from compliance.models import Standing as StoredStanding
from compliance.services.figures import outdated_standings, store_standings
from compliance.services.ranks import ranks_of
from compliance.services.rules import CityRules, rules_at
from compliance.services.verdicts import Judged, action_name, carry_out, judge
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.sweeps.services import claim_period
from orders.models import PartnerTally
from partners.models import City, Partner
from partners.policy import PartnerStatus
from partners.reviews import Member, mark_for_review, members, note_review
from partners.services import lock_partners, statuses_at
from ratings import standings
from ratings.policy import Standing, city_star_mean

NIGHTLY = "nightly"
FASTER_BY_AT_MOST = timedelta(minutes=5)


class EarlierThanLatestAssessment(Refusal):
    """Decisions build on each other, so none is added before the latest; a dry run may look back."""

    message = _("%(city)s has already been assessed at %(latest)s; an earlier time can only be tried out.")


@dataclass(frozen=True, slots=True)
class CitySummary:
    """What assessing one city at one instant came to. `actions`: (partner, rule, kind) in order of references."""

    city: str
    as_of: datetime
    dry_run: bool
    partners: int
    assessed: int
    standings_changed: int
    city_cancellation_average: Decimal | None
    cancellation_limit: Decimal | None
    actions: tuple[tuple[str, str, str], ...]

    def count_of(self, kind: str) -> int:
        """How often a kind of action was called for, whatever the rule."""
        return sum(called_for == kind for _partner, _rule, called_for in self.actions)


def assess_city(*, city: City, as_of: datetime, dry_run: bool) -> CitySummary:
    """Recompute all standings of the city at `as_of` and assess its ACTIVE partners, in one transaction.

    A dry run changes nothing and may look at any instant; statuses, notices and sanctions are then those of
    that instant. Else `EarlierThanLatestAssessment` refuses to go back. The same instant twice changes nothing.
    """
    if dry_run:
        return _try_out(city, as_of)
    with locking():
        locked = _lock(city)
        latest = latest_assessment_of(city)
        if latest is not None and as_of < latest:
            raise _too_early(city, latest)
        return _assess(city, locked, as_of)


def assess_city_now(*, city: City, now: datetime) -> CitySummary:
    """`assess_city` at `now`, or at the instant of a review that was faster: reviews go on until all are locked."""
    with locking():
        return _assess_now(city, _lock(city), now)


def recompute_city(*, city: City, now: datetime) -> int:
    """Bring the stored standings of a city up to date without assessing anybody; return how many changed.

    Only who differs is locked, and counted once more under the lock.
    """
    with locking():
        outdated = outdated_standings(city.pk, now)
        lock_partners(partner_ids=outdated)
        return len(store_standings(standings.standings_of(outdated, now), now))


def recompute_all(*, now: datetime, at_once: int = 1) -> int:
    """`recompute_city` for every city, each in its own transaction; return how many standings changed.

    `at_once` cities are recomputed at a time, on connections of their own: PostgreSQL does not share out the work
    of one statement that ends each partner's window by a LIMIT.
    """
    cities = list(City.objects.order_by("pk"))
    if at_once == 1:
        return _recompute_in_turn(cities, now)
    shares = [cities[first::at_once] for first in range(at_once)]
    with ThreadPoolExecutor(at_once) as workers:
        return sum(workers.map(_recompute_apart, shares, repeat(now)))


def assess_city_nightly(*, city: City, now: datetime) -> int:
    """Assess the city unless this day's run (UTC) is done already; return how many partners were looked at."""
    with locking():
        locked = _lock(city)
        if not claim_period(name=f"{NIGHTLY}:{city.slug}", period=now.date(), now=now):
            return 0
        return _assess_now(city, locked, now).partners


def _recompute_in_turn(cities: Sequence[City], now: datetime) -> int:
    return sum(recompute_city(city=city, now=now) for city in cities)


def _recompute_apart(cities: Sequence[City], now: datetime) -> int:
    """In a thread, which has a connection of its own."""
    try:
        return _recompute_in_turn(cities, now)
    finally:
        connection.close()


def latest_assessment_of(city: City) -> datetime | None:
    """The latest instant at which the city, or any partner of it, was assessed."""
    moments = [
        CityAssessment.objects.filter(city=city).aggregate(latest=Max("as_of")),
        Notice.objects.filter(partner__city=city).aggregate(latest=Max("issued_at")),
        Sanction.objects.filter(partner__city=city).aggregate(latest=Max("issued_at")),
        StoredStanding.objects.filter(partner__city=city).aggregate(latest=Max("computed_at")),
    ]
    return max((moment["latest"] for moment in moments if moment["latest"] is not None), default=None)


def _lock(city: City) -> list[Member]:
    """First the city, then its partners: nobody assesses, reviews or changes any of them meanwhile."""
    City.objects.select_for_update(no_key=True).get(pk=city.pk)
    return members(Partner.objects.filter(city=city).order_by("pk").select_for_update(no_key=True))


def _too_early(city: City, latest: datetime) -> EarlierThanLatestAssessment:
    return EarlierThanLatestAssessment(city=city.name, latest=latest.isoformat())


def _assess_now(city: City, locked: list[Member], now: datetime) -> CitySummary:
    latest = latest_assessment_of(city) or now
    if latest > now + FASTER_BY_AT_MOST:
        raise _too_early(city, latest)
    return _assess(city, locked, max(now, latest))


def _assess(city: City, locked: list[Member], at: datetime) -> CitySummary:
    look = _look_at(city, locked, at)
    changed = store_standings(look.standings, at)
    # Who has left since then is out of reach.
    within_reach = [partner for partner in look.active if partner.status == PartnerStatus.ACTIVE]
    judged = judge(within_reach, look.standings, look.rules, at)
    carry_out(judged, look.rules, at)
    star_mean = city_star_mean(look.standings.values())
    note_review(ranks=ranks_of(look.partners, look.standings, {city.pk: star_mean}), now=at)
    _mark_later_facts(look.partners, at)
    rules = look.rules[city.pk]
    CityAssessment.objects.get_or_create(
        city=city,
        as_of=at,
        defaults={
            "policy": rules.policy,
            "city_cancellation_average": rules.average,
            "star_mean": star_mean,
            "partners_assessed": len(look.active),
            "partners_changed": len(judged),
        },
    )
    return look.summary(judged, standings_changed=len(changed), dry_run=False)


def _try_out(city: City, at: datetime) -> CitySummary:
    look = _look_at(city, members(Partner.objects.filter(city=city).order_by("pk")), at)
    judged = judge(look.active, look.standings, look.rules, at)
    return look.summary(judged, standings_changed=0, dry_run=True)


@dataclass(frozen=True, slots=True)
class _Look:
    """What an assessment of one city at one instant is based on; all of it read before anything changes."""

    city: City
    at: datetime
    partners: list[Member]
    active: list[Member]
    rules: dict[int, CityRules]
    standings: dict[int, Standing]

    def summary(self, judged: list[Judged], *, standings_changed: int, dry_run: bool) -> CitySummary:
        actions = [
            (partner.reference, action.rule.value, action_name(action))
            for partner, verdict in judged
            for action in verdict.actions
        ]
        rules = self.rules[self.city.pk]
        return CitySummary(
            city=self.city.slug,
            as_of=self.at,
            dry_run=dry_run,
            partners=len(self.partners),
            assessed=len(self.active),
            standings_changed=standings_changed,
            city_cancellation_average=rules.average,
            cancellation_limit=rules.limit,
            actions=tuple(sorted(actions)),
        )


def _look_at(city: City, members_of_city: list[Member], at: datetime) -> _Look:
    """Who joined later does not exist yet."""
    partners = [member for member in members_of_city if member.joined_at <= at]
    of_city = standings.standings_of_city(city.pk, at)
    then = statuses_at(partner_ids=[partner.pk for partner in partners], at=at)
    return _Look(
        city=city,
        at=at,
        partners=partners,
        active=[partner for partner in partners if then[partner.pk] is PartnerStatus.ACTIVE],
        rules=rules_at([city.pk], at),
        standings={partner.pk: of_city.get(partner.pk, Standing()) for partner in partners},
    )


def _mark_later_facts(partners: list[Member], at: datetime) -> None:
    """Everybody was reviewed as of `at`; who has later facts still waits for a review."""
    ids = [partner.pk for partner in partners]
    later = PartnerTally.objects.filter(
        partner_id__in=ids, partner__review__due_at__isnull=True, latest_fact_at__gt=at
    ).values_list("partner_id", "latest_fact_at")
    if later:
        mark_for_review(
            partner_ids=[partner for partner, _latest in later], now=max(latest for _partner, latest in later)
        )
