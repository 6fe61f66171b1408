"""A client's addresses: kept, changed, proposed in a booking."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mila.accounts.models import User
from orders.clients.services import add_address
from orders.models import BookingDraft, ClientAddress, Order
from orders.services import drafts
from tests.factories import place, service
from tests.pages.scenes import (
    in_days,
    new_client,
    new_partner,
    page_text,
    shown_in,
)

pytestmark = pytest.mark.django_db


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
