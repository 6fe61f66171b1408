"""A single partner is asked about an order by name: only what is still possible, and never twice."""

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from orders.models import Offer, Order
from orders.services import NotOfferable, offer_to
from partners.models import Partner
from tests.factories import NOW, BookedJobFactory, OfferFactory, OrderFactory, PartnerFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def order(db: None) -> Order:
    return OrderFactory.create()


def ask(order: Order, partner: Partner, now=NOW) -> Offer:
    return offer_to(order_id=order.pk, partner_id=partner.pk, now=now)


def test_the_offer_is_an_ordinary_one(order, partner):
    offer = ask(order, partner)
    assert (offer.order, offer.partner, offer.status) == (order, partner, "open")
    assert offer.expires_at == NOW + 12 * HOUR


def test_asking_twice_gives_the_same_offer(order, partner):
    assert ask(order, partner) == ask(order, partner)


@pytest.mark.parametrize("answer", ["declined", "lapsed", "accepted"])
def test_who_has_answered_is_not_asked_again(order, partner, answer):
    OfferFactory.create(order=order, partner=partner, status=answer)
    with pytest.raises(NotOfferable):
        ask(order, partner)


@pytest.mark.parametrize(
    "fields",
    [{"skills": ["tv"]}, {"status": "suspended"}, {"latitude": 46.2, "longitude": 6.14}],
    ids=["skill", "suspended", "too far"],
)
def test_who_may_not_or_cannot_is_not_asked(order, fields):
    with pytest.raises(NotOfferable):
        ask(order, PartnerFactory.create(**fields))


def test_who_is_busy_then_is_not_asked(order, partner):
    BookedJobFactory.create(partner=partner)
    with pytest.raises(NotOfferable):
        ask(order, partner)


def test_an_order_that_no_longer_searches_is_not_offered(order, partner):
    Order.objects.filter(pk=order.pk).update(status="cancelled")
    with pytest.raises(NotOfferable):
        ask(order, partner)


def test_nor_one_whose_search_is_over(order, partner):
    with pytest.raises(NotOfferable):
        ask(order, partner, now=order.search_until)


def test_a_flexible_order_is_offered_if_the_day_takes_it_at_some_time(partner):
    start = NOW + timedelta(days=2)
    order = OrderFactory.create(arrival_window=DateTimeTZRange(start, start + 3 * HOUR, "[]"))
    BookedJobFactory.create(partner=partner)
    assert ask(order, partner).order == order
