"""Partners with a given track record, written straight in the tables, for tests of what compliance does with it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from orders.models import Job, PartnerTally
from orders.policy import Outcome
from partners.models import Partner
from partners.reviews import mark_for_review
from ratings.policy import JobFact
from tests.factories import PartnerFactory, city
from tests.ratings.facts import record

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GOOD = (5,) * 20


def partner_with(
    stars: Sequence[int | None] = GOOD,
    *,
    cancelled: int = 0,
    no_shows: int = 0,
    slug: str = "zurich",
    start: datetime = START,
    known: bool = True,
) -> Partner:
    """An active partner with these facts from `start` on, an hour apart; `known`: with a login, so with mails."""
    person = {} if known else {"user": None}
    partner = PartnerFactory.create(city=city(slug), joined_at=start, skills=[], **person)
    work(partner, stars, cancelled=cancelled, no_shows=no_shows, start=start)
    return partner


def work(
    partner: Partner,
    stars: Sequence[int | None] = (),
    *,
    cancelled: int = 0,
    no_shows: int = 0,
    accepted: int = 0,
    start: datetime,
) -> list[int]:
    """Further facts an hour apart, one job each; returns the ids. The tally and the mark follow, as in services."""
    facts = [
        JobFact(0, start, Outcome.COMPLETED, start, stars=s, stars_published_at=s and start) for s in stars
    ]
    facts += [JobFact(0, start, Outcome.CANCELLED, start)] * cancelled
    facts += [JobFact(0, start, Outcome.NO_SHOW, start)] * no_shows
    facts += [JobFact(0, start)] * accepted
    moved = [
        JobFact(
            0,
            fact.accepted_at + index * HOUR,
            fact.outcome,
            fact.outcome_at and fact.outcome_at + index * HOUR,
            stars=fact.stars,
            stars_published_at=fact.stars_published_at and fact.stars_published_at + index * HOUR,
        )
        for index, fact in enumerate(facts)
    ]
    kept = record(partner, moved)
    if kept:
        latest = kept[-1].accepted_at
        count(partner)
        mark_for_review(partner_ids=[partner.pk], now=latest)
    return [fact.id for fact in kept]


def count(partner: Partner) -> None:
    """Make the tally what the facts say."""
    jobs = Job.objects.filter(partner=partner)
    counting = jobs.filter(excused_at__isnull=True)
    moments = [
        moment
        for job in jobs.values_list("accepted_at", "outcome_at", "excused_at")
        for moment in job
        if moment is not None
    ]
    accepted = jobs.values_list("accepted_at", flat=True)
    PartnerTally.objects.update_or_create(
        partner=partner,
        defaults={
            "accepted": jobs.count(),
            "cancelled": counting.filter(outcome=Outcome.CANCELLED).count(),
            "no_shows": counting.filter(outcome=Outcome.NO_SHOW).count(),
            "latest_fact_at": max(moments),
            "last_accepted_at": max(accepted),
        },
    )
