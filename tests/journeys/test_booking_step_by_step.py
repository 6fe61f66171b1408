"""Somebody without an account books on a phone: four steps, a last look, an account, booked. Also without a script."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from orders.models import BookingDraft, Order
from partners.models import Partner
from tests.factories import PartnerFactory, UserFactory, city
from tests.journeys.booking import confirms, says_what, says_where
from tests.journeys.conftest import Clock, Meet, Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def partners(clock: Clock) -> list[Partner]:
    return [
        PartnerFactory.create(
            first_name=name, city=city("lausanne"), search_rank=5 - number, languages=["fr", "de"]
        )
        for number, name in enumerate(["Jeanne", "Pierre-Alexandre"])
    ]


def _chooses_a_service(client: Person) -> None:
    client.go("/book")
    client.reads_heading("What can we do for you?")
    client.page.locator("label.choice", has_text="89").first.click()
    client.shoot("step-1")
    says_what(client, "La box clignote rouge.")


@pytest.mark.parametrize(("language", "width"), [("de", 390), ("it", 1280)])
def test_all_the_way_without_an_account(
    language: str, width: int, clock: Clock, meet: Meet, partners: list[Partner]
):
    client = meet(language, width)
    _chooses_a_service(client)
    client.shoot("step-2")
    says_where(client, "Rue de Bourg 12", place="1003 Lausanne", first_name="Chantal")
    client.reads_heading("When should somebody come?")
    client.shoot("step-3")
    # Only the picker is fetched; the address of the page follows.
    client.page.locator("#later").click()
    client.page.wait_for_url("**/book/time?from=*")
    expect(client.page.locator("#earlier")).to_be_visible()
    client.shoot("step-3-later")
    client.page.locator(".strip-days a").nth(2).click()
    client.page.wait_for_url("**day=*")
    client.page.locator(".times button", has_text="10:00").click()
    client.reads_heading("Who should come to you?")
    client.shoot("step-4")
    client.page.locator("article.partner", has_text="Pierre-Alexandre").get_by_role("button").click()
    client.reads_heading("Almost booked")
    client.shoot("step-5")

    client.go("/")
    client.sees("You have an unfinished booking")
    client.shoot("unfinished")
    client.follow("Continue")
    client.reads_heading("Almost booked")
    client.follow("Create an account")
    client.page.fill("[name=email]", "chantal@example.org")
    client.page.fill("[name=password1]", "correct horse battery")
    client.press("Create my account")
    link = re.search(r"https?://\S+/accounts/confirm-email/\S+", str(mail.outbox[-1].body))
    assert link is not None
    client.page.goto(link.group())
    client.press("Yes, confirm")
    confirms(client)

    order = Order.objects.get()
    assert (order.requested_partner, order.street) == (partners[1], "Rue de Bourg 12")
    assert order.client.first_name == "Chantal"
    client.page.go_back()
    client.page.wait_for_load_state()
    assert Order.objects.count() == 1
    assert not BookingDraft.objects.exists()


def test_without_a_script_every_step_works(clock: Clock, meet: Meet, partners: list[Partner]):
    buyer = UserFactory.create(first_name="Kim", phone="079 123 45 67", language="en")
    client = meet("en", 390, buyer, script=False)
    _chooses_a_service(client)
    says_where(client, "Rue de Bourg 12", place="1003 Lausanne")
    client.page.locator("#later").click()
    client.page.locator(".part .btn.open").first.click()
    client.page.locator("main form .card.next button").click()
    confirms(client)
    assert Order.objects.get().is_flexible
