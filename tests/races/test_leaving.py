"""A partner is suspended while accepting; a client cancels while partners accept."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest

from compliance.services import decisions
from mila.accounts.models import User
from mila.lib.locks import locking
from orders import services
from orders.models import Job, Offer, Order
from orders.policy import JobState, OfferStatus, OrderStatus
from orders.services import answering, booking
from partners.models import Partner
from partners.policy import PartnerStatus
from tests import factories
from tests.factories import NOW
from tests.races import market
from tests.races.market import START, offer_to_all, orders_for
from tests.races.track import CROWD, ROUNDS, Meeting, differences, race

Unlock = Callable[[Any, str], None]
HOUR = timedelta(hours=1)


def accept(offer: Offer) -> Job:
    return services.accept_offer(offer_id=offer.pk, partner=offer.partner, now=NOW)


def suspend(partner: Partner, ops: User) -> int:
    """Returns how many jobs the partner had at the instant of the suspension."""
    with locking():
        decisions.suspend_partner(partner_id=partner.pk, actor=ops, reason="test", now=NOW)
        return Job.objects.of_partner(partner).count()


def cancel(order: Order) -> int:
    services.cancel_order(order_id=order.pk, client=order.client, now=NOW)
    return order.pk


# --- Suspended while accepting ------------------------------------------------------------------------------


def test_nothing_is_accepted_after_the_suspension(client_user: User) -> None:
    ops = factories.OpsFactory.create()
    for _round in range(ROUNDS):
        partner = factories.PartnerFactory.create()
        offers = orders_for(partner, client_user, [START + 2 * number * HOUR for number in range(CROWD - 1)])
        accepting: list[Callable[[], Job | int]] = [partial(accept, offer) for offer in offers]
        accepting.insert(len(accepting) // 2, partial(suspend, partner, ops))
        finish = race(accepting)
        assert finish.crashed == []
        assert finish.reasons() <= {"PartnerSuspended", "Busy"}
        jobs_then = [won for won in finish.won if isinstance(won, int)]
        jobs_now = Job.objects.of_partner(partner).count()
        suspended = Partner.objects.get(pk=partner.pk).status == PartnerStatus.SUSPENDED
        assert suspended == bool(jobs_then)
        assert not suspended or jobs_then == [jobs_now]
        assert not suspended or not Offer.objects.filter(partner=partner, status=OfferStatus.OPEN).exists()
        assert differences(NOW) == []


def accept_after_suspending(monkeypatch: pytest.MonkeyPatch, *, patience: float) -> None:
    """The acceptance waits, between its checks and its job, for the suspension to be complete."""
    suspended = Event()

    def create_job(*arguments: Any) -> Job:
        suspended.wait(patience)
        return original_create(*arguments)

    def suspend_partner(**arguments: Any) -> object:
        sanction = original_suspend(**arguments)
        suspended.set()
        return sanction

    original_create, original_suspend = answering._create_job, decisions.suspend_partner
    monkeypatch.setattr(answering, "_create_job", create_job)
    monkeypatch.setattr(decisions, "suspend_partner", suspend_partner)


def accept_and_suspend(client: User, monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], int]:
    """How many jobs there were at the suspension, and how many in the end; the acceptance looks first."""
    partner, ops = factories.PartnerFactory.create(), factories.OpsFactory.create()
    (offer,) = orders_for(partner, client, [START])
    looked = Event()
    original = answering._refuse_unless_acceptable

    def look(*arguments: Any) -> None:
        original(*arguments)
        looked.set()

    def suspend_once_looked() -> int:
        looked.wait(60.0)
        return suspend(partner, ops)

    monkeypatch.setattr(answering, "_refuse_unless_acceptable", look)
    contestants: list[Callable[[], Job | int]] = [partial(accept, offer), suspend_once_looked]
    finish = race(contestants)
    assert finish.crashed == []
    then = [won for won in finish.won if isinstance(won, int)]
    return then, Job.objects.of_partner(partner).count()


def test_the_lock_of_the_partner_makes_the_suspension_wait(
    client_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept_after_suspending(monkeypatch, patience=1.0)
    then, now = accept_and_suspend(client_user, monkeypatch)
    assert (then, now) == ([1], 1)


def test_without_lock_a_suspended_partner_gets_a_job(
    client_user: User, monkeypatch: pytest.MonkeyPatch, without_lock: Unlock
) -> None:
    accept_after_suspending(monkeypatch, patience=60.0)
    without_lock(answering, "lock_partner")
    without_lock(answering, "lock_order")
    monkeypatch.setattr(decisions, "suspend", _only_change_status)
    then, now = accept_and_suspend(client_user, monkeypatch)
    assert (then, now) == ([0], 1)


def _only_change_status(partner: Partner, **_who: object) -> None:
    """The offer that is being accepted is locked; a suspension that withdraws it would wait for it."""
    Partner.objects.filter(pk=partner.pk).update(status=PartnerStatus.SUSPENDED)


# --- The client cancels while partners accept -----------------------------------------------------------------


def test_a_client_who_cancels_has_no_partner_on_the_way(client_user: User) -> None:
    partners = factories.PartnerFactory.create_batch(CROWD // 2)
    for number in range(ROUNDS):
        order = services.place_order(**market.booking(client_user, slot_start=START + timedelta(days=number)))
        accepting = [partial(accept, offer) for offer in offer_to_all(order, partners)]
        cancelling = [partial(cancel, order) for _ in accepting]
        both: list[Callable[[], Job | int]] = []
        for pair in zip(accepting, cancelling, strict=True):
            both.extend(pair)
        finish = race(both)
        assert finish.crashed == []
        assert finish.reasons() <= {"OfferGone", "Busy"}
        jobs = list(Job.objects.filter(order=order))
        order.refresh_from_db()
        assert order.status == OrderStatus.CANCELLED
        assert len(jobs) == sum(isinstance(won, Job) for won in finish.won) <= 1
        assert all(job.state is JobState.CLIENT_CANCELLED for job in jobs)
        assert order.transitions.filter(new=OrderStatus.CANCELLED).count() == 1
        assert differences(NOW) == []


def accept_while_cancelling(
    client: User, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[BaseException], str]:
    """They meet twice: when the acceptance has looked, and when the cancellation is done; then the first writes."""
    monkeypatch.setattr(answering, "_create_job", meeting.before(meeting.before(answering._create_job)))
    original = booking._cancel

    def meet_cancel_meet(*arguments: Any) -> None:
        meeting.wait()
        original(*arguments)
        meeting.wait()

    monkeypatch.setattr(booking, "_cancel", meet_cancel_meet)
    partner = factories.PartnerFactory.create()
    (offer,) = orders_for(partner, client, [START])
    contestants: list[Callable[[], Job | int]] = [partial(accept, offer), partial(cancel, offer.order)]
    finish = race(contestants)
    return finish.crashed, Order.objects.get(pk=offer.order_id).status


def test_the_lock_of_the_order_makes_the_cancellation_wait(
    client_user: User, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashed, status = accept_while_cancelling(client_user, meeting, monkeypatch)
    assert (crashed, status) == ([], OrderStatus.CANCELLED)
    assert differences(NOW) == []


def test_without_lock_only_the_database_stops_the_acceptance_of_a_cancelled_order(
    client_user: User, meeting: Meeting, monkeypatch: pytest.MonkeyPatch, without_lock: Unlock
) -> None:
    meeting.for_sure()
    without_lock(answering, "lock_order")
    without_lock(booking, "lock_order")
    monkeypatch.setattr(booking, "withdraw_open_offers", lambda *_order, **_who: None)
    crashed, status = accept_while_cancelling(client_user, meeting, monkeypatch)
    assert ["Invalid transition" in str(error) for error in crashed] == [True]
    assert status == OrderStatus.CANCELLED
