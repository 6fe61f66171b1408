"""Builds partners and jobs straight in the tables, for tests of what is read from them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from orders.models import Job, PartnerTally
from orders.policy import COUNTING_AGAINST, Outcome
from partners.models import City, Partner
from partners.policy import PartnerStatus
from ratings.policy import JobFact

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_numbers = count(1)


def make_partner(*, city: str = "zurich", **fields: Any) -> Partner:
    values = {
        "reference": f"facts-{next(_numbers)}",
        "city": City.objects.get(slug=city),
        "status": PartnerStatus.ACTIVE,
        "joined_at": START,
    }
    return Partner.objects.create(**(values | fields))


def record(partner: Partner, facts: Iterable[JobFact]) -> list[JobFact]:
    """Write the facts as jobs, in this order; returns them with the ids of the rows."""
    kept = list(facts)
    rows = Job.objects.bulk_create(
        Job(
            partner=partner,
            accepted_at=fact.accepted_at,
            outcome=fact.outcome,
            outcome_at=fact.outcome_at,
            excused_at=fact.excused_at,
            client_stars=fact.stars,
            stars_published_at=fact.stars_published_at,
            stars_ruled_out_at=fact.stars_ruled_out_at,
        )
        for fact in kept
    )
    return [replace(fact, id=row.pk) for fact, row in zip(kept, rows, strict=True)]


def keep_tally(partner: Partner, facts: Sequence[JobFact]) -> None:
    """The counts as the services of orders keep them."""
    instants = [
        moment
        for fact in facts
        for moment in (fact.accepted_at, fact.outcome_at, fact.excused_at)
        if moment is not None
    ]
    counting = [
        fact.outcome for fact in facts if fact.excused_at is None and fact.outcome in COUNTING_AGAINST
    ]
    PartnerTally.objects.create(
        partner=partner,
        accepted=len(facts),
        cancelled=counting.count(Outcome.CANCELLED),
        no_shows=counting.count(Outcome.NO_SHOW),
        latest_fact_at=max(instants),
    )


def completed(day: float, stars: int | None = None, **fields: Any) -> JobFact:
    """A job accepted a day before its completion on this day (counted from `START`), rated at once."""
    done = START + timedelta(days=day)
    return JobFact(
        id=0,
        accepted_at=done - timedelta(days=1),
        outcome=Outcome.COMPLETED,
        outcome_at=done,
        stars=stars,
        stars_published_at=done if stars else None,
        **fields,
    )
