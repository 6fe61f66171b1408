"""Extras: proposed at a price, answered one by one, lapsed with the job."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from mila.accounts.models import User
from mila.notifications.models import Notification
from orders import services
from orders.models import Extra, Job
from orders.verification import differences
from orders.visits import services as visits
from orders.visits.policy import ExtraStatus
from partners.models import Partner
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START

pytestmark = pytest.mark.django_db


def propose(job: Job, partner: Partner, price: str = "25.00", now: datetime = NOW, **changes: Any) -> Extra:
    key = changes.get("submission_key") or uuid4()
    return visits.propose_extra(
        job_id=job.pk,
        partner=partner,
        text="A longer cable",
        price=Decimal(price),
        submission_key=key,
        now=now,
    )


def answer(extra: Extra, client: User, approve: bool = True) -> None:
    visits.answer_extra(extra_id=extra.pk, client=client, approve=approve, now=NOW)


def status(extra: Extra) -> str:
    extra.refresh_from_db()
    return extra.status


def test_the_client_is_told_and_answers_each_one(job: Job, partner: Partner, client_user: User) -> None:
    yes, no = propose(job, partner), propose(job, partner, "40.00")
    told = Notification.objects.filter(kind="extra_proposed")
    assert [row.recipient for row in told] == [client_user, client_user]
    for _ in range(2):
        answer(yes, client_user)
        answer(no, client_user, approve=False)
    assert (status(yes), status(no)) == (ExtraStatus.APPROVED, ExtraStatus.DECLINED)
    assert [step.new for step in yes.transitions.all()] == ["open", "approved"]
    assert visits.approved_sums([job.pk]) == {job.pk: Decimal("25.00")}
    assert list(differences(NOW)) == []


def test_the_same_form_sent_twice_is_one_extra(job: Job, partner: Partner) -> None:
    key = uuid4()
    assert propose(job, partner, submission_key=key) == propose(job, partner, submission_key=key)
    assert Extra.objects.count() == 1


def test_what_is_withdrawn_is_not_approved_and_the_other_way_round(
    job: Job, partner: Partner, client_user: User
) -> None:
    gone, approved = propose(job, partner), propose(job, partner)
    for _ in range(2):
        visits.withdraw_extra(extra_id=gone.pk, partner=partner, now=NOW)
    answer(approved, client_user)
    with pytest.raises(visits.ExtraAnswered):
        answer(gone, client_user)
    with pytest.raises(visits.ExtraAnswered):
        visits.withdraw_extra(extra_id=approved.pk, partner=partner, now=NOW)


def test_ten_are_enough(job: Job, partner: Partner) -> None:
    for _ in range(10):
        propose(job, partner)
    with pytest.raises(visits.TooManyExtras):
        propose(job, partner)


def test_open_ones_lapse_with_the_job_and_approved_ones_stay(
    checked_in: Job, partner: Partner, client_user: User
) -> None:
    approved, left = (propose(checked_in, partner, now=START) for _ in range(2))
    answer(approved, client_user)
    services.check_out(job_id=checked_in.pk, partner=partner, now=START)
    assert (status(approved), status(left)) == (ExtraStatus.APPROVED, ExtraStatus.LAPSED)
    for attempt in (lambda: answer(left, client_user), lambda: propose(checked_in, partner)):
        with pytest.raises(services.JobOver):
            attempt()
    assert list(differences(START)) == []


def test_they_lapse_when_the_partner_gives_the_job_back(job: Job, partner: Partner) -> None:
    extra = propose(job, partner)
    services.cancel_job(job_id=job.pk, partner=partner, reason="ill", now=NOW)
    assert status(extra) == ExtraStatus.LAPSED


def test_nobody_else_proposes_answers_or_withdraws(job: Job, partner: Partner, ops: User) -> None:
    stranger = factories.PartnerFactory.create()
    extra = propose(job, partner)
    for attempt in (
        lambda: propose(job, stranger),
        lambda: answer(extra, ops),
        lambda: visits.withdraw_extra(extra_id=extra.pk, partner=stranger, now=NOW),
    ):
        with pytest.raises(services.NotYourJob):
            attempt()
    assert status(extra) == ExtraStatus.OPEN
