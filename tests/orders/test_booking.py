from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from mila.accounts.models import User
from mila.notifications.models import Notification
from orders import services
from orders.models import Job, Offer, Order, OrderTransition, Service
from orders.policy import JobState, OfferStatus, OrderStatus
from partners.models import City, Partner
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START, accept, book

pytestmark = pytest.mark.django_db


def sent(kind: str) -> list[User]:
    rows = Notification.objects.filter(kind=kind).select_related("recipient").order_by("pk")
    return [row.recipient for row in rows]


def test_a_booking_keeps_the_price_and_duration_of_the_service(client_user: User, partner: Partner) -> None:
    order = book(client_user)
    Service.objects.update(price=Decimal("1.00"))
    order.refresh_from_db()
    assert (order.price, order.currency) == (Decimal("89.00"), "CHF")
    assert (order.starts_at, order.ends_at) == (START, START + timedelta(minutes=60))
    assert order.search_until == NOW + timedelta(hours=12)
    assert (order.postcode, order.town) == ("8001", "Zürich")


def test_a_booking_writes_its_transition_and_asks_the_five_best(client_user: User) -> None:
    partners = [factories.PartnerFactory.create(search_rank=4 + Decimal(n) / 10) for n in range(7)]
    order = book(client_user)
    row = order.transitions.get()
    assert (row.old, row.new, row.actor, row.at) == ("", OrderStatus.SEARCHING, client_user, NOW)
    offers = Offer.objects.filter(order=order).order_by("pk")
    assert [offer.partner for offer in offers] == partners[:1:-1]
    assert {offer.expires_at for offer in offers} == {NOW + timedelta(hours=12)}
    assert sent("offer_received") == [partner.user for partner in partners[:1:-1]]


def test_an_urgent_offer_can_be_answered_for_a_quarter_of_an_hour(
    client_user: User, partner: Partner
) -> None:
    order = book(client_user, is_urgent=True, slot_start=NOW + timedelta(hours=2))
    assert order.offers.get().expires_at == NOW + timedelta(minutes=15)


def test_the_same_form_sent_twice_is_one_order(client_user: User, partner: Partner) -> None:
    key = uuid4()
    first = book(client_user, submission_key=key)
    assert book(client_user, submission_key=key, now=NOW + timedelta(seconds=1)) == first
    assert Order.objects.count() == 1
    assert len(sent("offer_received")) == 1


def test_the_same_key_with_another_booking_is_refused(client_user: User, partner: Partner) -> None:
    key = uuid4()
    book(client_user, submission_key=key)
    with pytest.raises(services.SubmissionChanged):
        book(client_user, submission_key=key, street="Bahnhofstrasse 2")


def test_two_clients_may_have_the_same_key(client_user: User, partner: Partner) -> None:
    key = uuid4()
    first = book(client_user, submission_key=key)
    assert book(factories.UserFactory.create(), submission_key=key) != first


def test_a_slot_that_has_begun_is_refused(client_user: User) -> None:
    with pytest.raises(services.SlotInPast):
        book(client_user, slot_start=NOW)
    assert not Order.objects.exists()


def test_a_closed_city_is_refused(client_user: User) -> None:
    City.objects.filter(slug="zurich").update(is_open=False)
    with pytest.raises(services.CityClosed):
        book(client_user)


def test_a_place_of_another_city_is_refused(client_user: User) -> None:
    with pytest.raises(services.PlaceNotServed):
        book(client_user, place=factories.place("1003"))


def test_a_service_off_the_list_is_refused(client_user: User) -> None:
    Service.objects.update(is_active=False)
    with pytest.raises(services.ServiceNotOffered):
        book(client_user)


def test_the_requested_partner_is_asked_alone(client_user: User, partner: Partner) -> None:
    factories.PartnerFactory.create()
    order = book(client_user, requested_partner=partner)
    assert [offer.partner for offer in order.offers.all()] == [partner]


def test_a_requested_partner_who_is_busy_is_refused(client_user: User, partner: Partner) -> None:
    accept(book(client_user), partner)
    with pytest.raises(services.PartnerUnavailable):
        book(client_user, requested_partner=partner)


def test_nobody_books_themselves(partner: Partner) -> None:
    assert partner.user is not None
    with pytest.raises(services.PartnerUnavailable):
        book(partner.user, requested_partner=partner)
    assert book(partner.user).status == OrderStatus.EXPIRED


def test_an_order_that_nobody_can_do_expires_at_once_and_the_client_is_told(client_user: User) -> None:
    order = book(client_user)
    assert order.status == OrderStatus.EXPIRED
    assert [row.new for row in order.transitions.all()] == [OrderStatus.SEARCHING, OrderStatus.EXPIRED]
    assert sent("order_expired") == [client_user]


def test_a_client_cancels_a_searching_order(client_user: User, partner: Partner) -> None:
    order = book(client_user)
    services.cancel_order(order_id=order.pk, client=client_user, now=NOW)
    services.cancel_order(order_id=order.pk, client=client_user, now=NOW)
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert OrderTransition.objects.filter(order=order, new=OrderStatus.CANCELLED).count() == 1
    assert order.offers.get().status == OfferStatus.WITHDRAWN
    assert sent("order_cancelled") == []


def test_a_client_cancels_a_confirmed_order_and_the_partner_is_told(client_user: User, job: Job) -> None:
    assert job.order_id is not None
    services.cancel_order(order_id=job.order_id, client=client_user, now=NOW)
    job.refresh_from_db()
    assert job.state is JobState.CLIENT_CANCELLED
    assert sent("order_cancelled") == [job.partner.user]
    tally = job.partner.tally
    assert (tally.accepted, tally.cancelled, tally.no_shows) == (1, 0, 0)


def test_an_order_under_way_cannot_be_cancelled(client_user: User, checked_in: Job) -> None:
    assert checked_in.order_id is not None
    with pytest.raises(services.OrderNotCancellable):
        services.cancel_order(order_id=checked_in.order_id, client=client_user, now=START)


def test_nobody_cancels_the_order_of_somebody_else(client_user: User, partner: Partner) -> None:
    order = book(client_user)
    with pytest.raises(services.OrderNotCancellable):
        services.cancel_order(order_id=order.pk, client=factories.UserFactory.create(), now=NOW)
    order.refresh_from_db()
    assert order.status == OrderStatus.SEARCHING
