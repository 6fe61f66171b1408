"""What a statement of reasons says was counted is what the rule has counted."""

from datetime import timedelta

import pytest

from compliance.models import CityPolicy, Notice
from compliance.policy import NoticeKind, Rule
from mila.statements import facts_of
from orders.models import Job
from orders.policy import Outcome
from partners.models import Partner
from tests.factories import NOW, JobFactory, PartnerFactory

pytestmark = pytest.mark.django_db


def cancelled(partner: Partner, days_ago: int) -> Job:
    """Accepted two days before it was cancelled."""
    at = NOW - timedelta(days=days_ago)
    accepted_at = at - timedelta(days=2)
    job: Job = JobFactory.create(
        partner=partner, accepted_at=accepted_at, outcome=Outcome.CANCELLED, outcome_at=at
    )
    return job


def facts(rule: Rule, jobs: list[Job]) -> dict[str, str]:
    notice = Notice.objects.create(
        partner=jobs[0].partner, rule=rule, kind=NoticeKind.WARNING, issued_at=NOW, accepted=40,
        policy=CityPolicy.objects.get(city=jobs[0].partner.city), job_ids=[job.pk for job in jobs],
    )  # fmt: skip
    return dict(facts_of(notice))


def test_cancellations_are_counted_as_such_from_the_first_to_the_last() -> None:
    partner = PartnerFactory.create()
    jobs = [cancelled(partner, days_ago) for days_ago in (1, 5, 9)]
    said = facts(Rule.CANCELLATION, jobs)["Cancellations and missed visits counted"]
    assert said == "3 of 40 accepted jobs, from 23.05.2026 to 31.05.2026"


@pytest.mark.parametrize(
    ("rule", "label"), [(Rule.RATING, "Jobs counted"), (Rule.NO_SHOW, "Missed visits counted")]
)
def test_each_rule_names_what_it_counts(rule: Rule, label: str) -> None:
    said = facts(rule, [cancelled(PartnerFactory.create(), 1)])
    assert said[label] == "1, from 31.05.2026 to 31.05.2026"
