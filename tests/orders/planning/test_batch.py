"""Ops plan a city's day: computed by the worker, sent as ordinary offers, nobody asked twice."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from orders import services
from orders.models import DayProposal, Offer, Order
from orders.planning import batch
from orders.planning.assigning import DayRoutes
from orders.planning.batch import compute_due_proposals
from orders.planning.proposals import (
    AlreadySent,
    DayOver,
    NobodyFree,
    NoOpenOrders,
    NotComputedYet,
    ask_for_proposal,
    send_proposal,
)
from partners.availability.services import add_days_off
from tests.factories import NOW, OfferFactory, OrderFactory, PartnerFactory, city
from tests.orders.planning.scenes import DAY, EAST, at, visit

pytestmark = pytest.mark.django_db


def open_order(hour: float = 9, place: int = 0, **fields) -> Order:
    latitude, longitude = EAST[place]
    slot = DateTimeTZRange(at(hour), at(hour + 1))
    return OrderFactory.create(slot=slot, latitude=latitude, longitude=longitude, **fields)


def computed(ops) -> DayProposal:
    asked = ask_for_proposal(city=city(), day=DAY, actor=ops, now=NOW)
    assert compute_due_proposals(clock=lambda: NOW) == 1
    return DayProposal.objects.get(pk=asked.pk)


def pairs(proposal: DayProposal) -> set[tuple[int, int]]:
    return set(proposal.visits.values_list("order", "partner"))


def test_open_orders_of_the_day_are_proposed_to_who_can_do_them(ops, partner):
    order = open_order()
    PartnerFactory.create(skills=["tv"])
    PartnerFactory.create(latitude=46.2, longitude=6.14)
    PartnerFactory.create(status="suspended")
    found = computed(ops)
    assert pairs(found) == {(order.pk, partner.pk)}
    assert (found.open_orders, found.planned_at, found.due_at) == (1, NOW, None)
    assert found.visits.get().arrives_at == at(9)


def test_visits_and_days_off_are_respected(ops, partner):
    visit(partner, 9.5)
    off = PartnerFactory.create()
    add_days_off(partner_id=off.pk, first=DAY, last=DAY, today=NOW.date())
    open_order()
    found = computed(ops)
    assert (pairs(found), found.open_orders) == (set(), 1)


@pytest.mark.parametrize("answer", ["declined", "lapsed", "accepted"])
def test_who_was_asked_before_is_not_proposed_again(ops, partner, answer):
    order = open_order()
    OfferFactory.create(order=order, partner=partner, status=answer)
    assert pairs(computed(ops)) == set()


def test_who_is_being_asked_may_be_proposed_and_gets_no_second_offer(ops, partner):
    offer = OfferFactory.create(order=open_order(), partner=partner)
    found = computed(ops)
    send_proposal(proposal_id=found.pk, now=NOW)
    assert found.visits.get().offer == offer
    assert Offer.objects.count() == 1


def test_nobody_is_proposed_to_come_to_their_own_door(ops, partner):
    open_order(client=partner.user)
    assert pairs(computed(ops)) == set()


def test_an_order_that_waits_for_the_partner_asked_for_is_not_proposed_to_others(ops, partner):
    order = open_order(requested_partner=partner)
    OfferFactory.create(order=order, partner=partner)
    PartnerFactory.create(search_rank=5)
    assert pairs(computed(ops)) == {(order.pk, partner.pk)}


def test_a_proposal_becomes_ordinary_offers_that_can_be_accepted(ops, partner):
    orders = [open_order(9), open_order(12, 1)]
    found = computed(ops)
    assert send_proposal(proposal_id=found.pk, now=NOW) == 2
    offers = Offer.objects.filter(status="open", partner=partner)
    assert {offer.order_id for offer in offers} == {order.pk for order in orders}
    for offer in offers:
        services.accept_offer(offer_id=offer.pk, partner=partner, now=NOW)


def test_a_flexible_order_is_offered_to_whom_it_was_proposed(ops, partner):
    window = DateTimeTZRange(at(8), at(12), "[]")
    order = open_order(9, arrival_window=window)
    visit(partner, 9)
    found = computed(ops)
    send_proposal(proposal_id=found.pk, now=NOW)
    assert found.visits.get().offer == order.offers.get(partner=partner)


def test_what_is_no_longer_possible_is_noted_and_left_out(ops, partner):
    order = open_order()
    found = computed(ops)
    services.cancel_order(order_id=order.pk, client=order.client, now=NOW)
    assert send_proposal(proposal_id=found.pk, now=NOW) == 0
    assert found.visits.get().refusal == "This order can no longer be offered to this partner."


def test_a_proposal_is_sent_once_and_only_when_it_is_computed(ops, partner):
    open_order()
    asked = ask_for_proposal(city=city(), day=DAY, actor=ops, now=NOW)
    with pytest.raises(NotComputedYet):
        send_proposal(proposal_id=asked.pk, now=NOW)
    compute_due_proposals(clock=lambda: NOW)
    send_proposal(proposal_id=asked.pk, now=NOW)
    with pytest.raises(AlreadySent):
        send_proposal(proposal_id=asked.pk, now=NOW)
    assert Offer.objects.count() == 1


def test_a_proposal_without_a_visit_is_not_sent_and_says_why(ops):
    nothing_open = computed(ops)
    open_order()
    nobody_free = computed(ops)
    for proposal, reason in ((nothing_open, NoOpenOrders), (nobody_free, NobodyFree)):
        with pytest.raises(reason):
            send_proposal(proposal_id=proposal.pk, now=NOW)
        proposal.refresh_from_db()
        assert proposal.sent_at is None


def test_a_day_that_is_over_cannot_be_planned(ops):
    with pytest.raises(DayOver):
        ask_for_proposal(city=city(), day=DAY, actor=ops, now=NOW + timedelta(days=9))


def test_a_proposal_that_fails_is_tried_later_and_keeps_no_other_waiting(ops, partner):
    first, second = (ask_for_proposal(city=city(), day=DAY, actor=ops, now=NOW) for _ in range(2))
    answers = iter([ArithmeticError, DayRoutes((), 0, 0)])
    with patch.object(batch, "propose", side_effect=answers):
        assert compute_due_proposals(clock=lambda: NOW) == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.due_at, second.planned_at) == (NOW + timedelta(seconds=30), NOW)
