"""As soon as possible, on the pages of a booking: the time is what it means at the moment."""

import re
from datetime import datetime
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.booking.policy import Step
from orders.models import BookingDraft, Order
from partners.models import Partner
from tests.pages.scenes import accepted_visit, new_client, new_partner, shown_in
from tests.pages.steps import say, text_of, up_to

pytestmark = pytest.mark.django_db

SOON = {"slot": "soon"}
WHAT_AND_WHERE = {"service": "home-wifi", "place": "8001 Zürich"}


def test_it_is_kept_as_a_wish_and_marked(client):
    new_partner()
    up_to(Step.TIME, client)
    assert say(client, Step.TIME, SOON) == "/book/partner"
    draft = BookingDraft.objects.get()
    assert (draft.day, draft.time) == (None, "soon")
    assert 'value="soon" aria-current="true"' in text_of(client, "/book/time")
    assert "As soon as possible: to" in text_of(client, "/book/partner")
    assert "· as soon as possible" in text_of(client, "/")


def test_the_summary_says_what_it_means_and_books_it(logged_in):
    new_partner()
    client = up_to(Step.TIME, logged_in(new_client()))
    say(client, Step.TIME, SOON)
    say(client, Step.PARTNER, {"partner": ""})
    page = text_of(client, "/book/summary")
    assert "As soon as possible" in page
    assert "At the moment: to" in page
    shown = shown_in(client.get("/book/summary"))
    say(client, Step.SUMMARY, shown)
    assert Order.objects.get().starts_at == datetime.fromisoformat(shown["arrival"])


def test_when_somebody_was_quicker_the_new_time_is_shown_first(logged_in):
    partner = new_partner()
    client = up_to(Step.TIME, logged_in(new_client()))
    say(client, Step.TIME, SOON)
    say(client, Step.PARTNER, {"partner": ""})
    shown = shown_in(client.get("/book/summary"))
    accepted_visit(partner, slot_start=datetime.fromisoformat(shown["arrival"]))
    assert say(client, Step.SUMMARY, shown) == "/book/summary"
    page = text_of(client, "/book/summary")
    assert "Somebody was quicker: the first free time is a later one now." in page
    again = shown_in(client.get("/book/summary"))
    assert again["arrival"] > shown["arrival"]
    assert say(client, Step.SUMMARY, again).startswith("/orders/")


def test_whoever_is_chosen_and_comes_later_than_others_may_be_waited_for(client):
    robin = new_partner("Robin", reference="robin")
    new_partner("Kim")
    up_to(Step.TIME, client)
    say(client, Step.TIME, SOON)
    say(client, Step.PARTNER, {"partner": "robin"})
    accepted_visit(robin, slot_start=datetime.fromisoformat(start_of(client)))
    page = text_of(client, "/book/partner")
    assert "As soon as possible, Robin comes to" in page
    assert "Wait for Robin" in page
    assert "Robin" in text_of(client, "/book/summary")


def start_of(client: Client) -> str:
    return re.findall(r'<time datetime="([^"]+)"', text_of(client, "/book/summary"))[0]


def test_nobody_within_a_week_leads_back_to_the_time(client):
    partner = new_partner()
    up_to(Step.TIME, client)
    say(client, Step.TIME, SOON)
    Partner.objects.filter(pk=partner.pk).update(hours_set_at=timezone.now())
    response = client.get("/book/partner", follow=True)
    assert response.redirect_chain == [("/book/time", 302)]
    assert "Nobody is free in the next seven days." in response.content.decode()


def test_a_search_without_a_day_brings_the_wish_along(client):
    new_partner("Robin", reference="robin")
    page = unescape(client.get(reverse("search"), WHAT_AND_WHERE).content.decode())
    links = re.findall(r'href="(/book\?[^"]+)"', page)
    assert [re.findall(r"(time|anybody|partner)=(\w+)", link) for link in links] == [
        [("time", "soon"), ("anybody", "1")],
        [("time", "soon"), ("partner", "robin")],
    ]
    assert not [link for link in links if "date=" in link]
    client.get(links[1])
    draft = BookingDraft.objects.get()
    assert (draft.day, draft.time, draft.partner.reference) == (None, "soon", "robin")


def test_so_does_a_profile_on_the_way(client):
    new_partner("Robin", reference="robin")
    page = unescape(client.get(reverse("search"), WHAT_AND_WHERE).content.decode())
    profile = re.findall(r'href="(/partners/robin[^"]*)"', page)[0]
    assert profile == f"/partners/robin?{urlencode(WHAT_AND_WHERE)}"
    known = unescape(client.get(profile).content.decode())
    assert f"/book?{urlencode(WHAT_AND_WHERE | {'time': 'soon', 'partner': 'robin'})}" in known
