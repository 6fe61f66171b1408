"""A confirmed draft is an order that nobody has been asked about yet; the sweep that it calls begins the search."""

from datetime import timedelta

import pytest

from mila.accounts.models import User
from mila.lib import doorbell
from mila.notifications.models import Notification
from orders.models import Offer, Order
from orders.policy import OfferStatus, OrderStatus
from orders.schedule.wanted import Wanted
from orders.services import can_come, cancel_order, widen_searches
from orders.services.candidates import able_partners
from orders.services.drafts import Owner
from partners.models import Partner
from partners.policy import PartnerStatus
from tests import factories
from tests.orders.conftest import book
from tests.orders.test_drafts import LATER, complete, confirm

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(partner: Partner) -> Partner:
    return factories.PartnerFactory.create()


def confirmed(client: User, *, asks: Partner | None = None) -> Order:
    return confirm(client, complete(Owner(client=client, token=""), partner=asks))


def asked(order: Order) -> list[Partner]:
    return [offer.partner for offer in Offer.objects.filter(order=order).order_by("pk")]


def test_nobody_is_asked_until_the_sweep_comes(client_user: User, partner: Partner, other: Partner) -> None:
    order = confirmed(client_user)
    assert asked(order) == []
    assert order.next_wave_at == LATER

    assert widen_searches(now=LATER) == 1

    assert set(asked(order)) == {partner, other}
    assert Notification.objects.filter(kind="offer_received").count() == 2


def test_five_sweeps_ask_once(client_user: User, partner: Partner) -> None:
    order = confirmed(client_user)

    for _ in range(5):
        widen_searches(now=LATER)

    assert asked(order) == [partner]


def test_whoever_was_chosen_is_asked_alone_and_no_wave_follows(
    client_user: User, partner: Partner, other: Partner
) -> None:
    order = confirmed(client_user, asks=other)

    for _ in range(2):
        widen_searches(now=LATER)

    assert asked(order) == [other]
    order.refresh_from_db()
    assert (order.wave, order.next_wave_at) == (0, None)


def test_whoever_was_chosen_and_can_no_longer_come_is_passed_over(
    client_user: User, partner: Partner, other: Partner
) -> None:
    order = confirmed(client_user, asks=other)
    Partner.objects.filter(pk=other.pk).update(status=PartnerStatus.SUSPENDED)

    widen_searches(now=LATER)

    assert asked(order) == [partner]


def test_when_everybody_has_gone_the_client_is_told(client_user: User, partner: Partner) -> None:
    order = confirmed(client_user)
    Partner.objects.filter(pk=partner.pk).update(status=PartnerStatus.SUSPENDED)

    widen_searches(now=LATER)

    order.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assert Notification.objects.filter(kind="order_expired", recipient=client_user).exists()


def test_a_client_who_cancels_before_the_sweep_is_not_searched_for(
    client_user: User, partner: Partner
) -> None:
    order = confirmed(client_user)
    cancel_order(order_id=order.pk, client=client_user, now=LATER)

    assert widen_searches(now=LATER) == 0

    assert asked(order) == []


def test_the_booking_calls_the_sweep(
    client_user: User, partner: Partner, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(doorbell, "is_silent", lambda: False)
    monkeypatch.setattr(doorbell._Wiring, "send", rung.append)

    with django_capture_on_commit_callbacks(execute=True):
        confirmed(client_user)

    assert "offers" in rung


def test_whether_one_can_come_is_what_the_list_of_all_says(client_user: User) -> None:
    """One statement asks about one partner, another about all: here, too far, without the skill, elsewhere, resting."""
    near = factories.PartnerFactory.create()
    far = factories.PartnerFactory.create(radius_km=1, latitude=47.0, longitude=8.0)
    by_postcode = factories.PartnerFactory.create(postcodes=["8001"], latitude=47.0, longitude=8.0)
    by_another = factories.PartnerFactory.create(postcodes=["8050"])
    unskilled = factories.PartnerFactory.create()
    unskilled.skills.clear()
    resting = factories.PartnerFactory.create(status=PartnerStatus.SUSPENDED)
    everybody = [near, far, by_postcode, by_another, unskilled, resting]
    wanted = Wanted.of(book(client_user))
    able = set(able_partners(wanted))

    assert {one for one in everybody if can_come(one, wanted, now=LATER)} == able & set(everybody)
    assert able & {near, far} == {near}


def test_an_offer_made_by_the_sweep_can_be_accepted(client_user: User, partner: Partner) -> None:
    order = confirmed(client_user)
    widen_searches(now=LATER)

    offer = Offer.objects.get(order=order)

    assert (offer.status, offer.offered_at) == (OfferStatus.OPEN, LATER)
    assert offer.expires_at > LATER + timedelta(minutes=1)
