"""What people decide about people, and what of it is remembered."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.models import CityPolicy, Notice, Sanction
from compliance.models.decision import SanctionStatus
from compliance.policy import NoticeKind, Rule, SanctionKind
from compliance.services import (
    AlreadyDecided,
    AlreadyWithdrawn,
    NotActive,
    NotSuspended,
    ReasonMissing,
    SecondPersonNeeded,
    decide_sanction,
    reinstate_partner,
    review_partner,
    suspend_partner,
    withdraw_notice,
)
from mila.accounts.models import User
from mila.notifications.models import Notification
from orders.models import Job
from partners.models import Partner, PartnerTransition
from partners.policy import PartnerStatus
from tests.compliance.market import DAY, GOOD, HOUR, START, count, partner_with, work
from tests.factories import OpsFactory, city

pytestmark = pytest.mark.django_db

LATER = START + 10 * DAY
BELOW_LIMIT = [4] * 20


@pytest.fixture
def first() -> User:
    return OpsFactory.create()


@pytest.fixture
def second() -> User:
    return OpsFactory.create()


def status_of(partner: Partner) -> str:
    return Partner.objects.values_list("status", flat=True).get(pk=partner.pk)


def proposed_exclusion() -> Sanction:
    partner = partner_with(GOOD, no_shows=2)
    review_partner(partner_id=partner.pk, now=LATER)
    return Sanction.objects.get(partner=partner)


def proposed_suspension() -> Sanction:
    CityPolicy.objects.create(
        city=city("basel"), in_force_from=START, automatic_suspension=False, notices_before_suspension=0
    )
    partner = partner_with(BELOW_LIMIT, slug="basel")
    review_partner(partner_id=partner.pk, now=LATER)
    return Sanction.objects.get(partner=partner)


def kinds_told() -> list[str]:
    return list(Notification.objects.order_by("pk").values_list("kind", flat=True))


# --- Suspending and reinstating -----------------------------------------------------------------------------


def test_staff_suspend_with_a_reason(first: User) -> None:
    partner = partner_with(GOOD)
    sanction = suspend_partner(partner_id=partner.pk, actor=first, reason=" Asked to pause ", now=LATER)
    assert status_of(partner) == PartnerStatus.SUSPENDED
    assert (sanction.rule, sanction.imposed_by, sanction.imposed_reason) == ("", first, "Asked to pause")
    assert sanction.accepted == 20
    step = PartnerTransition.objects.get(partner=partner)
    assert (step.actor, step.reason, step.at) == (first, "Asked to pause", LATER)
    assert kinds_told() == ["sanction_issued"]


def test_only_an_active_partner_is_suspended(first: User) -> None:
    partner = partner_with(GOOD)
    suspend_partner(partner_id=partner.pk, actor=first, reason="once", now=LATER)
    with pytest.raises(NotActive):
        suspend_partner(partner_id=partner.pk, actor=first, reason="twice", now=LATER)


def test_reinstating_lifts_the_suspension_and_gives_access_back(first: User) -> None:
    partner = partner_with(GOOD)
    suspend_partner(partner_id=partner.pk, actor=first, reason="pause", now=LATER)
    reinstate_partner(partner_id=partner.pk, actor=first, reason="talked", now=LATER + DAY)
    sanction = Sanction.objects.get()
    assert status_of(partner) == PartnerStatus.ACTIVE
    assert (sanction.status, sanction.ended_by, sanction.ended_reason) == ("lifted", first, "talked")
    assert sanction.status_at(LATER) == SanctionStatus.IN_FORCE
    assert sanction.status_at(LATER - HOUR) is None
    assert kinds_told() == ["sanction_issued", "partner_reinstated"]


def test_only_a_suspended_partner_is_reinstated(first: User) -> None:
    partner = partner_with(GOOD)
    with pytest.raises(NotSuspended):
        reinstate_partner(partner_id=partner.pk, actor=first, reason="why not", now=LATER)


def test_notices_before_a_reinstatement_no_longer_count(first: User) -> None:
    partner = partner_with(BELOW_LIMIT)
    for days in (10, 25, 40):
        work(partner, [4] * 10, start=START + days * DAY)
        review_partner(partner_id=partner.pk, now=START + (days + 1) * DAY)
    assert status_of(partner) == PartnerStatus.SUSPENDED
    reinstate_partner(partner_id=partner.pk, actor=first, reason="a course", now=START + 42 * DAY)
    review_partner(partner_id=partner.pk, now=START + 43 * DAY)
    assert status_of(partner) == PartnerStatus.ACTIVE
    assert Notice.objects.filter(partner=partner, kind=NoticeKind.WARNING).count() == 3


def test_reinstating_dismisses_an_exclusion_and_remembers_its_no_shows(first: User) -> None:
    sanction = proposed_exclusion()
    partner = sanction.partner
    reinstate_partner(partner_id=partner.pk, actor=first, reason="a mistake", now=LATER + DAY)
    sanction.refresh_from_db()
    assert sanction.status == SanctionStatus.DISMISSED
    assert review_partner(partner_id=partner.pk, now=LATER + 2 * DAY).actions == ()
    work(partner, no_shows=1, start=LATER + 3 * DAY)
    verdict = review_partner(partner_id=partner.pk, now=LATER + 4 * DAY)
    assert [action.sanction for action in verdict.actions] == [SanctionKind.EXCLUSION]


def test_a_no_show_lifted_after_the_decision_leaves_room_for_the_next(first: User) -> None:
    """Two were decided on and one of them was excused since: the new one is the second that counts."""
    sanction = proposed_exclusion()
    partner = sanction.partner
    reinstate_partner(partner_id=partner.pk, actor=first, reason="a mistake", now=LATER + DAY)
    Job.objects.filter(pk=sanction.job_ids[0]).update(excused_at=LATER + DAY)
    work(partner, no_shows=1, start=LATER + 2 * DAY)
    count(partner)
    verdict = review_partner(partner_id=partner.pk, now=LATER + 3 * DAY)
    assert [action.sanction for action in verdict.actions] == [SanctionKind.EXCLUSION]


# --- Deciding on proposals ----------------------------------------------------------------------------------


def test_an_exclusion_takes_two_people(first: User, second: User) -> None:
    sanction = proposed_exclusion()
    partner = sanction.partner
    decide_sanction(sanction_id=sanction.pk, actor=first, approve=True, reason="clear", now=LATER + HOUR)
    assert status_of(partner) == PartnerStatus.SUSPENDED
    with pytest.raises(SecondPersonNeeded):
        decide_sanction(sanction_id=sanction.pk, actor=first, approve=True, reason="sure", now=LATER + HOUR)
    decided = decide_sanction(
        sanction_id=sanction.pk, actor=second, approve=True, reason="agreed", now=LATER + 2 * HOUR
    )
    assert status_of(partner) == PartnerStatus.EXCLUDED
    assert (decided.decided_by, decided.confirmed_by) == (first, second)
    assert (decided.decided_reason, decided.confirmed_reason) == ("clear", "agreed")
    assert decided.status == SanctionStatus.IN_FORCE
    assert decided.status_at(LATER + HOUR) == SanctionStatus.PROPOSED
    assert kinds_told() == ["sanction_issued", "sanction_issued"]


def test_the_database_refuses_an_exclusion_by_one_person(first: User) -> None:
    sanction = proposed_exclusion()
    with pytest.raises(IntegrityError, match="decided_by_two_people"), transaction.atomic():
        Sanction.objects.filter(pk=sanction.pk).update(
            status=SanctionStatus.IN_FORCE, decided_by=first, confirmed_by=first
        )


def test_declining_an_exclusion_gives_access_back(first: User, second: User) -> None:
    sanction = proposed_exclusion()
    decide_sanction(sanction_id=sanction.pk, actor=first, approve=True, reason="clear", now=LATER + HOUR)
    decide_sanction(sanction_id=sanction.pk, actor=second, approve=False, reason="no", now=LATER + DAY)
    sanction.refresh_from_db()
    assert (sanction.status, sanction.ended_by) == (SanctionStatus.DISMISSED, second)
    assert status_of(sanction.partner) == PartnerStatus.ACTIVE
    assert kinds_told() == ["sanction_issued", "partner_reinstated"]


def test_one_person_decides_on_a_proposed_suspension(first: User) -> None:
    sanction = proposed_suspension()
    decide_sanction(sanction_id=sanction.pk, actor=first, approve=True, reason="yes", now=LATER + HOUR)
    sanction.refresh_from_db()
    assert (sanction.status, sanction.decided_by) == (SanctionStatus.IN_FORCE, first)
    assert sanction.status_at(LATER) == SanctionStatus.PROPOSED
    assert status_of(sanction.partner) == PartnerStatus.SUSPENDED
    assert kinds_told() == ["sanction_issued"]


def test_a_dismissed_suspension_rests_for_the_intervals(first: User) -> None:
    sanction = proposed_suspension()
    partner = sanction.partner
    decided_at = LATER + HOUR
    decide_sanction(sanction_id=sanction.pk, actor=first, approve=False, reason="no", now=decided_at)
    assert status_of(partner) == PartnerStatus.ACTIVE
    work(partner, [4] * 9, start=decided_at + HOUR)
    assert review_partner(partner_id=partner.pk, now=decided_at + 14 * DAY).actions == ()
    work(partner, [4], start=decided_at + 2 * DAY)
    assert review_partner(partner_id=partner.pk, now=decided_at + 14 * DAY - HOUR).actions == ()
    verdict = review_partner(partner_id=partner.pk, now=decided_at + 14 * DAY)
    assert [action.sanction for action in verdict.actions] == [SanctionKind.SUSPENSION]


def test_what_is_decided_is_not_decided_again(first: User) -> None:
    sanction = proposed_suspension()
    decide_sanction(sanction_id=sanction.pk, actor=first, approve=False, reason="no", now=LATER)
    with pytest.raises(AlreadyDecided):
        decide_sanction(sanction_id=sanction.pk, actor=first, approve=True, reason="yes", now=LATER)


# --- Withdrawing notices ------------------------------------------------------------------------------------


def test_a_withdrawn_notice_stays_and_no_longer_counts(first: User) -> None:
    partner = partner_with(BELOW_LIMIT)
    review_partner(partner_id=partner.pk, now=LATER)
    notice = Notice.objects.get()
    withdraw_notice(notice_id=notice.pk, actor=first, reason="wrong job", now=LATER + DAY)
    notice.refresh_from_db()
    assert (notice.withdrawn_at, notice.withdrawn_by, notice.withdrawn_reason) == (
        LATER + DAY,
        first,
        "wrong job",
    )
    assert kinds_told() == ["notice_issued", "notice_withdrawn"]
    verdict = review_partner(partner_id=partner.pk, now=LATER + 2 * DAY)
    assert [action.notice for action in verdict.actions] == [NoticeKind.WARNING]


def test_a_notice_is_withdrawn_once(first: User) -> None:
    partner = partner_with(BELOW_LIMIT)
    review_partner(partner_id=partner.pk, now=LATER)
    notice = Notice.objects.get()
    withdraw_notice(notice_id=notice.pk, actor=first, reason="wrong", now=LATER)
    with pytest.raises(AlreadyWithdrawn):
        withdraw_notice(notice_id=notice.pk, actor=first, reason="wrong", now=LATER)


def test_a_withdrawn_final_warning_comes_back_only_with_another_no_show(first: User) -> None:
    partner = partner_with(GOOD, no_shows=1)
    review_partner(partner_id=partner.pk, now=LATER)
    warning = Notice.objects.get(kind=NoticeKind.FINAL_WARNING)
    withdraw_notice(notice_id=warning.pk, actor=first, reason="unclear", now=LATER + HOUR)
    review_partner(partner_id=partner.pk, now=LATER + DAY)
    assert Notice.objects.filter(rule=Rule.NO_SHOW).count() == 1
    Job.objects.filter(pk=warning.job_ids[0]).update(excused_at=LATER + DAY)
    work(partner, no_shows=1, start=LATER + 2 * DAY)
    count(partner)
    review_partner(partner_id=partner.pk, now=LATER + 3 * DAY)
    assert Notice.objects.filter(rule=Rule.NO_SHOW).count() == 2


# --- Reasons ------------------------------------------------------------------------------------------------

Decision = Callable[..., Any]


@pytest.mark.parametrize("reason", ["", "  \n"])
@pytest.mark.parametrize(
    ("decide", "target"),
    [
        (suspend_partner, {"partner_id": 1}),
        (reinstate_partner, {"partner_id": 1}),
        (withdraw_notice, {"notice_id": 1}),
        (decide_sanction, {"sanction_id": 1, "approve": True}),
    ],
)
def test_every_decision_needs_a_reason(
    decide: Decision, target: dict[str, Any], reason: str, first: User
) -> None:
    with pytest.raises(ReasonMissing, match="Please give a reason"):
        decide(**target, actor=first, reason=reason, now=LATER)
