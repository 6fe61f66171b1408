"""`verify` on what compliance stores: silent when all is well, and naming whatever is not."""

from collections.abc import Callable
from decimal import Decimal
from io import StringIO

import pgtrigger
import pytest
from django.core.management import call_command

from compliance.models import CityAssessment, Notice, Sanction, Standing
from compliance.services import assess_city, decide_sanction, reinstate_partner, review_due, suspend_partner
from compliance.verification import differences
from orders.models import Job
from partners.models import Partner, PartnerReview
from partners.policy import PartnerStatus
from tests.compliance.market import DAY, GOOD, HOUR, START, count, partner_with, work
from tests.factories import OpsFactory, city

pytestmark = pytest.mark.django_db

LATER = START + 10 * DAY
NOW = START + 60 * DAY


@pytest.fixture
def market() -> None:
    """Partners who are fine, warned, suspended by rule and by staff, reinstated, excluded; all reviewed."""
    first, second = OpsFactory.create(), OpsFactory.create()
    fine, warned, gone = partner_with(GOOD), partner_with([4] * 20), partner_with(GOOD, no_shows=2)
    partner_with([5] * 20, cancelled=3)
    partner_with(GOOD, no_shows=1)
    assess_city(city=city(), as_of=LATER, dry_run=False)
    exclusion = Sanction.objects.get(partner=gone)
    for ops in (first, second):
        decide_sanction(sanction_id=exclusion.pk, actor=ops, approve=True, reason="clear", now=LATER + HOUR)
    suspend_partner(partner_id=fine.pk, actor=first, reason="pause", now=LATER + DAY)
    reinstate_partner(partner_id=fine.pk, actor=first, reason="back", now=LATER + 2 * DAY)
    for days in (15, 25, 40):
        work(warned, [4] * 10, start=START + days * DAY)
        review_due(now=START + (days + 2) * DAY)
    assert Sanction.objects.filter(partner=warned).exists()


def found() -> list[str]:
    return list(differences(NOW))


@pytest.mark.usefixtures("market")
def test_a_sound_market_shows_no_difference() -> None:
    assert found() == []


@pytest.mark.usefixtures("market")
def test_the_command_says_so() -> None:
    out = StringIO()
    call_command("verify", stdout=out)
    assert out.getvalue() == "nothing found\n"


@pytest.mark.usefixtures("market")
def test_the_command_prints_differences_and_exits_with_one() -> None:
    Standing.objects.filter(accepted=20, no_shows=0).update(accepted=21)
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command("verify", stdout=out, stderr=err)
    assert exit_.value.code == 1
    assert "accepted is 21, the facts say 20" in out.getvalue()
    assert "differences found" in err.getvalue()


def wrong_average() -> None:
    Standing.objects.filter(average_stars=Decimal("5.00")).update(average_stars=Decimal("4.99"))


def missing_standing() -> None:
    Standing.objects.all().delete()


def job_slipped_past_the_review() -> None:
    Job.objects.create(partner=Partner.objects.order_by("pk")[0], accepted_at=LATER + 3 * DAY)


def notice_based_on_other_figures() -> None:
    with pgtrigger.ignore("compliance.Notice:notice_grounds_are_final"):
        Notice.objects.update(cancelled=9)


def notice_based_on_other_jobs() -> None:
    with pgtrigger.ignore("compliance.Notice:notice_grounds_are_final"):
        Notice.objects.update(job_ids=[1])


def notice_with_another_average() -> None:
    with pgtrigger.ignore("compliance.Notice:notice_grounds_are_final"):
        Notice.objects.update(city_cancellation_average=Decimal("0.0001"))


def notice_that_should_have_been_milder() -> None:
    with pgtrigger.ignore("compliance.Notice:notice_grounds_are_final"):
        Notice.objects.filter(kind="warning").update(kind="advice")


def sanction_with_another_limit() -> None:
    with pgtrigger.ignore("compliance.Sanction:sanction_grounds_are_final"):
        Sanction.objects.exclude(rule="").update(limit=Decimal("0.0900"))


def assessment_with_another_average() -> None:
    CityAssessment.objects.update(city_cancellation_average=Decimal("0.5000"))


def suspended_without_sanction() -> None:
    Partner.objects.filter(status=PartnerStatus.ACTIVE).update(status=PartnerStatus.SUSPENDED)


def active_in_spite_of_a_sanction() -> None:
    Partner.objects.filter(status=PartnerStatus.SUSPENDED).update(status=PartnerStatus.ACTIVE)


def excluded_without_decision() -> None:
    Partner.objects.filter(status=PartnerStatus.ACTIVE).update(status=PartnerStatus.EXCLUDED)


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (wrong_average, "average_stars is 4.99, the facts say 5.00"),
        (missing_standing, "there are facts and no standing"),
        (job_slipped_past_the_review, "standing: accepted is 20, the facts say 21"),
        (notice_based_on_other_figures, "cancelled is 9, the facts say"),
        (notice_based_on_other_jobs, "the jobs counted are not those that the facts name"),
        (notice_with_another_average, "the city's average is 0.0001, the facts say"),
        (notice_that_should_have_been_milder, "advice, but its figures mean breach"),
        (sanction_with_another_limit, "the limit is 0.0900, the policy says"),
        (assessment_with_another_average, "says an average of 0.5000, the facts say"),
        (suspended_without_sanction, "suspended, but no sanction explains it"),
        (active_in_spite_of_a_sanction, "active, but a sanction holds access"),
        (excluded_without_decision, "excluded, but no sanction explains it"),
    ],
)
def test_every_kind_of_damage_is_named(damage: Callable[[], None], words: str) -> None:
    damage()
    assert any(words in difference for difference in found()), found()


@pytest.mark.usefixtures("market")
def test_who_waits_for_a_review_may_have_older_figures() -> None:
    work(Partner.objects.order_by("pk")[0], [1], start=LATER + 3 * DAY)
    assert found() == []


@pytest.mark.usefixtures("market")
def test_the_older_figures_must_have_been_right_then() -> None:
    partner = Partner.objects.order_by("pk")[0]
    work(partner, [1], start=LATER + 3 * DAY)
    Standing.objects.filter(partner=partner).update(jobs_in_window=3)
    assert any("jobs_in_window is 3" in difference for difference in found())


def test_a_rank_that_does_not_follow_from_the_standing_is_named() -> None:
    partner = partner_with([4] * 20)
    review_due(now=LATER)
    assert found() == []
    Partner.objects.filter(pk=partner.pk).update(search_rank=1)
    assert [line for line in found() if "rank is 1.0000" in line] == found() != []


def test_a_fact_that_was_on_its_way_is_no_difference() -> None:
    """Its instant was taken just before the verdict's, and it was written just after."""
    partner = partner_with([4] * 20)
    review_due(now=LATER)
    Job.objects.create(partner=partner, accepted_at=LATER - HOUR / 3600)
    count(partner)
    review_due(now=LATER + HOUR)
    PartnerReview.objects.filter(partner=partner).update(due_at=LATER + HOUR)
    review_due(now=LATER + HOUR)
    assert found() == []
