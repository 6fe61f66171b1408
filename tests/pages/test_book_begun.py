"""A booking that was begun on this device before somebody logged in."""

import pytest
from django.test import Client

from orders.booking.policy import Step
from orders.models import BookingDraft, Order
from tests.pages.scenes import new_client, new_partner, shown_in
from tests.pages.steps import WHAT, say, slot, text_of, up_to

pytestmark = pytest.mark.django_db


class TestBegunBeforeTheLogIn:
    """Somebody else may have begun it on this device; and the account may have one of its own."""

    TOLD = "You are booking what was begun on this device before you logged in."

    def logs_in_at(self, client: Client, *, with_own: bool) -> BookingDraft | None:
        person = new_client(email="kim@example.org")
        if with_own:
            device = Client()
            device.force_login(person)
            say(device, Step.SERVICE, WHAT | {"details": "My own."})
        up_to(Step.TIME, client)
        client.force_login(person)
        return BookingDraft.objects.filter(client=person).first()

    def test_it_is_told_and_discarded_by_one_tap(self, client):
        self.logs_in_at(client, with_own=False)
        assert client.get("/start").headers["Location"] == "/book"
        page = text_of(client, "/book/time")
        assert self.TOLD in page
        (draft,) = BookingDraft.objects.all()
        assert f'name="draft" value="{draft.pk}"' in page

        left = client.post("/book/discard", {"draft": draft.pk}, follow=True)

        assert left.redirect_chain == [("/", 302)]
        assert not BookingDraft.objects.exists()

    def test_of_ones_own_nothing_is_told(self, logged_in):
        page = text_of(up_to(Step.TIME, logged_in(new_client())), "/book/time")
        assert self.TOLD not in page
        assert "Go on with this one" not in page

    def test_beside_ones_own_both_are_shown_and_neither_is_lost(self, client):
        own = self.logs_in_at(client, with_own=True)
        page = text_of(client, "/start")
        assert "Your account has another unfinished booking" in page
        assert self.TOLD in page

        client.post("/book/choose", {"draft": own.pk})

        page = text_of(client, "/book/service")
        assert "My own." in page
        assert self.TOLD not in page
        assert "Another booking was begun on this device before you logged in" in page
        assert "Another booking was begun on this device" in text_of(client, "/orders")
        assert BookingDraft.objects.count() == 2

    def test_once_one_of_two_is_discarded_the_other_is_the_accounts(self, client):
        own = self.logs_in_at(client, with_own=True)

        page = client.post("/book/discard", {"draft": own.pk}, follow=True).content.decode()

        assert self.TOLD in page
        assert BookingDraft.objects.get().client == own.client
        assert "Your account has another unfinished booking" not in page

    def test_what_was_begun_here_is_booked_and_ones_own_stays(self, client):
        new_partner()
        own = self.logs_in_at(client, with_own=True)
        say(client, Step.TIME, slot())
        say(client, Step.PARTNER, {"partner": ""})

        client.post("/book/summary", shown_in(client.get("/book/summary")))

        assert Order.objects.get().client == own.client
        assert BookingDraft.objects.get() == own

    @pytest.mark.parametrize("draft", ["", "x", "²", "9" * 40])
    def test_nonsense_changes_nothing(self, client, draft):
        own = self.logs_in_at(client, with_own=True)
        client.post("/book/choose", {"draft": draft})
        assert BookingDraft.objects.get(pk=own.pk).changed_at == own.changed_at
