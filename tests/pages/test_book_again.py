"""The same again, with the same person or somebody else."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders import services as orders
from orders.models import BookingDraft, Order
from partners.models import Partner
from partners.policy import PartnerStatus
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_partner,
    page_text,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class TestBookAgain:
    def _links(self, own: Client, order: Order, **query: str) -> list[str]:
        page = own.get(reverse("order_again", args=[order.reference]), query)
        assert page.status_code == 200
        return [unescape(link) for link in re.findall(r'href="(/book\?[^"]+)"', page.content.decode())]

    def test_from_a_visit_to_the_same_again_with_the_same_person(self, own, buyer):
        done = completed_visit(client=buyer).order
        new_partner("Kim")
        assert reverse("order_again", args=[done.reference]) in page_text(own, "order_detail", done.reference)
        assert reverse("order_again", args=[done.reference]) in page_text(own, "order_list")
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
