from datetime import timedelta

import pytest

from mila.accounts.models import User
from mila.notifications.models import Notification
from orders import services
from orders.models import Job, Offer, Order
from orders.policy import OfferStatus, OrderStatus
from orders.services import searching
from orders.tasks import expire_due
from partners.models import Partner
from partners.services import lock_partner
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START, accept, book

pytestmark = pytest.mark.django_db
NOON = NOW + timedelta(hours=12)


def statuses(order: Order) -> list[str]:
    return list(order.offers.order_by("pk").values_list("status", flat=True))


def test_offers_lapse_at_their_deadline_and_the_next_five_are_asked(client_user: User) -> None:
    factories.PartnerFactory.create_batch(7)
    order = book(client_user)
    assert services.lapse_offers(now=NOON - timedelta(microseconds=1)) == 0
    assert services.lapse_offers(now=NOON) == 5
    assert services.lapse_offers(now=NOON) == 0
    assert statuses(order) == [OfferStatus.LAPSED] * 5 + [OfferStatus.OPEN] * 2
    assert Offer.objects.filter(order=order).values("partner").distinct().count() == 7
    assert Notification.objects.filter(kind="offer_received").count() == 7


def test_when_all_have_let_it_lapse_the_order_expires_once(client_user: User, partner: Partner) -> None:
    order = book(client_user)
    assert services.lapse_offers(now=NOON) == 1
    assert services.lapse_offers(now=NOON) == 0
    order.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assert Notification.objects.filter(kind="order_expired", recipient=client_user).count() == 1


def test_a_requested_partner_who_does_not_answer_makes_room_for_others(
    client_user: User, partner: Partner
) -> None:
    other = factories.PartnerFactory.create()
    order = book(client_user, requested_partner=partner)
    services.lapse_offers(now=NOON)
    assert order.offers.get(status=OfferStatus.OPEN).partner == other


def test_the_search_ends_half_an_hour_before_the_slot(client_user: User, partner: Partner) -> None:
    order = book(client_user, slot_start=NOW + timedelta(hours=5))
    assert order.offers.get().expires_at == order.search_until
    assert services.expire_orders(now=order.search_until - timedelta(microseconds=1)) == 0
    assert services.expire_orders(now=order.search_until) == 1
    assert services.expire_orders(now=order.search_until) == 0
    order.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assert statuses(order) == [OfferStatus.WITHDRAWN]


def test_confirmed_orders_do_not_expire(job: Job) -> None:
    assert services.expire_orders(now=START) == 0
    assert services.lapse_offers(now=START) == 0


def test_one_bad_order_does_not_stop_the_sweep(
    client_user: User, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = book(client_user), book(client_user)
    act = searching._give_up

    def fail_on_bad(order: Order, **arguments: object) -> None:
        if order == bad:
            raise RuntimeError("bad row")
        act(order, **arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(searching, "_give_up", fail_on_bad)
    assert services.expire_orders(now=START) == 1
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, good.status) == (OrderStatus.SEARCHING, OrderStatus.EXPIRED)
    assert statuses(bad) == [OfferStatus.OPEN]


def test_offers_of_a_suspended_partner_go_to_others(client_user: User, partner: Partner) -> None:
    order = book(client_user, requested_partner=partner)
    other = factories.PartnerFactory.create()
    services.withdraw_offers_of(partner=lock_partner(partner_id=partner.pk), now=NOW)
    assert order.offers.filter(partner=partner, status=OfferStatus.WITHDRAWN).exists()
    Partner.objects.filter(pk=partner.pk).update(status="suspended")
    open_to = set(order.offers.filter(status=OfferStatus.OPEN).values_list("partner", flat=True))
    assert other.pk in open_to


def test_an_order_left_at_short_notice_becomes_urgent(client_user: User, partner: Partner) -> None:
    job = accept(book(client_user), partner)
    factories.PartnerFactory.create()
    late = START - timedelta(hours=2)
    services.cancel_job(job_id=job.pk, partner=partner, reason="ill", now=late)
    assert Offer.objects.get(status=OfferStatus.OPEN).expires_at == late + timedelta(minutes=15)


def test_the_task_notes_its_run(client_user: User, partner: Partner) -> None:
    order = book(client_user)
    Order.objects.filter(pk=order.pk).update(search_until=NOW)
    assert expire_due() == 1
