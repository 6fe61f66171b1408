"""Somebody signs up on a phone and applies, ops approve, and the new partner is found by clients."""

import re
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from playwright.sync_api import expect

from mila.accounts.models import User
from partners.models import Application, Partner
from tests.factories import OpsFactory
from tests.journeys.conftest import ZURICH, Clock, Meet, Person
from tests.journeys.stories import the_house_catches_up

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("language", ["fr", "de"])
def test_from_the_public_page_to_the_first_search(language: str, clock: Clock, meet: Meet) -> None:
    person = meet(language, 390, name="applicant")
    person.go("/become-a-partner")
    person.reads_heading("You know how it works, your neighbours need it")
    person.shoot("become-a-partner")
    person.follow("Apply now")
    _sign_up(person)
    _apply(person)

    ops = meet("en", 1280, OpsFactory.create(), name="ops")
    _approve(ops)
    the_house_catches_up()
    told = [message.subject for message in mail.outbox if message.to == ["aline@example.org"]]
    assert told[-1] == person.say("Welcome: you are a partner")

    person.go(reverse("application"))
    expect(person.page).to_have_url(re.compile("/partner$"))
    person.shoot("first-day")
    person.go(reverse("partner_settings"))
    person.reads_heading("Clients meet you as %(name)s", name="Aline")
    person.shoot("partner-settings")

    client = meet(language, 1280, name="client")
    day = datetime.now(ZURICH) + timedelta(days=7 - datetime.now(ZURICH).weekday())
    client.go(f"/search?service=home-wifi&place=8800+Thalwil&date={day:%Y-%m-%d}&time=10:00")
    expect(client.page.locator("article.partner")).to_contain_text("Aline")
    client.shoot("newcomer-found")
    client.go(f"/partners/{Partner.objects.get().reference}")
    client.sees("Je prends le temps.")


def _sign_up(person: Person) -> None:
    """Through the log-in to a new account, and by the mail back to where one was."""
    expect(person.page).to_have_url(re.compile("/accounts/login/"))
    person.follow("Create an account")
    person.page.fill("[name=email]", "aline@example.org")
    person.page.fill("[name=password1]", "correct horse battery")
    person.press("Create my account")
    person.reads_heading("Please look into your mailbox")
    link = re.search(r"https?://\S+/accounts/confirm-email/\S+", str(mail.outbox[-1].body))
    assert link is not None
    person.page.goto(link.group())
    person.press("Yes, confirm")
    expect(person.page).to_have_url(re.compile("/application/details$"))


def _apply(person: Person) -> None:
    person.reads_heading("Tell us who you are")
    person.page.fill("[name=first_name]", "Aline")
    person.page.locator("[name=languages][value=de]").check()
    person.page.fill("[name=about]", "Je prends le temps.")
    person.shoot("apply-details")
    person.press("Continue")
    person.reads_heading("Choose what you can do")
    person.page.locator("[name=skills]").nth(0).check()
    for box in person.page.locator("[name=skills]").all():
        box.check()
    person.shoot("apply-skills")
    person.press("Continue")
    person.reads_heading("Say where you want to work")
    person.page.fill("[name=place]", "8800 Thalwil")
    person.page.keyboard.press("Escape")
    person.shoot("apply-area")
    person.press("Continue")
    person.reads_heading("Say when you have time")
    person.shoot("apply-hours")
    person.press("Continue")
    person.reads_heading("Everything is there: check it and send it")
    person.shoot("apply-check")
    person.press("Send the application")
    person.reads_heading("Your application is with us")
    person.shoot("apply-sent")


def _approve(ops: Person) -> None:
    application = Application.objects.get()
    ops.go(reverse("admin:index"))
    ops.sees("Applications that wait for an answer")
    ops.go(reverse("admin:partners_application_changelist") + "?status=sent")
    ops.page.get_by_role("link", name="Aline").click()
    ops.page.get_by_role("link", name=ops.say("Approve"), exact=True).click()
    ops.page.get_by_role("button", name=ops.say("Approve"), exact=True).click()
    ops.sees("The application is approved; the partner is active.")
    application.refresh_from_db()
    assert application.decided_by == User.objects.get(is_staff=True)
