"""What makes a page live: where its stream is, and parts that ask at their own pace without one."""

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from orders import services as orders
from orders.models import Offer
from partners.policy import PartnerStatus
from ratings.services import reply_to_rating, submit_rating
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_partner,
    open_offer,
    page_text,
    placed_order,
    published_ratings,
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
        visit = completed_visit(days_ago=16)
        pages = (
            page_text(logged_in(visit.order.client), "order_detail", visit.order.reference),
            page_text(logged_in(visit.partner.user), "job_detail", visit.pk),
        )
        for page in pages:
            assert streams_of(page) == []
            assert "data-pace" not in page

    def test_other_pages_do_not_load_the_script(self, client):
        assert "live.js" not in client.get(reverse("home")).content.decode()


class TestRatings:
    """Until the last are published, and for a day more, both pages of a visit that is done wait for them."""

    def part_of(self, client, name: str, key: object) -> str:
        page = unescape(client.get(reverse(name, args=[key])).content.decode())
        (path,) = re.findall(r'hx-get="([^"]*/ratings[^"]*)"', page)
        assert len(streams_of(page)) == 1
        return path

    def test_the_last_of_two_appears_on_the_page_of_the_first(self, logged_in):
        visit = completed_visit()
        client, partner = logged_in(visit.order.client), logged_in(visit.partner.user)
        both = (
            (client, self.part_of(client, "order_detail", visit.order.reference), "Good coffee."),
            (partner, self.part_of(partner, "job_detail", visit.pk), "Friendly and quick."),
        )
        for browser, path, _words in both:
            assert browser.get(path, headers=BY_HTMX).status_code == 204

        published_ratings(visit)

        for browser, path, words in both:
            answer = browser.get(path, headers=BY_HTMX)
            assert answer.status_code == 200
            assert words in answer.content.decode()

    def test_of_a_hidden_one_the_other_side_sees_nothing_at_all(self, logged_in):
        visit = completed_visit()
        partner = logged_in(visit.partner.user)
        path = self.part_of(partner, "job_detail", visit.pk)

        submit_rating(
            job_id=visit.pk, author=visit.order.client, stars=2, comment="Late.", now=timezone.now()
        )

        assert partner.get(path, headers=BY_HTMX).status_code == 204
        assert (
            "Late."
            not in partner.get(reverse("job_ratings", args=[visit.pk]), headers=BY_HTMX).content.decode()
        )

    def test_a_reply_appears(self, logged_in):
        rating, _other = published_ratings()
        client = logged_in(rating.author)
        path = self.part_of(client, "order_detail", rating.job.order.reference)

        reply_to_rating(
            rating_id=rating.pk, author=rating.job.partner.user, text="Thank you!", now=timezone.now()
        )

        assert "Thank you!" in client.get(path, headers=BY_HTMX).content.decode()

    def test_nobody_else_finds_the_part(self, logged_in):
        visit = completed_visit()
        for stranger in (new_partner().user, visit.order.client):
            partner_part = logged_in(stranger).get(reverse("job_ratings", args=[visit.pk]), headers=BY_HTMX)
            assert partner_part.status_code in {403, 404}
        order_part = reverse("order_ratings", args=[visit.order.reference])
        for stranger in (new_partner().user, visit.partner.user):
            assert logged_in(stranger).get(order_part, headers=BY_HTMX).status_code == 404

    def test_the_figures_of_the_day_follow(self, logged_in):
        visit = completed_visit()
        partner = logged_in(visit.partner.user)
        first = unescape(partner.get(reverse("tile_standing"), headers=BY_HTMX).content.decode())
        (path,) = re.findall(r'hx-get="([^"]*seen[^"]*)"', first)
        assert partner.get(path, headers=BY_HTMX).status_code == 204

        published_ratings(visit, stars=3)

        assert "3.00" in partner.get(path, headers=BY_HTMX).content.decode()


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
