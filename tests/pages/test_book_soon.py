"""As soon as possible, on the pages of a booking: the time is what it means at the moment."""

import re
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from orders.booking.policy import Step
from orders.models import BookingDraft, Order
from partners.models import Partner
from tests.pages.scenes import accepted_visit, new_client, new_partner, shown_in
from tests.pages.steps import say, text_of, up_to

pytestmark = pytest.mark.django_db

SOON = {"slot": "soon"}


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
