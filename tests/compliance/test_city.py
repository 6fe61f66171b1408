"""Assessing a whole city at an instant, and the nightly run."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from compliance.models import CityAssessment, CityPolicy, Notice, Sanction, Standing
from compliance.policy import NoticeKind, Rule
from compliance.services import (
    EarlierThanLatestAssessment,
    NoPolicyInForce,
    assess_city,
    assess_city_nightly,
    city_average,
    recompute_all,
    reinstate_partner,
    review_partner,
    suspend_partner,
)
from compliance.services.rules import RATE
from compliance.tasks import nightly, review_due_partners
from mila.sweeps.models import SweepRun
from orders.models import Job
from partners.models import Partner, PartnerTransition
from partners.policy import PartnerStatus
from ratings.policy import half_up_ratio
from tests.compliance.market import DAY, GOOD, HOUR, START, partner_with, work
from tests.factories import LONG_AGO, OpsFactory, city

pytestmark = pytest.mark.django_db

LATER = START + 10 * DAY
SECOND = timedelta(seconds=1)
BELOW_LIMIT = [4] * 20


# --- City average -------------------------------------------------------------------------------------------


def test_the_average_is_the_mean_of_the_rounded_rates() -> None:
    partner_with([5] * 20, cancelled=1)  # 1/21 = 0.0476
    partner_with([5] * 40, cancelled=2)  # 2/42 = 0.0476
    partner_with([5] * 28, cancelled=2)  # 2/30 = 0.0667
    assert city_average(city().pk, LATER) == Decimal("0.0540")  # 0.05396…


@pytest.mark.parametrize("accepted", [19, 20])
def test_only_partners_with_enough_jobs_count_in_the_average(accepted: int) -> None:
    partner_with([5] * (accepted - 2), cancelled=2)
    expected = None if accepted == 19 else Decimal("0.1000")
    assert city_average(city().pk, LATER) == expected


def test_the_average_at_an_earlier_instant_counts_what_had_happened_then() -> None:
    partner = partner_with([5] * 20)
    work(partner, cancelled=5, start=START + 5 * DAY)
    assert city_average(city().pk, START + 2 * DAY) == Decimal("0.0000")
    assert city_average(city().pk, LATER) == Decimal("0.2000")


def test_a_partner_excluded_later_still_counted_before() -> None:
    partner = partner_with([5] * 20, cancelled=5)
    Partner.objects.filter(pk=partner.pk).update(status=PartnerStatus.EXCLUDED)
    PartnerTransition.objects.create(partner=partner, old="active", new="excluded", at=LATER)
    assert city_average(city().pk, LATER - HOUR) == Decimal("0.2000")
    assert city_average(city().pk, LATER) is None


def test_partners_of_other_cities_do_not_count() -> None:
    partner_with([5] * 20, cancelled=5, slug="basel")
    assert city_average(city("zurich").pk, LATER) is None


def test_before_the_first_policy_there_is_nothing_to_measure_by() -> None:
    with pytest.raises(NoPolicyInForce):
        city_average(city().pk, LONG_AGO.replace(year=1999))


def test_the_rounding_of_the_statement_is_that_of_the_rules() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT accepted, against, {RATE}
              FROM generate_series(1::bigint, 300) accepted, generate_series(0::bigint, accepted) against
            """
        )
        rates = cursor.fetchall()
    assert len(rates) > 45_000
    for accepted, cancelled, rate in rates:
        assert Decimal(rate).scaleb(-4) == half_up_ratio(cancelled, accepted, 4)


# --- Assessing ----------------------------------------------------------------------------------------------


def test_assessing_a_city_writes_standings_notices_and_the_assessment() -> None:
    partner_with(GOOD)
    warned = partner_with(BELOW_LIMIT)
    summary = assess_city(city=city(), as_of=LATER, dry_run=False)
    assert (summary.partners, summary.assessed, summary.standings_changed) == (2, 2, 2)
    assert summary.actions == ((warned.reference, "rating", "warning"),)
    assert Standing.objects.count() == 2
    done = CityAssessment.objects.get()
    assert (done.as_of, done.partners_assessed, done.partners_changed) == (LATER, 2, 1)
    assert not Partner.objects.filter(review__due_at__isnull=False).exists()


def test_assessing_twice_at_the_same_instant_changes_nothing() -> None:
    CityPolicy.objects.create(
        city=city(), in_force_from=START, notice_interval_days=0, notice_interval_jobs=0
    )
    partner_with(BELOW_LIMIT, cancelled=3)
    partner_with(GOOD, no_shows=1)
    partner_with(GOOD, no_shows=2)
    assess_city(city=city(), as_of=LATER, dry_run=False)
    before = (list(Notice.objects.values()), list(Sanction.objects.values()), list(Standing.objects.values()))
    again = assess_city(city=city(), as_of=LATER, dry_run=False)
    assert again.actions == ()
    assert again.standings_changed == 0
    assert before == (
        list(Notice.objects.values()),
        list(Sanction.objects.values()),
        list(Standing.objects.values()),
    )
    assert CityAssessment.objects.count() == 1


def test_going_back_before_the_latest_assessment_is_refused() -> None:
    partner_with(BELOW_LIMIT)
    assess_city(city=city(), as_of=LATER, dry_run=False)
    with pytest.raises(EarlierThanLatestAssessment):
        assess_city(city=city(), as_of=LATER - HOUR, dry_run=False)
    assert assess_city(city=city("basel"), as_of=LATER - HOUR, dry_run=False).assessed == 0


def test_a_prompt_review_is_an_assessment_too() -> None:
    partner = partner_with(GOOD)
    review_partner(partner_id=partner.pk, now=LATER)
    with pytest.raises(EarlierThanLatestAssessment):
        assess_city(city=city(), as_of=LATER - HOUR, dry_run=False)


def test_a_dry_run_changes_nothing_and_may_look_back() -> None:
    partner = partner_with(BELOW_LIMIT)
    assess_city(city=city(), as_of=LATER, dry_run=False)
    looked = assess_city(city=city(), as_of=LATER - HOUR, dry_run=True)
    assert looked.actions == ((partner.reference, "rating", "warning"),)
    assert Notice.objects.count() == 1
    assert CityAssessment.objects.count() == 1


def test_a_dry_run_now_leaves_no_trace() -> None:
    partner_with(BELOW_LIMIT)
    assess_city(city=city(), as_of=LATER, dry_run=True)
    assert not Notice.objects.exists()
    assert not Standing.objects.exists()
    assert not CityAssessment.objects.exists()
    assert Partner.objects.filter(review__due_at__isnull=False).count() == 1


def test_an_assessment_at_an_earlier_instant_leaves_later_facts_to_review() -> None:
    partner = partner_with(GOOD)
    work(partner, BELOW_LIMIT, start=LATER)
    assess_city(city=city(), as_of=LATER - DAY, dry_run=False)
    partner.refresh_from_db()
    assert partner.review.due_at is not None
    assert partner.review.due_at >= LATER
    assert Standing.objects.get().accepted == 20


def test_a_partner_who_joined_later_is_absent() -> None:
    partner_with(GOOD, start=LATER + DAY)
    assert assess_city(city=city(), as_of=LATER, dry_run=False).partners == 0


def test_who_was_not_active_then_is_not_assessed() -> None:
    partner = partner_with(BELOW_LIMIT)
    ops = OpsFactory.create()
    suspend_partner(partner_id=partner.pk, actor=ops, reason="away", now=LATER)
    reinstate_partner(partner_id=partner.pk, actor=ops, reason="back", now=LATER + DAY)
    looked = assess_city(city=city(), as_of=LATER + HOUR, dry_run=True)
    assert (looked.partners, looked.assessed, looked.actions) == (1, 0, ())


def test_the_average_is_taken_once_before_anybody_changes() -> None:
    for _ in range(3):
        partner_with([5] * 18, cancelled=2)
    worst = partner_with([5] * 10, cancelled=10)
    assess_city(city=city(), as_of=LATER, dry_run=False)
    assert {notice.city_cancellation_average for notice in Notice.objects.all()} == {Decimal("0.2000")}
    assert Notice.objects.get(partner=worst, rule=Rule.CANCELLATION).kind == NoticeKind.WARNING


def test_the_policy_in_force_then_applies() -> None:
    CityPolicy.objects.create(city=city(), in_force_from=LATER + DAY, min_rating=Decimal("3.50"))
    partner_with(BELOW_LIMIT)
    assert len(assess_city(city=city(), as_of=LATER, dry_run=True).actions) == 1
    assert assess_city(city=city(), as_of=LATER + DAY, dry_run=True).actions == ()


# --- Recomputing and the night ------------------------------------------------------------------------------


def test_recomputing_corrects_what_is_stored_and_leaves_the_rest_alone() -> None:
    wrong, right = partner_with(GOOD), partner_with(GOOD, slug="basel")
    assert recompute_all(now=LATER) == 2
    Standing.objects.filter(partner=wrong).update(accepted=7)
    assert recompute_all(now=LATER + DAY) == 1
    assert Standing.objects.get(partner=wrong).accepted == 20
    assert Standing.objects.get(partner=right).computed_at == LATER
    assert not CityAssessment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_cities_recomputed_at_the_same_time_come_to_the_same_figures() -> None:
    partners = [partner_with(GOOD, slug=slug) for slug in ("zurich", "basel", "bern", "zurich")]
    assert recompute_all(now=LATER, at_once=2) == len(partners)
    assert set(Standing.objects.values_list("accepted", flat=True)) == {20}
    assert recompute_all(now=LATER, at_once=3) == 0


def test_the_nightly_run_does_a_city_once_a_day() -> None:
    partner_with(BELOW_LIMIT)
    assert assess_city_nightly(city=city(), now=LATER) == 1
    assert assess_city_nightly(city=city(), now=LATER + timedelta(hours=2)) == 0
    assert assess_city_nightly(city=city(), now=LATER + DAY) == 1


def test_the_night_follows_a_review_that_was_faster() -> None:
    """The night began at its instant, waited for the locks, and a review of a moment later came first."""
    partner = partner_with(BELOW_LIMIT)
    review_partner(partner_id=partner.pk, now=LATER + SECOND)
    assert assess_city_nightly(city=city(), now=LATER) == 1
    assert CityAssessment.objects.get().as_of == LATER + SECOND
    assert Notice.objects.count() == 1


def test_the_night_does_not_follow_into_the_future() -> None:
    partner_with(BELOW_LIMIT)
    assess_city(city=city(), as_of=LATER + DAY, dry_run=False)
    with pytest.raises(EarlierThanLatestAssessment):
        assess_city_nightly(city=city(), now=LATER)


def test_a_night_that_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    partner = partner_with(BELOW_LIMIT)
    CityPolicy.objects.create(city=city(), in_force_from=START)
    monkeypatch.setattr("compliance.services.city.carry_out", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        assess_city_nightly(city=city(), now=LATER)
    monkeypatch.undo()
    assert assess_city_nightly(city=city(), now=LATER + HOUR) == 1
    assert Notice.objects.get().partner == partner


def test_the_tasks_note_their_runs() -> None:
    partner_with(BELOW_LIMIT)
    review_due_partners()
    nightly()
    runs = dict(SweepRun.objects.values_list("name", "done"))
    assert runs == {"review": 1, "nightly": 1}
    assert SweepRun.objects.filter(ok=True).count() == 2
    assert Job.objects.count() == 20
