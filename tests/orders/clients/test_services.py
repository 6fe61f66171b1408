"""A client's orders at a glance, and the addresses for the next booking."""

from datetime import datetime, timedelta

import pytest

from mila.accounts.models import User
from orders import services as orders
from orders.clients.policy import COMING, MOST_ADDRESSES
from orders.clients.services import (
    AddressKnown,
    TooManyAddresses,
    add_address,
    addresses_of,
    change_address,
    coming_first,
    make_default,
    outlook_of,
    partner_again,
    place_of,
    remember_address,
    remove_address,
)
from orders.models import ClientAddress, Job, Order
from partners.models import Partner
from tests.factories import NOW, OrderFactory, UserFactory, city, place, slot
from tests.orders.conftest import START, accept, book

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def streets(client: User) -> list[str]:
    return [address.street for address in addresses_of(client)]


def keep(client: User, street: str = "Seestrasse 1", **changes) -> ClientAddress:
    return add_address(client=client, **({"label": "", "street": street, "place": place()} | changes))


class TestOutlook:
    def test_only_visits_agreed_from_today_to_sunday_are_this_weeks(self, client_user: User) -> None:
        def at(start: datetime, status: str = "confirmed") -> Order:
            return OrderFactory.create(client=client_user, slot=slot(start), status=status)

        monday = NOW.replace(hour=6)
        first = at(monday, "in_progress")
        at(monday + 6 * DAY)
        at(monday + 7 * DAY)
        at(monday - DAY)
        at(monday + DAY, "cancelled")
        at(monday + DAY, "searching")
        OrderFactory.create(slot=slot(monday + DAY), status="confirmed")

        outlook = outlook_of(client_user, now=NOW)

        assert (outlook.this_week, outlook.next_visit, outlook.searching) == (2, first, 1)

    def test_what_comes_is_first_and_the_next_on_top(self, client_user: User) -> None:
        days = {-9: "completed", 3: "searching", 1: "confirmed", -2: "cancelled", 5: "cancelled"}
        for number, status in days.items():
            OrderFactory.create(client=client_user, slot=slot(NOW + number * DAY), status=status)

        listed = coming_first(Order.objects.for_client(client_user))

        assert [(order.starts_at - NOW).days for order in listed] == [1, 3, 5, -2, -9]
        assert list(listed.values_list("is_past", flat=True)) == [False, False, True, True, True]


class TestTheSameAgain:
    def test_after_a_visit_it_is_who_came(self, checked_in: Job, partner: Partner) -> None:
        orders.check_out(job_id=checked_in.pk, partner=partner, now=START + timedelta(hours=1))

        assert partner_again(Order.objects.get()) == partner

    def test_after_the_client_cancelled_it_is_who_would_have_come(self, job: Job, client_user: User) -> None:
        orders.cancel_order(order_id=job.order_id, client=client_user, now=NOW)

        assert partner_again(Order.objects.get()) == job.partner

    def test_a_search_that_was_cancelled_keeps_the_person_asked_for(
        self, client_user: User, partner: Partner
    ) -> None:
        order = book(client_user, requested_partner=partner)
        orders.cancel_order(order_id=order.pk, client=client_user, now=NOW)

        assert partner_again(Order.objects.get()) == partner

    def test_who_gave_the_visit_back_is_not_put_forward(self, client_user: User, partner: Partner) -> None:
        order = book(client_user)
        accept(order, partner)
        orders.cancel_job(job_id=Job.objects.get().pk, partner=partner, reason="ill", now=NOW)
        order.refresh_from_db()

        assert order.status not in COMING
        assert partner_again(order) is None

    def test_the_place_is_found_by_what_the_order_says(self, client_user: User) -> None:
        order = book(client_user)
        assert place_of(order) == place()
        order.town = "Nowhere"
        assert place_of(order) is None


class TestAddresses:
    def test_the_first_is_the_default_and_another_can_be(self, client_user: User) -> None:
        first, second = keep(client_user, "A 1"), keep(client_user, "B 2")
        assert streets(client_user) == ["A 1", "B 2"]

        make_default(client=client_user, address_id=second.pk)

        assert streets(client_user) == ["B 2", "A 1"]
        assert list(ClientAddress.objects.filter(is_default=True)) == [second]
        make_default(client=client_user, address_id=first.pk + 1000)
        assert list(ClientAddress.objects.filter(is_default=True)) == [second]

    def test_an_address_is_kept_once_whatever_its_case(self, client_user: User) -> None:
        keep(client_user)
        other = keep(client_user, "B 2")

        with pytest.raises(AddressKnown):
            keep(client_user, "SEESTRASSE 1")
        with pytest.raises(AddressKnown):
            change_address(
                client=client_user, address_id=other.pk, label="", street="seestrasse 1", place=place()
            )
        assert keep(UserFactory.create()).street == "Seestrasse 1"
        assert keep(client_user, place=place("8002")).place == place("8002")

    def test_there_is_an_end_to_it(self, client_user: User) -> None:
        for number in range(MOST_ADDRESSES):
            keep(client_user, f"Street {number}")

        with pytest.raises(TooManyAddresses):
            keep(client_user)
        remember_address(client=client_user, street="New 1", place=place(), now=NOW)
        remember_address(client=client_user, street="street 3", place=place(), now=NOW)
        assert ClientAddress.objects.count() == MOST_ADDRESSES
        assert ClientAddress.objects.get(last_used_at=NOW).street == "Street 3"

    def test_changing_and_removing(self, client_user: User) -> None:
        address = keep(client_user)
        change_address(
            client=client_user, address_id=address.pk, label="Parents", street="B 2", place=place("8002")
        )
        changed = addresses_of(client_user).get()
        assert (changed.label, changed.street, changed.place, changed.is_default) == (
            "Parents",
            "B 2",
            place("8002"),
            True,
        )
        for _ in range(2):
            remove_address(client=client_user, address_id=address.pk)
        assert not streets(client_user)

    def test_a_stranger_changes_nothing(self, client_user: User) -> None:
        address = keep(client_user)
        before = ClientAddress.objects.values().get()
        stranger = UserFactory.create()

        change_address(client=stranger, address_id=address.pk, label="x", street="x", place=place())
        make_default(client=stranger, address_id=address.pk)
        remove_address(client=stranger, address_id=address.pk)

        assert ClientAddress.objects.values().get() == before

    def test_a_booking_notes_its_address_and_when_it_was_used(self, client_user: User) -> None:
        for days, street in ((0, "A 1"), (1, "B 2"), (2, "a 1"), (3, "C 3")):
            remember_address(client=client_user, street=street, place=place(), now=NOW + days * DAY)

        assert streets(client_user) == ["A 1", "C 3", "B 2"]
        assert addresses_of(client_user).get(street="A 1").last_used_at == NOW + 2 * DAY

    def test_a_city_leaves_out_what_another_serves(self, client_user: User) -> None:
        here, away = keep(client_user), keep(client_user, place=place("3011"))

        assert list(addresses_of(client_user, city=city())) == [here]
        assert list(addresses_of(client_user, city=city("bern"))) == [away]
