"""All orders of a client."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Order
from tests.factories import NOW, OrderFactory, service, slot
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_partner,
    page_text,
    placed_order,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _shown(own: Client, **query: str) -> str:
    return unescape(own.get(reverse("order_list"), query).content.decode())


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


def test_the_navigation_of_a_client_names_orders_and_favourites(own, logged_in):
    page = page_text(own, "account")
    assert all(f'href="{reverse(name)}"' in page for name in ("order_list", "favourite_list", "account"))
