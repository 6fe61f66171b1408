"""A client's own pages: all orders, favourites, addresses, and the same again."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mila.accounts.models import User
from orders import services as orders
from orders.clients.services import add_address
from orders.models import BookingDraft, ClientAddress, Order
from orders.services import drafts
from partners.favourites import keep_favourite
from partners.models import Favourite, Partner
from partners.policy import PartnerStatus
from tests.factories import NOW, OrderFactory, place, service, slot
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_client,
    new_partner,
    page_text,
    placed_order,
    shown_in,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def buyer() -> User:
    return new_client(phone="079 123 45 67")


@pytest.fixture
def own(buyer: User, logged_in) -> Client:
    return logged_in(buyer)


def _shown(own: Client, **query: str) -> str:
    return unescape(own.get(reverse("order_list"), query).content.decode())


def _kept(
    client: User, street: str = "Seestrasse 1", postcode: str = "8001", label: str = ""
) -> ClientAddress:
    return add_address(client=client, label=label, street=street, place=place(postcode))


def _begin(client: User) -> None:
    """A booking of which only the address is missing."""
    owner, now = drafts.Owner(client, ""), timezone.now()
    drafts.describe(owner, service=service(), details="", day=None, now=now)
    drafts.choose_time(owner, day=in_days(3).date(), time="10:00", now=now)
    drafts.choose_partner(owner, partner=None, now=now)


class TestMyOrders:
    def test_the_heading_says_what_is_true(self, own, buyer):
        assert "You have not booked anything yet" in _shown(own)
        new_partner()
        placed_order(buyer, slot_start=in_days(9))
        assert "<h1>We are looking for somebody for you</h1>" in _shown(own)
        accepted_visit(client=buyer, slot_start=in_days(9))
        text = _shown(own)
        assert "<h1>No more visits this week</h1>" in text
        assert f"The next: {service().name}, " in text

    def test_visits_of_this_week_are_counted(self, own, buyer):
        now = timezone.now()
        OrderFactory.create(client=buyer, slot=slot(now), status="confirmed")
        assert "<h1>One visit this week</h1>" in _shown(own)
        OrderFactory.create(client=buyer, slot=slot(now), status="confirmed")
        assert "<h1>2 visits this week</h1>" in _shown(own)

    def test_it_can_be_narrowed_to_what_comes_to_the_past_and_to_a_service(self, own, buyer):
        now = timezone.now()
        OrderFactory.create(client=buyer, street="Ahead 1", slot=slot(now + DAY), status="confirmed")
        OrderFactory.create(client=buyer, street="Over 1", slot=slot(now - DAY), status="completed")
        OrderFactory.create(
            client=buyer,
            street="Tube 1",
            slot=slot(now - DAY),
            status="cancelled",
            service=service("tv-set-up"),
        )

        def streets(**query: str) -> set[str]:
            return set(re.findall(r"(Ahead 1|Over 1|Tube 1)", _shown(own, **query)))

        assert streets() == {"Ahead 1", "Over 1", "Tube 1"}
        assert streets(show="coming") == {"Ahead 1"}
        assert streets(show="past") == {"Over 1", "Tube 1"}
        assert streets(service="tv-set-up") == {"Tube 1"}
        assert streets(service="home-wifi", show="past") == {"Over 1"}
        assert "Nothing is coming up." in _shown(own, show="coming", service="tv-set-up")
        assert streets(service="odd", show="odd") == {"Ahead 1", "Over 1", "Tube 1"}

    def test_a_thousand_orders_need_no_more_queries(self, own, buyer, queries):
        completed_visit(client=buyer)
        accepted_visit(client=buyer)
        few = queries(own, reverse("order_list"))
        Order.objects.bulk_create(
            OrderFactory.build_batch(
                1000,
                client=buyer,
                status="completed",
                slot=slot(NOW - DAY),
            )
        )

        assert queries(own, reverse("order_list")) == few
        assert queries(own, reverse("order_list") + "?page=51") == few
        assert _shown(own).count("card link") == 20


class TestFavourites:
    def _heart(self, own: Client, partner: Partner, keep: str, **headers: str):
        path = reverse("favourite_change", args=[partner.reference])
        back = reverse("partner_profile", args=[partner.reference])
        return own.post(path, {"keep": keep, "next": back}, headers=headers)

    def test_the_heart_of_a_profile_keeps_and_lets_go(self, own, buyer):
        partner = new_partner()
        profile = reverse("partner_profile", args=[partner.reference])
        assert 'aria-pressed="false"' in page_text(own, "partner_profile", partner.reference)

        assert self._heart(own, partner, "yes").headers["Location"] == profile
        page = page_text(own, "partner_profile", partner.reference)
        assert 'aria-pressed="true"' in page
        assert "Robin is one of your favourites." in page
        self._heart(own, partner, "no")
        assert not Favourite.objects.exists()

    def test_a_fragment_answers_with_the_heart_alone(self, own):
        answer = self._heart(own, new_partner(), "yes", **{"HX-Request": "true"})

        assert answer.content.decode().startswith("<form")
        assert 'aria-pressed="true"' in answer.content.decode()

    def test_it_leads_back_to_this_site_only(self, own):
        path = reverse("favourite_change", args=[new_partner().reference])
        answer = own.post(path, {"keep": "yes", "next": "https://elsewhere.example/"})

        assert answer.headers["Location"] == reverse("favourite_list")

    def test_a_visitor_is_led_to_the_login_and_back(self, client):
        partner = new_partner()
        profile = reverse("partner_profile", args=[partner.reference])

        assert f"{reverse('account_login')}?next={profile}" in page_text(
            client, "partner_profile", partner.reference
        )

    def test_nobody_has_a_heart_for_themselves(self, logged_in):
        partner = new_partner()
        theirs = logged_in(partner.user)
        assert "aria-pressed" not in page_text(theirs, "partner_profile", partner.reference)

        self._heart(theirs, partner, "yes")
        assert not Favourite.objects.exists()
        assert "you cannot book yourself" in page_text(theirs, "favourite_list")

    @pytest.mark.parametrize("status", [PartnerStatus.SUSPENDED, PartnerStatus.EXCLUDED, PartnerStatus.LEFT])
    def test_who_takes_no_orders_is_shown_calmly_and_without_a_reason(self, own, buyer, status):
        free, resting = new_partner("Robin"), new_partner("Kim")
        for partner in (free, resting):
            keep_favourite(client=buyer, partner=partner, now=timezone.now())
        Partner.objects.filter(pk=resting.pk).update(status=status)

        page = page_text(own, "favourite_list")

        assert "2 people you would have again" in page
        assert page.count("Takes no orders at the moment.") == 1
        assert page.count('class="btn main"') == 1
        assert not re.search("suspend|exclu|warn|sanction", page.lower())
        assert (reverse("partner_profile", args=[resting.reference]) in page) is (status == "suspended")

    def test_who_has_no_public_page_can_be_let_go_but_not_kept(self, own, buyer):
        gone = new_partner()
        keep_favourite(client=buyer, partner=gone, now=timezone.now())
        Partner.objects.filter(pk=gone.pk).update(status=PartnerStatus.LEFT)

        self._heart(own, gone, "no")
        assert not Favourite.objects.exists()
        assert self._heart(own, gone, "yes").status_code == 404

    def test_more_favourites_need_no_more_queries(self, own, buyer, queries):
        assert "You have no favourites yet" in page_text(own, "favourite_list")
        keep_favourite(client=buyer, partner=new_partner(), now=timezone.now())
        few = queries(own, reverse("favourite_list"))
        for number in range(12):
            keep_favourite(client=buyer, partner=new_partner(f"P{number}"), now=timezone.now())

        assert queries(own, reverse("favourite_list")) == few
        assert "page=2" in page_text(own, "favourite_list")

    def test_the_search_shows_whom_one_has_kept(self, own, buyer, client):
        kept, _other = new_partner("Robin"), new_partner("Kim")
        keep_favourite(client=buyer, partner=kept, now=timezone.now())
        query = {
            "service": "home-wifi",
            "place": "8001 Zürich",
            "date": f"{in_days(3):%Y-%m-%d}",
            "time": "10:00",
        }

        page = own.get(reverse("search"), query).content.decode()
        assert (page.count('aria-pressed="true"'), page.count('aria-pressed="false"')) == (1, 1)
        assert "aria-pressed" not in client.get(reverse("search"), query).content.decode()

    def test_the_order_page_offers_it_after_the_visit(self, own, buyer):
        ahead, over = accepted_visit(client=buyer), completed_visit(client=buyer)

        assert "aria-pressed" not in page_text(own, "order_detail", ahead.order.reference)
        assert 'aria-pressed="false"' in page_text(own, "order_detail", over.order.reference)


class TestAddresses:
    WHOLE = {"label": "At home", "street": "Seestrasse 5", "place": "8002 Zürich"}

    def test_adding_changing_and_removing(self, own, buyer):
        assert "You have no address yet" in page_text(own, "addresses")
        own.post(reverse("address_add"), self.WHOLE)
        kept = ClientAddress.objects.get()
        assert (kept.client, kept.label, kept.street, kept.place) == (
            buyer,
            "At home",
            "Seestrasse 5",
            place("8002"),
        )
        assert "One address for your next booking" in page_text(own, "addresses")

        own.post(reverse("address_change", args=[kept.pk]), self.WHOLE | {"street": "Seestrasse 7"})
        assert "Seestrasse 7, 8002 Zürich" in page_text(own, "addresses")
        own.post(reverse("address_remove", args=[kept.pk]))
        assert "Seestrasse 7, 8002 Zürich is removed." in page_text(own, "addresses")
        assert not ClientAddress.objects.exists()

    def test_another_one_can_be_proposed_first(self, own, buyer):
        _kept(buyer)
        second = _kept(buyer, "Other 2")
        own.post(reverse("address_default", args=[second.pk]))

        assert ClientAddress.objects.get(is_default=True) == second
        assert page_text(own, "addresses").count("Proposed first") == 1

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"street": ""}, "Please give the street and number"),
            ({"place": "Nowhere"}, "We do not find this place"),
            ({"street": "seestrasse 1", "place": "8001 Zürich"}, "You have this address already."),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_lost(self, own, buyer, wrong, words):
        _kept(buyer)
        given = self.WHOLE | wrong

        page = unescape(own.post(reverse("address_add"), given).content.decode())

        assert words in page
        assert all(f'value="{value}"' in page for value in given.values() if value)
        assert ClientAddress.objects.count() == 1

    def test_a_full_list_says_so(self, own, buyer):
        for number in range(10):
            _kept(buyer, f"Street {number}")

        page = page_text(own, "addresses")
        assert reverse("address_add") not in page
        assert "These are 10, more we do not keep." in page
        refused = own.post(reverse("address_add"), self.WHOLE).content.decode()
        assert "You have 10 addresses already." in refused

    @pytest.mark.parametrize("name", ["address_change", "address_default", "address_remove"])
    def test_a_stranger_finds_no_address_of_somebody_else(self, own, name):
        other = _kept(new_client())
        before = ClientAddress.objects.values().get()

        assert own.post(reverse(name, args=[other.pk]), self.WHOLE).status_code == 404
        assert ClientAddress.objects.values().get() == before

    def test_more_addresses_need_no_more_queries(self, own, buyer, queries):
        _kept(buyer)
        few = queries(own, reverse("addresses"))
        for number in range(5):
            _kept(buyer, f"Street {number}")

        assert queries(own, reverse("addresses")) == few


class TestAddressesInABooking:
    """The second step of a booking offers the addresses that the client keeps."""

    @pytest.fixture(autouse=True)
    def _has_begun(self, own, buyer):
        new_partner()
        _begin(buyer)

    def _page(self, own: Client) -> str:
        return own.get(reverse("book_address")).content.decode()

    def _give(self, own: Client, **given: str):
        return own.post(reverse("book_address"), {"street": "", "place": ""} | given)

    def test_without_addresses_the_form_asks_as_ever(self, own):
        page = self._page(own)

        assert 'name="address"' not in page
        assert "required" in page

    def test_what_was_booked_is_proposed_the_next_time(self, own, buyer):
        self._give(own, street="Seestrasse 9", place="8001 Zürich")
        own.post(reverse("book_summary"), shown_in(own.get(reverse("book_summary"))))
        address = ClientAddress.objects.get()
        assert (address.street, address.place.postcode) == (Order.objects.get().street, "8001")

        _begin(buyer)
        page = self._page(own)
        assert re.search(rf'name="address" value="{address.pk}"[^>]*checked', page)
        self._give(own, address=str(address.pk))
        assert BookingDraft.objects.get().street == "Seestrasse 9"

    def test_another_address_can_be_given(self, own, buyer):
        _kept(buyer)
        self._give(own, address="", street="New 3", place="8001 Zürich")

        assert BookingDraft.objects.get().street == "New 3"
        refused = self._give(own, address="", street="", place="8001 Zürich").content.decode()
        assert "Please give the street and number" in refused

    def test_addresses_of_others_are_not_offered(self, own, buyer):
        strange, mine = _kept(new_client()), _kept(buyer, "Here 1")

        page = self._page(own)
        assert f'name="address" value="{mine.pk}"' in page
        assert f'name="address" value="{strange.pk}"' not in page
        self._give(own, address=str(strange.pk))
        assert BookingDraft.objects.get().street == ""

    def test_an_error_keeps_the_choice(self, own, buyer):
        address = _kept(buyer)
        User.objects.filter(pk=buyer.pk).update(first_name="")
        page = self._give(own, address=str(address.pk), first_name="").content.decode()

        assert re.search(rf'value="{address.pk}"[^>]*checked', page)


class TestBookAgain:
    def _links(self, own: Client, order: Order, **query: str) -> list[str]:
        page = own.get(reverse("order_again", args=[order.reference]), query)
        assert page.status_code == 200
        return [unescape(link) for link in re.findall(r'href="(/book\?[^"]+)"', page.content.decode())]

    def test_from_a_visit_to_the_same_again_with_the_same_person(self, own, buyer):
        done = completed_visit(client=buyer).order
        new_partner("Kim")
        assert reverse("order_again", args=[done.reference]) in page_text(own, "order_detail", done.reference)
        assert reverse("order_again", args=[done.reference]) in _shown(own)
        assert "When should Robin come again?" in page_text(own, "order_again", done.reference)

        links = self._links(own, done)
        summary = unescape(own.get(links[-1], follow=True).content.decode())

        assert "Robin" in summary
        assert "Seestrasse 1" in summary
        assert "The router blinks red." in summary

    def test_only_times_at_which_that_person_is_free_are_offered(self, own, buyer):
        done = completed_visit(client=buyer)
        new_partner("Kim")
        start = in_days(2, hour=9)
        accepted_visit(done.partner, slot_start=start)
        local = start.astimezone(timezone.get_default_timezone())
        taken = f"date={local:%Y-%m-%d}&time={local:%H}%3A00"

        day = f"{local:%Y-%m-%d}"
        assert not [link for link in self._links(own, done.order, day=day) if taken in link]
        anybodys = self._links(own, done.order, day=day, who="anybody")
        assert [link for link in anybodys if taken in link]
        assert not [link for link in anybodys if "partner=" in link]

    def test_who_takes_no_orders_is_replaced_without_a_reason(self, own, buyer):
        done = completed_visit(client=buyer)
        new_partner("Kim")
        Partner.objects.filter(pk=done.partner_id).update(status=PartnerStatus.SUSPENDED)

        page = page_text(own, "order_again", done.order.reference)
        assert "Robin takes no orders for this at the moment." in page
        assert "When should somebody come again?" in page
        assert "suspend" not in page.lower()
        assert not [link for link in self._links(own, done.order) if "partner=" in link]

    def test_a_cancelled_order_can_be_booked_again(self, own, buyer):
        job = accepted_visit(client=buyer)
        orders.cancel_order(order_id=job.order_id, client=buyer, now=timezone.now())

        links = self._links(own, job.order)
        assert links
        assert all(f"partner={job.partner.reference}" in link for link in links)

    def test_what_is_under_way_is_not(self, own, buyer):
        ahead = accepted_visit(client=buyer).order

        answer = own.get(reverse("order_again", args=[ahead.reference]))
        assert answer.headers["Location"] == reverse("order_detail", args=[ahead.reference])

    def test_what_is_no_longer_offered_leads_to_the_search(self, own, buyer):
        done = completed_visit(client=buyer).order
        type(done.service).objects.filter(pk=done.service_id).update(is_active=False)

        answer = own.get(reverse("order_again", args=[done.reference]))
        assert answer.headers["Location"] == reverse("search")

    def test_later_days_can_be_turned_to_up_to_the_last(self, own, buyer):
        done = completed_visit(client=buyer).order
        path = reverse("order_again", args=[done.reference])

        def shown(first: str) -> tuple[date, date | None]:
            week = own.get(path, {"from": first}).context["picker"].shown
            return week.first, week.later

        today, later = shown("")
        assert later is not None
        assert shown(f"{later:%Y-%m-%d}") == (later, later + 7 * DAY)
        assert shown("odd") == (today, later)
        assert shown(f"{today + 200 * DAY:%Y-%m-%d}") == (today + 90 * DAY, None)

    def test_a_day_of_the_week_opens_its_times(self, own, buyer):
        done = completed_visit(client=buyer).order
        day = f"{in_days(3):%Y-%m-%d}"
        links = self._links(own, done, day=day)
        assert any(f"date={day}&time=10%3A00" in link for link in links)
        assert {link for link in links if "date=" in link} == {
            link for link in links if f"date={day}" in link
        }

    def test_as_soon_as_possible_stays_a_wish(self, own, buyer):
        done = completed_visit(client=buyer).order
        (soonest,) = [link for link in self._links(own, done) if "time=soon" in link]
        assert "As soon as possible" in unescape(own.get(soonest, follow=True).content.decode())
        assert (BookingDraft.objects.get().day, BookingDraft.objects.get().time) == (None, "soon")

    def test_a_stranger_books_nobodys_order_again(self, own):
        other = completed_visit().order

        assert own.get(reverse("order_again", args=[other.reference])).status_code == 404


def test_the_account_leads_to_the_addresses_and_keeps_what_was_typed(own, buyer):
    assert reverse("addresses") in page_text(own, "account")
    given = {"first_name": "Alexandra", "last_name": "", "phone": "odd", "language": "en"}
    page = unescape(own.post(reverse("account"), given).content.decode())
    assert "Please give the number with its area code" in page
    assert 'value="Alexandra"' in page
    own.post(reverse("account"), given | {"phone": "079 765 43 21"})
    assert "Your account is up to date." in page_text(own, "account")
    buyer.refresh_from_db()
    assert (buyer.first_name, buyer.phone) == ("Alexandra", "079 765 43 21")


def test_the_navigation_of_a_client_names_orders_and_favourites(own, logged_in):
    page = page_text(own, "account")
    assert all(f'href="{reverse(name)}"' in page for name in ("order_list", "favourite_list", "account"))
