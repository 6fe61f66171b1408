"""Partners whom a client keeps: the heart, and the page of all."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.favourites import keep_favourite
from partners.models import Favourite, Partner
from partners.policy import PartnerStatus
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_partner,
    page_text,
)

pytestmark = pytest.mark.django_db


class TestFavourites:
    def _heart(self, own: Client, partner: Partner, keep: str, **headers: str):
        path = reverse("favourite_change", args=[partner.reference])
        back = reverse("partner_profile", args=[partner.reference])
        return own.post(path, {"keep": keep, "next": back}, headers=headers)

    def test_the_heart_of_a_profile_keeps_and_lets_go(self, own, buyer):
        partner = new_partner()
        profile = reverse("partner_profile", args=[partner.reference])
        page = page_text(own, "partner_profile", partner.reference)
        assert 'aria-pressed="false"' in page
        assert '<span class="visually-hidden">: Robin</span>' in page

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
