"""The summary of a booking, with an account and without."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from orders.booking.policy import Step
from orders.models import BookingDraft, Order, Service
from tests.factories import PASSWORD, PartnerFactory
from tests.pages.scenes import new_client, new_partner, shown_in
from tests.pages.steps import say, slot, taken, text_of, up_to

pytestmark = pytest.mark.django_db


class TestTheSummary:
    def confirmed(self, client: Client) -> tuple[dict[str, str], str]:
        shown = shown_in(client.get("/book/summary"))
        return shown, say(client, Step.SUMMARY, shown)

    def test_one_press_books_what_is_shown(self, logged_in):
        partner = new_partner(reference="robin")
        client = up_to(Step.SUMMARY, logged_in(new_client()), who="robin")
        _shown, where = self.confirmed(client)
        order = Order.objects.get()
        assert where == reverse("order_detail", args=[order.reference])
        assert (order.street, order.details, order.requested_partner) == (
            "Seestrasse 1",
            "Blue door",
            partner,
        )
        assert not BookingDraft.objects.exists()
        page = client.get(where).content.decode()
        assert "Your order has arrived. We tell you as soon as somebody has accepted." in page

    def test_a_second_press_and_the_back_button_book_nothing_more(self, logged_in):
        new_partner()
        client = up_to(Step.SUMMARY, logged_in(new_client()))
        shown, where = self.confirmed(client)
        assert say(client, Step.SUMMARY, shown) == where
        page = text_of(client, "/book/summary")
        assert "This booking is done" in page
        assert f'href="{where}"' in page
        assert Order.objects.count() == 1

    def test_what_has_changed_in_another_window_is_shown_first(self, logged_in):
        new_partner()
        client = up_to(Step.SUMMARY, logged_in(new_client()))
        shown = shown_in(client.get("/book/summary"))
        say(client, Step.TIME, slot(at="15:00"))
        page = client.post("/book/summary", shown, follow=True).content.decode()
        assert "Your booking has changed in the meantime." in page
        assert not Order.objects.exists()

    def test_another_price_is_shown_first(self, logged_in):
        new_partner()
        client = up_to(Step.SUMMARY, logged_in(new_client()))
        shown = shown_in(client.get("/book/summary"))
        Service.objects.filter(slug="home-wifi").update(price=99)
        page = client.post("/book/summary", shown, follow=True).content.decode()
        assert "The price has changed in the meantime." in page
        assert "99.00\xa0CHF" in page
        assert not Order.objects.exists()

    def test_a_time_that_has_gone_leads_to_the_times(self, logged_in):
        partner = new_partner()
        client = up_to(Step.SUMMARY, logged_in(new_client()))
        shown = shown_in(client.get("/book/summary"))
        taken(partner)
        assert say(client, Step.SUMMARY, shown) == "/book/time"
        assert not Order.objects.exists() or Order.objects.get().client != BookingDraft.objects.get().client
        assert BookingDraft.objects.get().street == "Seestrasse 1"

    def test_the_summary_needs_as_many_queries_for_any_partner(self, client, queries):
        new_partner(reference="robin")
        up_to(Step.SUMMARY, client, who="robin")
        few = queries(client, "/book/summary")
        for partner in PartnerFactory.create_batch(8):
            taken(partner)
        assert queries(client, "/book/summary") == few


class TestWithoutAnAccount:
    def test_signing_up_by_mail_comes_back_to_the_summary(self, client):
        new_partner()
        up_to(Step.SUMMARY, client)
        page = text_of(client, "/book/summary")
        assert "Almost booked" in page
        assert "submission_key" not in page
        signup = re.findall(r'href="(/accounts/signup/\?next=[^"]+)"', page)[0]
        assert "Your booking is kept." in text_of(client, signup)
        client.post(
            signup,
            {"email": "ann@example.org", "password1": "correct horse battery", "next": "/book/summary"},
        )
        link = re.findall(r"https?://[^/]+(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))[0]
        assert client.post(link).headers["Location"] == "/book/summary"
        summary = client.get("/book/summary")
        assert "Is everything right?" in summary.content.decode()
        say(client, Step.SUMMARY, shown_in(summary))
        order = Order.objects.get()
        assert (order.client.email, order.client.first_name, order.street) == (
            "ann@example.org",
            "Ann",
            "Seestrasse 1",
        )

    def test_confirming_the_address_in_another_browser_loses_nothing_in_the_first(self, client):
        new_partner()
        up_to(Step.SUMMARY, client)
        account = {"email": "ann@example.org", "password1": "correct horse battery"}
        client.post("/accounts/signup/?next=/book/summary", account)
        link = re.findall(r"https?://[^/]+(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))[0]
        Client().post(link)
        assert "You have an unfinished booking" in text_of(client, "/")
        response = client.post(
            "/accounts/login/?next=/book/summary",
            {"login": account["email"], "password": account["password1"]},
        )
        assert response.headers["Location"] == "/book/summary"
        assert "Is everything right?" in text_of(client, "/book/summary")

    def test_logging_in_anywhere_goes_on_with_the_booking(self, client):
        new_partner()
        person = new_client(email="kim@example.org")
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        up_to(Step.SUMMARY, client)
        client.post("/accounts/login/", {"login": "kim@example.org", "password": PASSWORD})
        assert "Is everything right?" in text_of(client, "/start")
        assert BookingDraft.objects.get().client == person

    def test_pressing_the_button_after_the_session_has_ended_asks_to_log_in(self, client, logged_in):
        new_partner()
        mine = up_to(Step.SUMMARY, logged_in(new_client()))
        shown = shown_in(mine.get("/book/summary"))
        assert say(client, Step.SUMMARY, shown) == "/accounts/login/?next=/book/summary"
