from datetime import timedelta

import pytest

from mila.accounts.models import User
from mila.notifications.models import Notification
from orders import services
from orders.models import Job, Order
from orders.policy import JobState, OrderStatus
from partners.models import Partner
from partners.policy import PartnerStatus
from partners.services import change_status
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START

pytestmark = pytest.mark.django_db


def order_of(job: Job) -> Order:
    return Order.objects.get(jobs=job)


def states(job: Job) -> list[str]:
    return [row.new for row in job.transitions.all()]


def test_check_in_opens_an_hour_before_the_slot(job: Job, partner: Partner) -> None:
    opens = START - timedelta(hours=1)
    with pytest.raises(services.TooEarly):
        services.check_in(job_id=job.pk, partner=partner, now=opens - timedelta(microseconds=1))
    services.check_in(job_id=job.pk, partner=partner, now=opens)
    job.refresh_from_db()
    assert (job.checked_in_at, job.state) == (opens, JobState.CHECKED_IN)
    assert order_of(job).status == OrderStatus.IN_PROGRESS


def test_check_in_is_recorded_once(checked_in: Job, partner: Partner) -> None:
    with pytest.raises(services.AlreadyCheckedIn):
        services.check_in(job_id=checked_in.pk, partner=partner, now=START)
    assert states(checked_in) == [JobState.ACCEPTED, JobState.CHECKED_IN]


def test_check_out_completes_the_job_and_the_order(
    checked_in: Job, partner: Partner, client_user: User
) -> None:
    done = START + timedelta(minutes=50)
    services.check_out(job_id=checked_in.pk, partner=partner, now=done)
    checked_in.refresh_from_db()
    order = order_of(checked_in)
    assert (checked_in.state, checked_in.outcome_at) == (JobState.COMPLETED, done)
    assert (order.status, order.posting_due_at) == (OrderStatus.COMPLETED, done)
    assert states(checked_in) == [JobState.ACCEPTED, JobState.CHECKED_IN, JobState.COMPLETED]
    messages = Notification.objects.filter(kind="job_completed").order_by("pk")
    assert [message.recipient for message in messages] == [client_user, partner.user]
    partner.refresh_from_db()
    assert partner.review.due_at == done


@pytest.mark.django_db(transaction=True)
def test_check_out_rings_for_the_books(bells: list[str]) -> None:
    job = _job_under_way()
    bells.clear()
    services.check_out(job_id=job.pk, partner=job.partner, now=START)
    assert sorted(bells) == ["notifications", "plans", "postings", "review"]


def _job_under_way() -> Job:
    job: Job = factories.BookedJobFactory.create()
    services.check_in(job_id=job.pk, partner=job.partner, now=START)
    return job


def test_check_out_comes_after_check_in(job: Job, partner: Partner) -> None:
    with pytest.raises(services.NotCheckedIn):
        services.check_out(job_id=job.pk, partner=partner, now=START)


def test_check_out_happens_once(checked_in: Job, partner: Partner) -> None:
    services.check_out(job_id=checked_in.pk, partner=partner, now=START)
    with pytest.raises(services.JobOver):
        services.check_out(job_id=checked_in.pk, partner=partner, now=START)
    assert Notification.objects.filter(kind="job_completed").count() == 2


def test_the_job_of_another_partner_is_not_yours(job: Job) -> None:
    stranger = factories.PartnerFactory.create()
    for verb in (services.check_in, services.check_out, services.report_client_absent):
        with pytest.raises(services.NotYourJob):
            verb(job_id=job.pk, partner=stranger, now=START)


def test_a_suspended_partner_finishes_what_was_accepted(job: Job, partner: Partner) -> None:
    change_status(partner=partner, new=PartnerStatus.SUSPENDED, actor=None, reason="test", now=NOW)
    services.check_in(job_id=job.pk, partner=partner, now=START)
    services.check_out(job_id=job.pk, partner=partner, now=START)
    assert order_of(job).status == OrderStatus.COMPLETED


def test_an_excluded_partner_does_not_go_to_clients(job: Job, partner: Partner) -> None:
    change_status(partner=partner, new=PartnerStatus.EXCLUDED, actor=None, reason="test", now=NOW)
    with pytest.raises(services.PartnerExcluded):
        services.check_in(job_id=job.pk, partner=partner, now=START)


@pytest.mark.parametrize("after_check_in", [False, True])
def test_an_absent_client_does_not_count_against_the_partner(
    job: Job, partner: Partner, after_check_in: bool
) -> None:
    if after_check_in:
        services.check_in(job_id=job.pk, partner=partner, now=START)
    with pytest.raises(services.TooEarly):
        services.report_client_absent(job_id=job.pk, partner=partner, now=START + timedelta(minutes=9))
    services.report_client_absent(job_id=job.pk, partner=partner, now=START + timedelta(minutes=10))
    job.refresh_from_db()
    assert job.state is JobState.CLIENT_ABSENT
    assert order_of(job).status == OrderStatus.FAILED
    assert (partner.tally.cancelled, partner.tally.no_shows) == (0, 0)


def test_a_clock_that_is_behind_does_not_end_a_job_before_it_was_accepted(job: Job, ops: User) -> None:
    services.excuse_job(job_id=job.pk, actor=ops, reason="test", now=job.accepted_at - timedelta(seconds=1))
    job.refresh_from_db()
    assert job.outcome_at == job.accepted_at
