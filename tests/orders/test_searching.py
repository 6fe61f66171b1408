from datetime import timedelta
from decimal import Decimal

import pytest

from mila.accounts.models import User
from mila.notifications.models import Notification
from orders import services
from orders.dispatch.policy import Rule
from orders.dispatch.services import rule_for
from orders.models import DispatchRule, Job, Offer, Order
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


def asked(order: Order) -> set[Partner]:
    return {offer.partner for offer in order.offers.select_related("partner")}


def test_the_next_wave_is_asked_in_time_and_the_first_may_still_answer(client_user: User) -> None:
    first = factories.PartnerFactory.create_batch(5, search_rank=Decimal(5))
    second = factories.PartnerFactory.create_batch(2, search_rank=Decimal(4))
    order = book(client_user)
    two_hours_later = NOW + timedelta(hours=2)
    assert (order.wave, order.next_wave_at, asked(order)) == (1, two_hours_later, set(first))
    assert services.widen_searches(now=two_hours_later - timedelta(microseconds=1)) == 0
    assert services.widen_searches(now=two_hours_later) == 1
    assert services.widen_searches(now=two_hours_later) == 0
    order.refresh_from_db()
    assert (order.wave, asked(order)) == (2, {*first, *second})
    assert statuses(order) == [OfferStatus.OPEN] * 7
    assert Notification.objects.filter(kind="offer_received").count() == 7


def test_an_urgent_order_is_offered_every_four_minutes_for_a_quarter_of_an_hour(client_user: User) -> None:
    DispatchRule.objects.create(first_size=1, size_growth=1)
    factories.PartnerFactory.create_batch(9)
    order = book(client_user, is_urgent=True, slot_start=NOW + timedelta(hours=2))
    counts = []
    for minutes in (3, 4, 8, 12, 14, 15, 16):
        now = NOW + timedelta(minutes=minutes)
        services.widen_searches(now=now)
        services.lapse_offers(now=now)
        services.expire_orders(now=now)
        counts.append(order.offers.count())
    order.refresh_from_db()
    assert counts == [1, 2, 3, 4, 4, 4, 4]
    assert (order.status, order.next_wave_at) == (OrderStatus.EXPIRED, None)
    assert set(statuses(order)) == {OfferStatus.LAPSED}


def test_a_wave_that_finds_nobody_makes_room_for_a_wider_one(client_user: User) -> None:
    far = factories.PartnerFactory.create(latitude=factories.city().latitude + 0.1)
    order = book(client_user)
    assert (order.wave, asked(order)) == (2, {far})


def test_the_most_particular_rule_holds(client_user: User) -> None:
    city, service = factories.city(), factories.service()
    sizes = {(None, None): 1, (None, service): 2, (city, None): 3, (city, service): 4}
    for (of_city, of_service), wave in sizes.items():
        DispatchRule.objects.create(city=of_city, service=of_service, first_size=wave)
    order = factories.OrderFactory.create(client=client_user)

    def size(order: Order) -> int:
        return rule_for(order).first_size

    assert size(order) == 4
    assert size(factories.OrderFactory.create(service=factories.service("tv-set-up"))) == 3
    assert size(factories.OrderFactory.create(city=factories.city("bern"))) == 2
    elsewhere = {"city": factories.city("bern"), "service": factories.service("tv-set-up")}
    assert size(factories.OrderFactory.create(**elsewhere)) == 1
    DispatchRule.objects.all().delete()
    assert rule_for(order) == Rule()


def test_who_accepts_ends_the_waves(client_user: User, partner: Partner) -> None:
    order = book(client_user)
    accept(order, partner)
    order.refresh_from_db()
    assert order.next_wave_at is None
    assert services.widen_searches(now=NOON) == 0


def test_declining_does_not_wait_for_the_next_wave(client_user: User) -> None:
    DispatchRule.objects.create(first_size=1)
    first = factories.PartnerFactory.create(search_rank=Decimal(5))
    second = factories.PartnerFactory.create(search_rank=Decimal(4))
    order = book(client_user)
    services.decline_offer(offer_id=order.offers.get().pk, partner=first, now=NOW)
    assert order.offers.get(status=OfferStatus.OPEN).partner == second


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


def test_a_requested_partner_who_is_silent_leaves_time_for_others(
    client_user: User, partner: Partner
) -> None:
    other = factories.PartnerFactory.create()
    order = book(client_user, slot_start=NOW + timedelta(hours=8), requested_partner=partner)
    (offer,) = order.offers.all()
    assert offer.expires_at < order.search_until
    services.lapse_offers(now=offer.expires_at)
    assert order.offers.get(status=OfferStatus.OPEN).partner == other
