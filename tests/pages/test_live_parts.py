"""What makes a page live: where its stream is, and parts that ask at their own pace without one."""

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from orders import services as orders
from orders.models import Offer
from partners.policy import PartnerStatus
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_partner,
    open_offer,
    page_text,
    placed_order,
)

pytestmark = pytest.mark.django_db

BY_HTMX = {"HX-Request": "true"}


def streams_of(page: str) -> list[str]:
    return re.findall(r'data-live="([^"]*)"', page)


class TestTheStream:
    def test_both_pages_of_a_visit_listen_to_its_order(self, logged_in, settings):
        settings.LIVE_URL = "https://live.example"
        settings.LIVE_ORIGINS = ["http://testserver"]
        visit = accepted_visit(slot_start=in_days(3))
        pages = (
            page_text(logged_in(visit.order.client), "order_detail", visit.order.reference),
            page_text(logged_in(visit.partner.user), "job_detail", visit.pk),
        )
        for page in pages:
            assert streams_of(page) == [f"https://live.example/live/orders/{visit.order.reference}"]
            assert 'data-pace="10"' in page

    def test_the_partner_listens_to_offers_also_while_nobody_looks(self, logged_in, settings):
        settings.LIVE_URL = ""
        page = page_text(logged_in(new_partner().user), "partner_dashboard")
        assert streams_of(page) == ["/live/offers"]
        assert "data-awake" in page

    @pytest.mark.parametrize("status", [PartnerStatus.LEFT, PartnerStatus.EXCLUDED])
    def test_whoever_is_no_longer_a_partner_does_not(self, logged_in, settings, status):
        settings.LIVE_URL = ""
        page = page_text(logged_in(new_partner(status=status).user), "partner_dashboard")
        assert streams_of(page) == [""]

    def test_a_page_under_a_name_that_the_stream_refuses_does_not_try(self, logged_in, settings):
        settings.LIVE_URL = "https://live.example"
        settings.LIVE_ORIGINS = ["https://mila.example"]
        order = placed_order(partner=new_partner())
        page = page_text(logged_in(order.client), "order_detail", order.reference)
        assert streams_of(page) == [""]
        assert 'data-pace="4"' in page

    def test_without_a_live_process_the_parts_ask_at_their_pace(self, logged_in, settings):
        settings.LIVE_URL = "off"
        order = placed_order(partner=new_partner())
        page = page_text(logged_in(order.client), "order_detail", order.reference)
        assert streams_of(page) == [""]
        assert 'data-pace="4"' in page

    def test_what_is_over_has_neither(self, logged_in, settings):
        settings.LIVE_URL = ""
        visit = completed_visit()
        pages = (
            page_text(logged_in(visit.order.client), "order_detail", visit.order.reference),
            page_text(logged_in(visit.partner.user), "job_detail", visit.pk),
        )
        for page in pages:
            assert streams_of(page) == []
            assert "data-pace" not in page

    def test_other_pages_do_not_load_the_script(self, client):
        assert "live.js" not in client.get(reverse("home")).content.decode()


class TestOffersThatHaveGone:
    """Said calmly on the page that showed them, and without blame (C1)."""

    def fragment_of(self, client) -> str:
        page = unescape(client.get(reverse("partner_dashboard")).content.decode())
        return re.findall(r'hx-get="(/partner/offers[^"]*)"', page)[0]

    def test_somebody_else_was_faster(self, logged_in):
        slow, fast = new_partner(), new_partner()
        order = placed_order()
        client = logged_in(slow.user)
        path = self.fragment_of(client)
        offer = Offer.objects.get(order=order, partner=fast)
        orders.accept_offer(offer_id=offer.pk, partner=fast, now=timezone.now())

        words = client.get(path, headers=BY_HTMX).content.decode()

        assert "Somebody else was faster" in words
        assert "It does not count against you." in words

    def test_the_client_has_cancelled(self, logged_in):
        offer = open_offer()
        client = logged_in(offer.partner.user)
        path = self.fragment_of(client)
        orders.cancel_order(order_id=offer.order_id, client=offer.order.client, now=timezone.now())
        assert "The client has cancelled" in client.get(path, headers=BY_HTMX).content.decode()

    def test_the_time_to_answer_is_over(self, logged_in):
        offer = open_offer()
        client = logged_in(offer.partner.user)
        path = self.fragment_of(client)
        orders.lapse_offers(now=offer.expires_at)
        assert "The time to answer is over" in client.get(path, headers=BY_HTMX).content.decode()

    def test_what_was_declined_needs_no_words(self, logged_in):
        offer = open_offer()
        client = logged_in(offer.partner.user)
        path = self.fragment_of(client)
        orders.decline_offer(offer_id=offer.pk, partner=offer.partner, now=timezone.now())
        assert "data-gone" not in client.get(path, headers=BY_HTMX).content.decode()

    def test_nothing_is_told_about_the_offers_of_others(self, logged_in):
        foreign = open_offer()
        orders.cancel_order(order_id=foreign.order_id, client=foreign.order.client, now=timezone.now())
        path = f"{reverse('partner_offers')}?seen=active-{foreign.pk}"
        answer = logged_in(new_partner().user).get(path, headers=BY_HTMX)
        assert "data-gone" not in answer.content.decode()

    @pytest.mark.parametrize("seen", ["", "-", "active-x", "active-" + "9" * 40, "active-²", "x" * 2000])
    def test_nonsense_is_no_error(self, logged_in, seen):
        client = logged_in(new_partner().user)
        assert client.get(reverse("partner_offers"), {"seen": seen}, headers=BY_HTMX).status_code == 200
