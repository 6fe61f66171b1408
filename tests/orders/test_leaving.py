from datetime import timedelta

import pytest

from mila.accounts.models import User
from mila.notifications.models import Notification
from orders import services
from orders.models import Job, Order
from orders.policy import JobState, OfferStatus, OrderStatus, Outcome
from orders.services import no_show_refusal
from partners.models import Partner
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START, accept, book

pytestmark = pytest.mark.django_db
LATE = START - timedelta(minutes=30)


def order_of(job: Job) -> Order:
    return Order.objects.get(jobs=job)


def counts(partner: Partner) -> tuple[int, int, int]:
    tally = Partner.objects.get(pk=partner.pk).tally
    return tally.accepted, tally.cancelled, tally.no_shows


def test_cancelling_counts_and_the_search_goes_on(client_user: User, partner: Partner) -> None:
    order = book(client_user, requested_partner=partner)
    job = accept(order, partner)
    other = factories.PartnerFactory.create()
    services.cancel_job(job_id=job.pk, partner=partner, reason=" ill ", now=NOW + timedelta(hours=1))
    job.refresh_from_db()
    order.refresh_from_db()
    assert (job.outcome, job.outcome_at) == (Outcome.CANCELLED, NOW + timedelta(hours=1))
    assert counts(partner) == (1, 1, 0)
    assert order.status == OrderStatus.SEARCHING
    assert order.offers.get(status=OfferStatus.OPEN).partner == other
    last = job.transitions.order_by("-pk")[0]
    assert (last.old, last.new, last.actor, last.reason) == ("accepted", "cancelled", partner.user, "ill")
    message = Notification.objects.get(kind="partner_cancelled")
    assert (message.recipient, message.payload) == (client_user, {"order_id": order.pk})


def test_who_had_no_chance_to_answer_is_asked_again(client_user: User, partner: Partner) -> None:
    slower = factories.PartnerFactory.create()
    order = book(client_user)
    job = accept(order, partner)
    services.cancel_job(job_id=job.pk, partner=partner, reason="ill", now=NOW)
    assert accept(order, slower).partner == slower
    assert order.offers.filter(partner=slower).count() == 2


def test_who_declined_is_not_asked_again(client_user: User, partner: Partner) -> None:
    unwilling = factories.PartnerFactory.create()
    order = book(client_user)
    services.decline_offer(offer_id=order.offers.get(partner=unwilling).pk, partner=unwilling, now=NOW)
    services.cancel_job(job_id=accept(order, partner).pk, partner=partner, reason="ill", now=NOW)
    order.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assert [row.new for row in order.transitions.all()] == [
        OrderStatus.SEARCHING,
        OrderStatus.CONFIRMED,
        OrderStatus.SEARCHING,
        OrderStatus.EXPIRED,
    ]


def test_cancelling_half_an_hour_before_fails_the_order(job: Job, partner: Partner) -> None:
    services.cancel_job(job_id=job.pk, partner=partner, reason="ill", now=LATE)
    assert order_of(job).status == OrderStatus.FAILED
    assert Notification.objects.filter(kind="partner_cancelled").count() == 1


def test_a_job_that_proves_too_much_can_be_cancelled_after_check_in(
    checked_in: Job, partner: Partner
) -> None:
    services.cancel_job(job_id=checked_in.pk, partner=partner, reason="beyond me", now=START)
    assert order_of(checked_in).status == OrderStatus.FAILED
    assert counts(partner) == (1, 1, 0)


def test_cancelling_takes_a_reason(job: Job, partner: Partner) -> None:
    with pytest.raises(services.ReasonMissing):
        services.cancel_job(job_id=job.pk, partner=partner, reason="  ", now=NOW)


def test_a_job_is_cancelled_once(job: Job, partner: Partner) -> None:
    services.cancel_job(job_id=job.pk, partner=partner, reason="ill", now=LATE)
    with pytest.raises(services.JobOver):
        services.cancel_job(job_id=job.pk, partner=partner, reason="ill", now=LATE)
    assert counts(partner) == (1, 1, 0)


def test_nobody_leaves_the_job_of_another_partner(job: Job) -> None:
    stranger = factories.PartnerFactory.create()
    for verb in (services.cancel_job, services.hand_over_job):
        with pytest.raises(services.NotYourJob):
            verb(job_id=job.pk, partner=stranger, reason="ill", now=NOW)


def test_handing_over_a_day_before_is_excused(job: Job, partner: Partner) -> None:
    services.hand_over_job(job_id=job.pk, partner=partner, reason="ill", now=START - timedelta(hours=24))
    job.refresh_from_db()
    assert job.state is JobState.EXCUSED
    assert counts(partner) == (1, 0, 0)


def test_handing_over_later_than_that_is_refused(job: Job, partner: Partner) -> None:
    late = START - timedelta(hours=24) + timedelta(microseconds=1)
    with pytest.raises(services.HandOverTooLate):
        services.hand_over_job(job_id=job.pk, partner=partner, reason="ill", now=late)
    job.refresh_from_db()
    assert job.state is JobState.ACCEPTED


def test_a_no_show_is_confirmed_from_a_quarter_of_an_hour_on(job: Job, partner: Partner, ops: User) -> None:
    from_then = START + timedelta(minutes=15)
    with pytest.raises(services.TooEarlyForNoShow):
        services.confirm_no_show(
            job_id=job.pk, actor=ops, reason="reported", now=from_then - timedelta(microseconds=1)
        )
    services.confirm_no_show(job_id=job.pk, actor=ops, reason="reported", now=from_then)
    job.refresh_from_db()
    assert (job.outcome, job.outcome_at) == (Outcome.NO_SHOW, from_then)
    assert order_of(job).status == OrderStatus.FAILED
    assert counts(partner) == (1, 0, 1)
    assert job.transitions.order_by("-pk")[0].actor == ops


def test_who_has_checked_in_did_come(checked_in: Job, ops: User) -> None:
    with pytest.raises(services.AlreadyCheckedIn):
        services.confirm_no_show(
            job_id=checked_in.pk, actor=ops, reason="reported", now=START + timedelta(hours=1)
        )


def test_ops_excuse_a_running_job(job: Job, partner: Partner, ops: User) -> None:
    services.excuse_job(job_id=job.pk, actor=ops, reason="accident", now=NOW)
    job.refresh_from_db()
    assert (job.outcome, job.excused_at) == (Outcome.EXCUSED, None)
    assert order_of(job).status == OrderStatus.EXPIRED
    assert counts(partner) == (1, 0, 0)


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.NO_SHOW])
def test_ops_lift_a_recorded_outcome(job: Job, partner: Partner, ops: User, outcome: Outcome) -> None:
    ended = START + timedelta(minutes=20)
    if outcome is Outcome.CANCELLED:
        services.cancel_job(job_id=job.pk, partner=partner, reason="ill", now=ended)
    else:
        services.confirm_no_show(job_id=job.pk, actor=ops, reason="reported", now=ended)
    lifted = ended + timedelta(days=1)
    services.excuse_job(job_id=job.pk, actor=ops, reason="hospital", now=lifted)
    job.refresh_from_db()
    assert (job.outcome, job.outcome_at, job.excused_at) == (outcome, ended, lifted)
    assert job.state is JobState.EXCUSED
    assert counts(partner) == (1, 0, 0)
    assert Partner.objects.get(pk=partner.pk).tally.latest_fact_at == lifted
    with pytest.raises(services.NotExcusable):
        services.excuse_job(job_id=job.pk, actor=ops, reason="hospital", now=lifted)
    assert counts(partner) == (1, 0, 0)


def test_a_completed_job_is_not_excused(checked_in: Job, partner: Partner, ops: User) -> None:
    services.check_out(job_id=checked_in.pk, partner=partner, now=START)
    with pytest.raises(services.NotExcusable):
        services.excuse_job(job_id=checked_in.pk, actor=ops, reason="why not", now=START)


def test_an_imported_cancellation_can_be_lifted(ops: User, partner: Partner) -> None:
    job = factories.JobFactory.create(
        partner=partner, outcome=Outcome.CANCELLED, outcome_at=NOW, import_reference="a-1"
    )
    services.record_acceptance(job=job)
    services.record_outcome(job=job, outcome=Outcome.CANCELLED, at=NOW)
    services.excuse_job(job_id=job.pk, actor=ops, reason="hospital", now=NOW)
    assert counts(partner) == (1, 0, 0)


def told_of_excuse(partner: Partner) -> list[dict[str, int | str]]:
    told = Notification.objects.filter(kind="job_excused", recipient=partner.user)
    return list(told.values_list("payload", flat=True))


def test_partner_is_told_of_a_visit_that_ops_take_away(
    client_user: User, partner: Partner, ops: User
) -> None:
    job = accept(book(client_user, requested_partner=partner), partner)
    services.excuse_job(job_id=job.pk, actor=ops, reason="the client moved", now=NOW + timedelta(hours=1))
    assert told_of_excuse(partner) == [{"job_id": job.pk}]


def test_partner_is_told_that_a_cancellation_no_longer_counts(
    client_user: User, partner: Partner, ops: User
) -> None:
    job = accept(book(client_user, requested_partner=partner), partner)
    services.cancel_job(job_id=job.pk, partner=partner, reason="ill", now=NOW)
    services.excuse_job(job_id=job.pk, actor=ops, reason="a certificate", now=NOW + timedelta(days=1))
    assert told_of_excuse(partner) == [{"job_id": job.pk}]


def test_an_open_arrival_is_missed_only_after_its_end(client_user: User, partner: Partner) -> None:
    job = accept(book(client_user, arrives_until=START + timedelta(hours=2)), partner)
    assert no_show_refusal(job, START + timedelta(hours=2)) is not None
    assert no_show_refusal(job, START + timedelta(hours=2, minutes=15)) is None
