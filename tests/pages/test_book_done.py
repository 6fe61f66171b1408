"""Going back after booking: every step says that it is done, and a new booking is one link away."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mila.accounts.models import User
from orders.booking.policy import Step
from orders.models import BookingDraft, Order
from tests.pages.scenes import new_client, new_partner, shown_in
from tests.pages.steps import WHAT, WHERE, say, slot, text_of, up_to

pytestmark = pytest.mark.django_db

DONE = "<h1>This booking is done</h1>"


@pytest.fixture
def buyer() -> User:
    return new_client()


@pytest.fixture
def client(logged_in, buyer) -> Client:
    """Has just booked."""
    new_partner()
    client: Client = up_to(Step.SUMMARY, logged_in(buyer))
    say(client, Step.SUMMARY, shown_in(client.get("/book/summary")))
    return client


@pytest.mark.parametrize("step", list(Step))
def test_every_step_tells_it_and_leads_to_the_order_or_on(client, step):
    page = text_of(client, reverse(f"book_{step}"))
    assert DONE in page
    assert "Seestrasse 1" in page
    assert f'href="{reverse("order_detail", args=[Order.objects.get().reference])}"' in page
    assert 'href="/book/service?new=1"' in page


def test_the_way_into_a_booking_tells_it_too(client):
    assert DONE in text_of(client, "/book")


@pytest.mark.parametrize(
    ("step", "given"), [(Step.ADDRESS, WHERE), (Step.TIME, slot()), (Step.PARTNER, {"partner": ""})]
)
def test_an_old_step_that_is_sent_again_leads_to_the_order(client, step, given):
    where = reverse("order_detail", args=[Order.objects.get().reference])
    assert say(client, step, given) == where
    assert not BookingDraft.objects.exists()


def test_a_new_booking_begins_empty_and_is_then_the_one_that_is_shown(client):
    page = text_of(client, "/book/service?new=1")
    assert "What can we do for you?" in page
    assert "Blue door" not in page
    assert say(client, Step.SERVICE, WHAT) == "/book/address"
    assert DONE not in text_of(client, "/book/address")


def test_after_an_hour_the_steps_stand_for_a_new_one(client):
    order = Order.objects.get()
    Order.objects.filter(pk=order.pk).update(booked_at=order.booked_at - timedelta(hours=1))
    assert "What can we do for you?" in text_of(client, "/book/summary")


def test_nobody_else_sees_it(client, logged_in):
    for other in (Client(), logged_in(new_client("Kim"))):
        assert DONE not in text_of(other, "/book/summary")
