"""The main job, in the browser: a client books, a partner accepts and does it, both rate, the standing follows."""

import re
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from compliance.tasks import review_due_partners
from mila.accounts.models import User
from mila.tasks import send_notifications
from orders.models import Job, Order
from tests.factories import PartnerFactory, city
from tests.journeys.booking import confirms, says_what, says_where
from tests.journeys.conftest import ZURICH, Clock, Meet, Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WALKS = [("fr", 390), ("de", 1280)]


@pytest.fixture
def jeanne(clock: Clock):
    partner = PartnerFactory.create(
        first_name="Jeanne", city=city("lausanne"), reference="jeanne", languages=["fr", "de"]
    )
    assert partner.user is not None
    return partner


@pytest.mark.parametrize(("language", "width"), WALKS)
def test_from_the_first_search_to_the_standing(language: str, width: int, clock: Clock, meet: Meet, jeanne):
    User.objects.filter(pk=jeanne.user_id).update(language=language)
    client = meet(language, width, name="client")
    partner = meet(language, width, User.objects.get(pk=jeanne.user_id), name="partner")

    _search(client)
    client.follow("Choose")
    _say_the_rest(client)
    _sign_up(client)
    confirms(client)
    client.shoot("searching")
    order = Order.objects.get()
    assert order.requested_partner == jeanne

    _accept(partner)
    client.reads_heading("%(name)s is coming to you", name="Jeanne")  # by itself, without a reload
    client.shoot("confirmed")

    clock.set_to(order.starts_at)
    _do_the_job(partner, clock)
    _rate(partner, 5, "")
    client.page.reload()
    client.reads_heading("Done. We hope it works!")
    client.shoot("completed")
    client.follow("Give stars")
    _rate(client, 4, "Rapide et patiente.")
    client.sees("Thank you. You have both rated, so both ratings are published now.")
    client.shoot("rated")

    review_due_partners()
    partner.go("/partner/standing")
    partner.reads_heading("You are just starting: no limit applies yet")
    expect(partner.page.locator(".strip i.s4")).to_have_count(1)
    partner.sees("4.00")
    partner.shoot("standing")
    client.go("/partners/jeanne")
    client.sees("Rapide et patiente.")
    client.shoot("profile")
    _each_mail_has_come_once(order, language)


def _search(client: Person) -> None:
    client.go("/")
    client.shoot("home")
    client.page.select_option("[name=service]", "home-wifi")
    place = client.page.locator("[name=place]")
    # At once: a list that changes under the pointer would be another test.
    place.fill("1003")
    suggestion = client.page.locator("[role=listbox] [role=option]", has_text="1003").first
    expect(suggestion).to_contain_text("Lausanne", timeout=20_000)
    suggestion.click()
    expect(place).to_have_value("1003 Lausanne")
    client.page.fill("[name=date]", f"{datetime.now(ZURICH) + timedelta(days=2):%Y-%m-%d}")
    client.page.select_option("[name=time]", "10:00")
    client.press("Search")
    client.reads_heading("Who should come to you?")
    expect(client.page.locator("article.partner")).to_contain_text("Jeanne")
    client.shoot("search")


def _say_the_rest(client: Person) -> None:
    """The search has told service, place, time and person; without an account one goes on to the summary."""
    client.page.wait_for_url("**/book/service")
    client.shoot("what-is-known")
    says_what(client, "La box clignote rouge.")
    client.reads_heading("Where should %(name)s come to?", name="Jeanne")
    client.shoot("address")
    says_where(client, "Rue de Bourg 12", first_name="Chantal", phone="079 123 45 67")
    client.reads_heading("Almost booked")
    client.shoot("summary-anonymous")


def _sign_up(client: Person) -> None:
    """A visitor makes an account, confirms the address by the mail, and is back where they were."""
    client.follow("Create an account")
    client.sees("Your booking is kept. You go on where you were.")
    client.page.fill("[name=email]", "chantal@example.org")
    client.page.fill("[name=password1]", "correct horse battery")
    client.shoot("sign-up")
    client.press("Create my account")
    client.reads_heading("Please look into your mailbox")
    body = str(mail.outbox[-1].body)
    link = re.search(r"https?://\S+/accounts/confirm-email/\S+", body)
    assert link is not None, body
    client.page.goto(link.group())
    client.press("Yes, confirm")


def _accept(partner: Person) -> None:
    partner.go("/partner")
    expect(partner.page.locator("article.offer")).to_contain_text("1003 Lausanne")
    expect(partner.page.locator("article.offer")).not_to_contain_text("Rue de Bourg")
    partner.shoot("dashboard-offer")
    partner.press("Accept")
    partner.sees("The job is yours. Here is where you are expected.")
    partner.sees("Rue de Bourg 12")
    partner.sees("079 123 45 67")
    partner.shoot("job")


def _do_the_job(partner: Person, clock: Clock) -> None:
    partner.go("/partner")
    partner.shoot("dashboard-next")
    partner.press("Check in")
    partner.sees("You are checked in. Good work!")
    clock.forward(minutes=50)
    partner.press("Check out: it is done")
    partner.sees("Done. How was your client?")
    assert Job.objects.get().outcome == "completed"


def _rate(person: Person, stars: int, comment: str) -> None:
    person.page.locator(f".star-input label:has(input[value='{stars}'])").click()
    person.page.fill("[name=comment]", comment)
    person.shoot("rate")
    person.press("Send the rating")


def _each_mail_has_come_once(order: Order, language: str) -> None:
    send_notifications()
    sent = [(message.to[0], message.subject) for message in mail.outbox]
    assert len(sent) == len(set(sent)), sent
    to_client = [message for message in mail.outbox if message.to == [order.client.email]]
    # confirm the address, order confirmed, please rate, the partner's rating
    assert len(to_client) == 4, sent
    assert User.objects.get(email=order.client.email).language == language
    assert order.booked_at <= timezone.now()
