"""As soon as possible stays a wish: it means whatever is free first when it is asked, and when it is booked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mila.accounts.models import User
from orders.booking.policy import SOON, Obstacle
from orders.models import BookingDraft, Order
from orders.services import arrivals, drafts
from orders.services.drafts import Owner
from partners.models import Partner
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import accept, book
from tests.orders.test_drafts import PRICE, WEDNESDAY, complete

pytestmark = pytest.mark.django_db


def soon(client: User, *, partner: Partner | None = None) -> BookingDraft:
    owner = Owner(client, "")
    complete(owner, partner=partner)
    return drafts.choose_time(owner, day=None, time=SOON, now=NOW)


def found(draft: BookingDraft, client: User, now: datetime = NOW) -> Any:
    return arrivals.find_arrival(BookingDraft.objects.get(pk=draft.pk), client=client, now=now)


def first(draft: BookingDraft, client: User, now: datetime = NOW) -> datetime:
    arrival: datetime = found(draft, client, now)[0]
    return arrival


def confirm(client: User, draft: BookingDraft, *, arrival: datetime | None, now: datetime) -> Order:
    return drafts.book_draft(
        client=client,
        submission_key=draft.submission_key,
        seen=draft.changed_at,
        price=PRICE,
        arrival=arrival,
        now=now,
    )


def take(partner: Partner, start: datetime) -> None:
    accept(book(factories.UserFactory.create(), requested_partner=partner, slot_start=start), partner)


class TestTheWish:
    def test_it_moves_with_the_clock(self, client_user: User, partner: Partner) -> None:
        draft = soon(client_user)
        at_once = first(draft, client_user)
        assert first(draft, client_user, NOW + timedelta(hours=1)) == at_once + timedelta(hours=1)
        assert (draft.day, draft.time) == (None, SOON)

    def test_it_is_of_the_partner_who_is_chosen(self, client_user: User, partner: Partner) -> None:
        other = factories.PartnerFactory.create(home=factories.place())
        chosen = soon(client_user, partner=partner)
        at_once = first(chosen, client_user)
        take(partner, at_once)
        assert first(chosen, client_user) > at_once
        anybody = drafts.choose_partner(Owner(client_user, ""), partner=None, now=NOW)
        assert first(anybody, client_user) == at_once
        assert other.pk

    def test_a_day_that_is_chosen_ends_it_and_saying_it_again_keeps_it(
        self, client_user: User, partner: Partner
    ) -> None:
        soon(client_user)
        owner, again = Owner(client_user, ""), {"service": factories.service(), "details": "", "now": NOW}
        assert drafts.describe(owner, **again, day=None).time == SOON
        assert drafts.describe(owner, **again, day=WEDNESDAY).time == ""

    def test_where_nobody_is_free_for_a_week_it_is_said(self, client_user: User, partner: Partner) -> None:
        chosen = soon(client_user, partner=partner)
        type(partner).objects.filter(pk=partner.pk).update(hours_set_at=NOW)
        assert found(chosen, client_user) is Obstacle.PARTNER_NOT_SOON
        anybody = drafts.choose_partner(Owner(client_user, ""), partner=None, now=NOW)
        assert found(anybody, client_user) is Obstacle.NOBODY_SOON

    def test_nobody_comes_to_their_own_door(self, partner: Partner) -> None:
        assert partner.user is not None
        draft = soon(partner.user)
        assert found(draft, partner.user) is Obstacle.NOBODY_SOON


class TestTheOrder:
    def test_what_was_shown_is_booked(self, client_user: User, partner: Partner) -> None:
        draft = soon(client_user)
        shown = first(draft, client_user)
        order = confirm(client_user, draft, arrival=shown, now=NOW)
        assert (order.starts_at, order.is_flexible) == (shown, False)
        assert confirm(client_user, draft, arrival=shown, now=NOW) == order

    def test_what_has_become_later_is_shown_first(self, client_user: User, partner: Partner) -> None:
        draft = soon(client_user)
        shown = first(draft, client_user)
        take(partner, shown)
        with pytest.raises(drafts.ArrivalLater):
            confirm(client_user, draft, arrival=shown, now=NOW)
        assert not Order.objects.filter(client=client_user).exists()
        later = first(draft, client_user)
        assert later > shown
        assert confirm(client_user, draft, arrival=later, now=NOW).starts_at == later

    def test_what_has_become_free_earlier_is_booked(self, client_user: User, partner: Partner) -> None:
        draft = soon(client_user)
        shown = first(draft, client_user)
        order = confirm(client_user, draft, arrival=shown + timedelta(hours=3), now=NOW)
        assert order.starts_at == shown

    def test_what_was_not_shown_is_not_booked(self, client_user: User, partner: Partner) -> None:
        draft = soon(client_user)
        with pytest.raises(drafts.ArrivalLater):
            confirm(client_user, draft, arrival=None, now=NOW)

    def test_a_time_that_was_chosen_is_booked_as_it_is(self, client_user: User, partner: Partner) -> None:
        draft = complete(Owner(client_user, ""))
        order = confirm(client_user, draft, arrival=None, now=NOW)
        assert order.starts_at == datetime(2026, 6, 3, 8, tzinfo=UTC)
