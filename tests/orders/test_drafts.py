"""A booking that is kept step by step."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mila.accounts.models import User
from orders.booking.policy import Obstacle, Progress
from orders.models import BookingDraft, Order
from orders.services import arrivals, drafts
from orders.services.drafts import Owner
from partners.models import Partner, Place
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import accept, book

pytestmark = pytest.mark.django_db

BROWSER = Owner(client=None, token="browser")
WEDNESDAY = date(2026, 6, 3)
PRICE = Decimal("89.00")
LATER = NOW + timedelta(minutes=5)


def complete(owner: Owner, *, partner: Partner | None = None, now: datetime = NOW) -> BookingDraft:
    """Home Wi-Fi at the Zürich lake on Wednesday at ten."""
    drafts.describe(owner, service=factories.service(), details="Blue door", day=None, now=now)
    given = {"street": "Seestrasse 1", "first_name": "Ann", "phone": "079 123 45 67"}
    drafts.give_address(owner, place=factories.place(), **given, now=now)
    drafts.choose_time(owner, day=WEDNESDAY, time="10:00", now=now)
    return drafts.choose_partner(owner, partner=partner, now=now)


def confirm(client: User, draft: BookingDraft, **changes: Any) -> Order:
    shown: dict[str, Any] = {
        "client": client,
        "submission_key": draft.submission_key,
        "seen": draft.changed_at,
        "price": PRICE,
        "now": LATER,
    }
    return drafts.book_draft(**(shown | changes))


class TestKeeping:
    def test_each_step_keeps_what_the_others_have_said(self) -> None:
        draft = complete(BROWSER)
        assert BookingDraft.objects.get() == draft
        assert draft.progress(name_is_known=False) == Progress(True, True, True, True)
        assert (draft.details, draft.street, draft.time, draft.asks_anybody) == (
            "Blue door",
            "Seestrasse 1",
            "10:00",
            True,
        )

    def test_going_back_to_the_first_step_keeps_the_time_unless_the_day_changes(self) -> None:
        complete(BROWSER)
        again = {"service": factories.service("printer"), "details": ""}
        assert drafts.describe(BROWSER, **again, day=WEDNESDAY, now=NOW).time == "10:00"
        assert drafts.describe(BROWSER, **again, day=None, now=NOW).time == ""

    def test_an_address_without_a_name_is_enough_where_the_account_has_one(self) -> None:
        draft = drafts.give_address(
            BROWSER, place=factories.place(), street="A", first_name="", phone="", now=NOW
        )
        assert not draft.progress(name_is_known=False).has_address
        assert draft.progress(name_is_known=True).has_address

    def test_it_lives_seven_days_from_its_last_change(self) -> None:
        complete(BROWSER)
        assert drafts.find_draft(BROWSER, now=NOW + timedelta(days=7, seconds=-1)) is not None
        assert drafts.find_draft(BROWSER, now=NOW + timedelta(days=7)) is None

    def test_an_expired_one_does_not_come_back_with_the_next_step(self) -> None:
        old = complete(BROWSER)
        fresh = drafts.choose_partner(BROWSER, partner=None, now=NOW + timedelta(days=8))
        assert (fresh.street, BookingDraft.objects.count()) == ("", 1)
        assert fresh.submission_key != old.submission_key

    def test_dropped_is_gone(self) -> None:
        complete(BROWSER)
        drafts.drop(BROWSER, now=NOW)
        assert not BookingDraft.objects.exists()


class TestWhoseItIs:
    def test_another_browser_and_another_account_see_nothing(self, client_user: User) -> None:
        complete(BROWSER)
        for other in (Owner(None, "other"), Owner(None, ""), Owner(client_user, ""), Owner(client_user, "x")):
            assert drafts.find_draft(other, now=NOW) is None

    def test_the_browsers_becomes_the_accounts_with_the_login(self, client_user: User) -> None:
        draft = complete(BROWSER)
        drafts.claim(Owner(client_user, "browser"), now=NOW)
        assert drafts.find_draft(Owner(client_user, ""), now=NOW) == draft
        assert drafts.find_draft(BROWSER, now=NOW) is None
        assert drafts.find_draft(Owner(factories.UserFactory.create(), "browser"), now=NOW) is None

    @pytest.mark.parametrize("newest", ["browser", "account"])
    def test_of_two_none_is_lost_and_the_one_changed_last_goes_on(
        self, client_user: User, newest: str
    ) -> None:
        owners = {"browser": BROWSER, "account": Owner(client_user, "")}
        for name, owner in owners.items():
            complete(owner, now=LATER if name == newest else NOW)
        kept = drafts.find_draft(owners[newest], now=LATER)
        both = Owner(client_user, "browser")
        drafts.claim(both, now=LATER)
        assert drafts.find_draft(both, now=LATER) == kept
        changed = drafts.choose_time(both, day=WEDNESDAY, time="evening", now=LATER)
        assert changed == kept
        assert set(BookingDraft.objects.values_list("client", flat=True)) == {client_user.pk, None}

    def test_of_two_one_chooses(self, client_user: User) -> None:
        own, begun_here = complete(Owner(client_user, "")), complete(BROWSER, now=LATER)
        both = Owner(client_user, "browser")
        assert drafts.find_drafts(both, now=LATER) == [begun_here, own]
        drafts.choose(both, draft_id=own.pk, now=LATER + timedelta(minutes=1))
        assert drafts.find_drafts(both, now=LATER) == [own, begun_here]

    def test_of_two_one_is_discarded_and_the_other_is_the_accounts(self, client_user: User) -> None:
        own, begun_here = complete(Owner(client_user, "")), complete(BROWSER, now=LATER)
        both = Owner(client_user, "browser")
        for _twice in range(2):
            drafts.drop(both, draft_id=own.pk, now=LATER)
        drafts.claim(both, now=LATER)
        assert BookingDraft.objects.get() == begun_here
        assert BookingDraft.objects.get().client == client_user

    def test_what_is_anothers_is_neither_chosen_nor_discarded(self, client_user: User) -> None:
        draft = complete(BROWSER)
        stranger = Owner(client_user, "other")
        drafts.choose(stranger, draft_id=draft.pk, now=LATER)
        drafts.drop(stranger, draft_id=draft.pk, now=LATER)
        assert BookingDraft.objects.get().changed_at == draft.changed_at

    def test_a_step_after_the_login_goes_on_with_the_same(self, client_user: User) -> None:
        draft = complete(BROWSER)
        kept = drafts.choose_time(Owner(client_user, "browser"), day=WEDNESDAY, time="evening", now=LATER)
        assert (kept.pk, kept.client, kept.street) == (draft.pk, client_user, "Seestrasse 1")


class TestEntering:
    def test_a_link_adds_what_it_knows_and_leaves_the_rest(self, partner: Partner) -> None:
        complete(BROWSER)
        partner.refresh_from_db()  # the database keeps what they do beside the skills
        draft = drafts.begin(BROWSER, drafts.Entry(service=factories.service(), partner=partner), now=NOW)
        assert (draft.street, draft.time, draft.partner) == ("Seestrasse 1", "10:00", partner)
        assert draft.is_described
        assert not draft.asks_anybody

    def test_for_another_service_it_is_asked_again_what_we_should_know(self) -> None:
        complete(BROWSER)
        draft = drafts.begin(BROWSER, drafts.Entry(service=factories.service("printer")), now=NOW)
        assert (draft.is_described, draft.details) == (False, "Blue door")

    def test_an_order_that_came_to_nothing_brings_address_and_words(self) -> None:
        entry = drafts.Entry(
            service=factories.service(), place=factories.place(), street="Gasse 2", details="Cat inside"
        )
        draft = drafts.begin(BROWSER, entry, now=NOW)
        assert (draft.street, draft.details, draft.is_described) == ("Gasse 2", "Cat inside", True)


class TestBecomingAnOrder:
    def test_the_order_is_what_was_said_and_the_draft_is_gone(
        self, client_user: User, partner: Partner
    ) -> None:
        User.objects.filter(pk=client_user.pk).update(first_name="", phone="")
        client_user.refresh_from_db()
        draft = complete(Owner(client_user, ""), partner=partner)

        order = confirm(client_user, draft)

        assert (order.street, order.postcode, order.details) == ("Seestrasse 1", "8001", "Blue door")
        assert order.starts_at == datetime(2026, 6, 3, 8, tzinfo=UTC)
        assert (order.requested_partner, order.price, order.is_urgent) == (partner, PRICE, False)
        assert order.submission_key == draft.submission_key
        client_user.refresh_from_db()
        assert (client_user.first_name, client_user.phone) == ("Ann", "079 123 45 67")
        assert not BookingDraft.objects.exists()

    def test_an_open_arrival_stays_open(self, client_user: User, partner: Partner) -> None:
        owner = Owner(client_user, "")
        complete(owner)
        draft = drafts.choose_time(owner, day=WEDNESDAY, time="morning", now=NOW)
        order = confirm(client_user, draft)
        assert order.arrives_from == datetime(2026, 6, 3, 5, tzinfo=UTC)
        assert order.arrives_until == datetime(2026, 6, 3, 10, tzinfo=UTC)

    def test_pressed_twice_it_is_one_order(self, client_user: User, partner: Partner) -> None:
        draft = complete(Owner(client_user, ""))
        assert confirm(client_user, draft) == confirm(client_user, draft)
        assert Order.objects.count() == 1

    def test_the_key_of_somebody_else_books_nothing(self, client_user: User, partner: Partner) -> None:
        draft = complete(Owner(client_user, ""))
        stranger = factories.UserFactory.create()
        for _before_and_after in range(2):
            with pytest.raises(drafts.DraftGone):
                confirm(stranger, draft)
            if not Order.objects.exists():
                confirm(client_user, draft)

    def test_what_was_changed_after_it_was_shown_is_shown_again(
        self, client_user: User, partner: Partner
    ) -> None:
        owner = Owner(client_user, "")
        shown = complete(owner)
        drafts.choose_time(owner, day=WEDNESDAY, time="14:00", now=LATER)
        with pytest.raises(drafts.DraftChanged):
            confirm(client_user, shown)
        assert not Order.objects.exists()

    def test_another_price_than_the_one_shown_is_not_booked(
        self, client_user: User, partner: Partner
    ) -> None:
        draft = complete(Owner(client_user, ""))
        with pytest.raises(drafts.PriceChanged):
            confirm(client_user, draft, price=PRICE - 1)
        assert BookingDraft.objects.get() == draft

    def test_what_is_not_complete_is_not_booked(self, client_user: User, partner: Partner) -> None:
        complete(Owner(client_user, ""))
        draft = drafts.release_partner(Owner(client_user, ""), now=NOW)
        with pytest.raises(drafts.DraftChanged):
            confirm(client_user, draft)


class TestObstacles:
    def found(
        self, draft: BookingDraft, client: User | None = None, now: datetime = LATER
    ) -> Obstacle | None:
        found = arrivals.find_arrival(BookingDraft.objects.get(pk=draft.pk), client=client, now=now)
        return found if isinstance(found, Obstacle) else None

    def test_none_while_somebody_is_free(self, partner: Partner) -> None:
        assert self.found(complete(BROWSER)) is None
        assert self.found(complete(BROWSER, partner=partner)) is None

    def test_a_service_that_is_no_longer_sold(self, partner: Partner) -> None:
        draft = complete(BROWSER)
        type(draft.service).objects.filter(pk=draft.service_id).update(is_active=False)
        assert self.found(draft) is Obstacle.SERVICE_GONE

    def test_a_city_that_has_closed(self, partner: Partner) -> None:
        draft = complete(BROWSER)
        type(partner.city).objects.filter(pk=partner.city_id).update(is_open=False)
        assert self.found(draft) is Obstacle.PLACE_UNSERVED

    def test_a_place_where_nobody_comes(self, partner: Partner) -> None:
        draft = complete(BROWSER)
        Place.objects.filter(pk=draft.place_id).update(city=None)
        assert self.found(draft) is Obstacle.PLACE_UNSERVED

    def test_a_time_that_is_over(self, partner: Partner) -> None:
        draft = complete(BROWSER)
        assert self.found(draft, now=datetime(2026, 6, 3, 7, 1, tzinfo=UTC)) is Obstacle.TIME_OVER

    def test_somebody_else_was_quicker(self, client_user: User, partner: Partner) -> None:
        chosen, anybody = complete(BROWSER, partner=partner), complete(replace(BROWSER, token="other"))
        order = book(client_user, requested_partner=partner, slot_start=datetime(2026, 6, 3, 8, tzinfo=UTC))
        assert self.found(chosen) is None
        accept(order, partner)
        assert self.found(chosen) is Obstacle.PARTNER_TAKEN
        assert self.found(anybody) is Obstacle.NOBODY_FREE

    def test_nobody_comes_to_their_own_door(self, partner: Partner) -> None:
        chosen, anybody = complete(BROWSER, partner=partner), complete(replace(BROWSER, token="other"))
        assert self.found(chosen, client=partner.user) is Obstacle.PARTNER_TAKEN
        assert self.found(anybody, client=partner.user) is Obstacle.NOBODY_FREE

    def test_it_is_not_booked_and_the_draft_stays(self, client_user: User, partner: Partner) -> None:
        draft = complete(Owner(client_user, ""))
        with pytest.raises(drafts.ChoiceGone) as gone:
            confirm(client_user, draft, now=datetime(2026, 6, 3, 9, tzinfo=UTC))
        assert gone.value.obstacle is Obstacle.TIME_OVER
        assert BookingDraft.objects.get() == draft
        assert not Order.objects.exists()


class TestForgetting:
    def test_after_seven_days_nothing_is_left(self) -> None:
        complete(BROWSER)
        assert drafts.forget_drafts(now=NOW + timedelta(days=7)) == 1
        assert not BookingDraft.objects.exists()

    def test_without_an_account_street_name_and_phone_go_after_a_day(self, client_user: User) -> None:
        complete(BROWSER)
        complete(Owner(client_user, ""))
        assert drafts.forget_drafts(now=NOW + timedelta(hours=23)) == 0

        assert drafts.forget_drafts(now=NOW + timedelta(days=1)) == 1

        anonymous, owned = BookingDraft.objects.order_by("pk")
        assert (anonymous.street, anonymous.first_name, anonymous.phone) == ("", "", "")
        assert (anonymous.details, anonymous.place) == ("Blue door", factories.place())
        assert owned.street == "Seestrasse 1"
        assert drafts.forget_drafts(now=NOW + timedelta(days=1)) == 0
