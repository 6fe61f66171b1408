"""Two partners accept one offer's order; one partner accepts two offers that overlap. At 200, and forced for two."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from mila.accounts.models import User
from mila.lib.locks import Busy
from orders import services
from orders.models import Job, Offer
from orders.services import answering
from orders.services.answering import SlotTaken
from partners.models import Partner
from tests import factories
from tests.factories import NOW
from tests.races.conftest import Drop
from tests.races.market import START, booking, offer_to_all, orders_for
from tests.races.track import CROWD, ROUNDS, Meeting, differences, race

Unlock = Callable[[Any, str], None]


def accept(offer: Offer) -> Job:
    return services.accept_offer(offer_id=offer.pk, partner=offer.partner, now=NOW)


def test_of_two_hundred_partners_who_accept_one_order_one_has_it(client_user: User) -> None:
    partners = factories.PartnerFactory.create_batch(CROWD)
    for number in range(ROUNDS):
        start = START + timedelta(days=number)
        order = services.place_order(**booking(client_user, slot_start=start))
        offers = offer_to_all(order, partners)
        finish = race([partial(accept, offer) for offer in offers])
        assert finish.crashed == []
        assert len(finish.won) == 1
        assert finish.reasons() <= {"OfferGone", "Busy"}
        assert Job.objects.alive().get(order=order) == finish.won[0]
        assert differences(NOW) == []


def test_of_two_hundred_overlapping_offers_a_partner_gets_one(client_user: User) -> None:
    for number in range(ROUNDS):
        partner = factories.PartnerFactory.create()
        start = START + timedelta(days=number)
        # Each slot overlaps every other one, none is the same as another.
        starts = [start + timedelta(seconds=second) for second in range(CROWD)]
        offers = orders_for(partner, client_user, starts)
        finish = race([partial(accept, offer) for offer in offers])
        assert finish.crashed == []
        assert len(finish.won) == 1
        assert finish.reasons() <= {"SlotTaken", "Busy"}
        assert Job.objects.alive().get(partner=partner) == finish.won[0]
        assert differences(NOW) == []


# --- Negative controls: the same for two, held at the point between looking and writing -----------------------


@pytest.fixture(autouse=True)
def _meet_before_the_job(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "meeting" in request.fixturenames:
        meeting: Meeting = request.getfixturevalue("meeting")
        monkeypatch.setattr(answering, "_create_job", meeting.before(answering._create_job))


def two_partners_for_one_order(client: User) -> list[Offer]:
    partners = factories.PartnerFactory.create_batch(2)
    return offer_to_all(services.place_order(**booking(client)), partners)


def two_orders_for_one_partner(client: User) -> list[Offer]:
    partner: Partner = factories.PartnerFactory.create()
    return orders_for(partner, client, [START, START + timedelta(minutes=30)])


@pytest.mark.usefixtures("meeting")
def test_the_lock_of_the_order_lets_one_of_two_partners_through(client_user: User) -> None:
    finish = race([partial(accept, offer) for offer in two_partners_for_one_order(client_user)])
    assert (len(finish.won), finish.reasons(), finish.crashed) == (1, {"OfferGone"}, [])


def test_without_lock_and_constraint_two_partners_have_the_order(
    client_user: User,
    meeting: Meeting,
    without_lock: Unlock,
    drop_guard: Drop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meeting.for_sure()
    without_lock(answering, "lock_order")
    drop_guard("one_alive_job_per_order")
    # Each would wait for the offer of the other: a deadlock that hides the harm.
    monkeypatch.setattr(answering, "withdraw_open_offers", lambda *_order, **_who: None)
    finish = race([partial(accept, offer) for offer in two_partners_for_one_order(client_user)])
    assert (len(finish.won), finish.crashed) == (2, [])
    assert any("with 2 jobs alive" in line for line in differences(NOW))


def test_without_lock_the_constraint_keeps_the_order_with_one_partner(
    client_user: User, meeting: Meeting, without_lock: Unlock
) -> None:
    meeting.for_sure()
    without_lock(answering, "lock_order")
    finish = race([partial(accept, offer) for offer in two_partners_for_one_order(client_user)])
    assert (len(finish.won), len(finish.crashed)) == (1, 1)
    assert differences(NOW) == []


@pytest.mark.usefixtures("meeting")
def test_the_lock_of_the_partner_lets_one_of_two_offers_through(client_user: User) -> None:
    finish = race([partial(accept, offer) for offer in two_orders_for_one_partner(client_user)])
    assert (len(finish.won), finish.reasons(), finish.crashed) == (1, {"SlotTaken"}, [])


def test_without_lock_and_constraint_a_partner_is_in_two_places(
    client_user: User, meeting: Meeting, without_lock: Unlock, drop_guard: Drop
) -> None:
    meeting.for_sure()
    without_lock(answering, "lock_partner")
    drop_guard("job_slots_of_a_partner_do_not_overlap")
    finish = race([partial(accept, offer) for offer in two_orders_for_one_partner(client_user)])
    assert (len(finish.won), finish.crashed) == (2, [])
    assert any("overlaps" in line for line in differences(NOW))


def test_without_lock_the_constraint_keeps_the_partner_in_one_place(
    client_user: User, meeting: Meeting, without_lock: Unlock
) -> None:
    meeting.for_sure()
    without_lock(answering, "lock_partner")
    finish = race([partial(accept, offer) for offer in two_orders_for_one_partner(client_user)])
    # Two that insert at once wait for each other, and the server ends one of them: safe, but not the clean refusal
    # that the lock gives.
    assert (len(finish.won), len(finish.refused) + len(finish.crashed)) == (1, 1)
    assert all(isinstance(lost, SlotTaken | Busy) for lost in [*finish.refused, *finish.crashed])
    assert differences(NOW) == []
