"""Asking for help, a sick day, and what is offered when a search has found nobody."""

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse
from django.utils import timezone

from orders import services
from orders.models import BookingDraft, Extra, HandOver, Offer, Order
from orders.policy import OrderStatus
from orders.visits import services as visits
from tests.pages.scenes import accepted_visit, in_days, new_client, new_partner, page_text, placed_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def near_visit():
    """Accepted, in five hours."""
    now = timezone.now()
    return accepted_visit(slot_start=now + timedelta(hours=5), now=now - timedelta(hours=1))


@pytest.fixture
def agreed():
    """In five days, with one extra approved and one that is not."""
    visit, now = accepted_visit(slot_start=in_days(5)), timezone.now()
    for text in ("Second screen", "Cable, 5 m"):
        extra = visits.propose_extra(
            job_id=visit.pk,
            partner=visit.partner,
            text=text,
            price=Decimal("40.50"),
            submission_key=uuid4(),
            now=now,
        )
    visits.answer_extra(extra_id=extra.pk, client=visit.order.client, approve=True, now=now)
    return visit


class TestHelp:
    def test_what_will_happen_is_said_before(self, logged_in, near_visit):
        client = logged_in(near_visit.partner.user)
        text = page_text(client, "job_detail", near_visit.pk)
        assert "I need help" in text
        assert "expects a first word" in text
        assert "Until somebody accepts, the visit is yours." in page_text(client, "job_help", near_visit.pk)
        far = accepted_visit(near_visit.partner, slot_start=in_days(5))
        assert "the visit leaves your calendar at once" in page_text(client, "job_help", far.pk)

    def test_a_reason_is_needed(self, logged_in, near_visit):
        response = logged_in(near_visit.partner.user).post(
            reverse("job_help", args=[near_visit.pk]), {"reason": " "}
        )
        assert "Please say why, in a few words." in response.content.decode()
        assert not HandOver.objects.exists()

    def test_help_is_asked_and_withdrawn(self, logged_in, near_visit):
        client = logged_in(near_visit.partner.user)
        new_partner("Other")
        client.post(reverse("job_help", args=[near_visit.pk]), {"reason": "Too hard"})
        text = page_text(client, "job_detail", near_visit.pk)
        assert "We are looking for somebody to take over" in text
        assert "I need help" not in text
        assert "expects a first word" not in text  # the time can no longer be confirmed or moved
        client.post(reverse("job_help_withdraw", args=[near_visit.pk]))
        assert "I need help" in page_text(client, "job_detail", near_visit.pk)

    def test_the_client_reads_that_somebody_else_is_looked_for(self, logged_in, near_visit):
        new_partner("Other")
        services.ask_for_help(
            job_id=near_visit.pk, partner=near_visit.partner, reason="Secret words", now=timezone.now()
        )
        text = page_text(logged_in(near_visit.order.client), "order_detail", near_visit.order.reference)
        assert "Robin has asked for help with your visit." in text
        assert "Secret words" not in text

    def test_whoever_takes_over_sees_what_was_agreed_and_proposes_it_by_one_tap(self, logged_in, agreed):
        given_up, order, now = agreed, agreed.order, timezone.now()
        other = new_partner("Other")
        services.ask_for_help(job_id=given_up.pk, partner=given_up.partner, reason="Ill", now=now)
        offer = Offer.objects.for_partner(other).get(order=order)
        job = services.accept_offer(offer_id=offer.pk, partner=other, now=now)
        client = logged_in(other.user)
        page = page_text(client, "job_detail", job.pk)
        assert "Agreed with the partner before you" in page
        assert "Second screen" not in page  # it was not approved
        form = re.search(r"<form [^>]*>(?:(?!</form>).)*Propose it too", page)
        assert form
        client.post(
            reverse("job_propose_extra", args=[job.pk]),
            dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0])),
        )
        again = job.extras.get()
        assert (again.text, again.price, again.status) == ("Cable, 5 m", Decimal("40.50"), "open")
        assert "Agreed with the partner before you" not in page_text(client, "job_detail", job.pk)

    def test_the_client_sees_what_was_agreed_before_and_is_not_charged_for_it(self, logged_in, agreed):
        given_up, order, now = agreed, agreed.order, timezone.now()
        client = logged_in(order.client)

        def state() -> str:
            return page_text(client, "order_detail", order.reference)

        assert "Agreed before" not in state()
        other = new_partner("Other")
        services.ask_for_help(job_id=given_up.pk, partner=given_up.partner, reason="Ill", now=now)

        searching = state()
        assert "Whoever comes decides whether to do this too" in searching
        assert "agreed with Robin" in searching
        assert self.charged(client, order) == order.price

        offer = Offer.objects.for_partner(other).get(order=order)
        job = services.accept_offer(offer_id=offer.pk, partner=other, now=now)
        confirmed = state()
        assert "Other decides whether to do this too" in confirmed
        assert "agreed with Robin" in confirmed
        assert "Second screen" not in confirmed  # it was not approved
        assert self.charged(client, order) == order.price

        before = Extra.objects.approved().get(job=given_up)
        taken_up = visits.propose_extra(
            job_id=job.pk,
            partner=other,
            text=before.text,
            price=before.price,
            submission_key=before.submission_key,
            now=now,
        )
        assert "Agreed before" not in state()
        assert self.charged(client, order) == order.price
        visits.answer_extra(extra_id=taken_up.pk, client=order.client, approve=True, now=now)
        assert "Agreed before" not in state()
        assert self.charged(client, order) == order.price + before.price

    def charged(self, client, order):
        # Of a page that is kept only the outcome is known.
        cache.clear()
        bill = client.get(reverse("order_detail", args=[order.reference])).context["bill"]
        return bill.total

    @pytest.mark.parametrize("name", ["job_help", "job_help_withdraw"])
    def test_other_peoples_visits_are_none(self, logged_in, near_visit, name):
        client = logged_in(new_partner("Nosy").user)
        assert client.post(reverse(name, args=[near_visit.pk]), {"reason": "x"}).status_code == 404


class TestSickDay:
    def test_the_day_is_handed_over_and_counted(self, logged_in):
        partner = new_partner()
        for hour in (8, 12):
            accepted_visit(partner, slot_start=in_days(3, hour))
        response = logged_in(partner.user).post(
            reverse("sick_day"), {"day": f"{in_days(3):%Y-%m-%d}"}, follow=True
        )
        assert "The day is off: 2 visits are handed over. Get well soon!" in response.content.decode()

    @pytest.mark.parametrize(
        ("day", "words"),
        [("", "Please choose the day."), ("2020-01-01", "from today on"), ("2099-01-01", "from today on")],
    )
    def test_a_day_that_cannot_be_is_refused_with_the_reason(self, logged_in, day, words):
        response = logged_in(new_partner().user).post(reverse("sick_day"), {"day": day, "reason": "flu"})
        assert words in response.content.decode()
        assert "flu" in response.content.decode()


class TestTryingAgain:
    @pytest.fixture
    def expired(self) -> Order:
        new_partner()
        order = placed_order()
        Order.objects.filter(pk=order.pk).update(status=OrderStatus.EXPIRED, next_wave_at=None)
        return order

    def test_other_times_keep_the_address_and_the_words(self, logged_in, expired):
        client = logged_in(expired.client)
        text = page_text(client, "order_detail", expired.reference)
        assert "Somebody is free at these times. Your address and your words are kept." in text
        link = re.findall(r'href="(/book\?[^"]+)"', text)[0]
        page = client.get(link, follow=True).content.decode()
        assert "Who should come to you?" in page
        draft = BookingDraft.objects.get(client=expired.client)
        assert (draft.street, draft.details) == ("Seestrasse 1", "The router blinks red.")

    def test_other_peoples_addresses_are_not_filled_in(self, logged_in, expired):
        client = logged_in(expired.client)
        text = page_text(client, "order_detail", expired.reference)
        link = re.findall(r'href="(/book\?[^"]+)"', text)[0]
        nosy = logged_in(new_client("Nosy"))
        assert "Seestrasse" not in nosy.get(link, follow=True).content.decode()
        assert BookingDraft.objects.get().street == ""


def test_an_open_arrival_is_not_told_as_a_time_before_somebody_has_fixed_it(logged_in):
    new_partner()
    order = placed_order()
    until = order.starts_at + timedelta(hours=3)
    Order.objects.filter(pk=order.pk).update(
        arrival_window=DateTimeTZRange(order.starts_at, until, "[]"), slot=order.slot
    )
    text = page_text(logged_in(order.client), "order_detail", order.reference)
    assert len(re.findall(r"arrival between \d\d:00 and \d\d:00", text)) == 2
