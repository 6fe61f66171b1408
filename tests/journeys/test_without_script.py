"""Without a script every page says the same, and every form can be sent. (A booking: test_booking_step_by_step.)"""

import re
from dataclasses import dataclass

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from mila.accounts.models import User
from orders.models import Job, Order
from orders.models.visit import Message
from orders.policy import OfferStatus, OrderStatus
from partners.models import Partner
from partners.models.availability import WorkingHours
from ratings.models import Rating
from tests.factories import PASSWORD
from tests.journeys.conftest import Clock, Meet, Person
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_client,
    new_partner,
    placed_order,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEADINGS = """() => [...document.querySelectorAll("h1, h2")]
    .filter((heading) => heading.checkVisibility())
    .map((heading) => `${heading.localName} ${heading.textContent.replace(/\\s+/g, " ").trim()}`)"""

# Forms that cannot be sent without a script. What is folded away can be unfolded, and a dialog is a page as well.
MUTE_FORMS = """() => {
    document.querySelectorAll("details").forEach((details) => details.setAttribute("open", ""));
    return [...document.forms]
        .filter((form) => !form.closest("dialog"))
        .filter((form) => ![...form.elements].some(
            (element) => element.type === "submit" && !element.disabled && element.checkVisibility(),
        ))
        .map((form) => form.action);
}"""


@dataclass
class Scene:
    """A client and a partner with a visit to come, one that is done, and an offer."""

    buyer: User
    partner: Partner
    coming: Job
    done: Job
    searching: Order

    def pages(self) -> dict[str, list[str]]:
        return {
            "visitor": [
                "/",
                "/de/in/zurich/",
                "/de/service/home-wifi/",
                "/search",
                f"/search?service=home-wifi&place=8001+Zürich&date={in_days(3):%Y-%m-%d}&time=10:00",
                f"/partners/{self.partner.reference}",
                "/become-a-partner",
                "/tell-me",
                "/ranking",
                "/book/service",
                "/accounts/login/",
                "/accounts/signup/",
            ],
            "client": [
                "/orders",
                f"/orders/{self.searching.reference}",
                f"/orders/{self.coming.order}",
                f"/orders/{self.done.order}",
                f"/orders/{self.done.order}/rate",
                f"/orders/{self.done.order}/again",
                "/favourites",
                "/account",
                "/account/addresses/new",
            ],
            "partner": [
                "/partner",
                "/partner/jobs",
                f"/partner/jobs/{self.coming.pk}",
                f"/partner/jobs/{self.coming.pk}/cancel",
                "/partner/calendar",
                "/partner/calendar/month",
                "/partner/day",
                "/partner/hours",
                "/partner/area",
                "/partner/settings",
                "/partner/standing",
                "/partner/earnings",
            ],
        }


@pytest.fixture
def scene(clock: Clock) -> Scene:
    buyer = new_client("Kim", language="de", phone="079 123 45 67")
    partner = new_partner("Robin", user__language="de")
    return Scene(
        buyer=buyer,
        partner=partner,
        done=completed_visit(partner, buyer, days_ago=2),
        coming=accepted_visit(partner, client=buyer, slot_start=in_days(5)),
        searching=placed_order(buyer, slot_start=in_days(9), partner=partner),
    )


def test_every_page_says_the_same(scene: Scene, meet: Meet) -> None:
    users = {"visitor": None, "client": scene.buyer, "partner": scene.partner.user}
    faults = []
    for role, paths in scene.pages().items():
        plain = meet("de", 1280, users[role], f"{role} without script", script=False)
        scripted = meet("de", 1280, users[role], role)
        for path in paths:
            said = _headings(plain, path)
            assert said, path
            if (meant := _headings(scripted, path)) != said:
                faults.append(f"{path}: {said} instead of {meant}")
            faults += [f"{path}: no way to send {form}" for form in plain.page.evaluate(MUTE_FORMS)]
    assert faults == []


def _headings(person: Person, path: str) -> list[str]:
    person.go(path)
    person.page.wait_for_load_state("networkidle")
    return list(person.page.evaluate(HEADINGS))


def test_a_client_logs_in_writes_rates_cancels_and_searches(scene: Scene, meet: Meet) -> None:
    EmailAddress.objects.create(user=scene.buyer, email=scene.buyer.email, verified=True, primary=True)
    client = meet("de", 390, script=False)
    _logs_in(client, scene.buyer)
    client.page.wait_for_url("**/orders")

    client.go(f"/orders/{scene.coming.order}")
    client.page.fill("[name=body]", "Bitte hinten klingeln.")
    client.press("Send")
    expect(client.page.locator(".said")).to_have_text("Bitte hinten klingeln.")
    assert Message.objects.get().author == scene.buyer

    client.follow("Cancel the order")
    client.reads_heading("Cancel this order?")
    client.press("Cancel the order")
    client.sees("Your order is cancelled.")
    assert Order.objects.get(pk=scene.coming.order_id).status == OrderStatus.CANCELLED

    client.go(f"/orders/{scene.done.order}/rate")
    client.page.locator(".star-input label:has(input[value='4'])").click()
    client.page.fill("[name=comment]", "Schnell und geduldig.")
    client.press("Send the rating")
    client.page.wait_for_url(f"**/orders/{scene.done.order}*")
    assert Rating.objects.get().stars == 4

    client.go("/")
    client.page.select_option("[name=service]", "home-wifi")
    client.page.fill("[name=place]", "8001 Zürich")
    client.press("Search")
    client.reads_heading("Who should come to you?")
    expect(client.page.locator("article.partner")).to_contain_text("Robin")


def test_a_partner_accepts_saves_hours_and_changes_the_language(scene: Scene, meet: Meet) -> None:
    offer = scene.searching.offers.get()
    worker = meet("de", 390, scene.partner.user, script=False)
    worker.go("/partner")
    worker.press("Accept")
    worker.sees("The job is yours. Here is where you are expected.")
    offer.refresh_from_db()
    assert offer.status == OfferStatus.ACCEPTED

    worker.go("/partner/hours")
    worker.page.uncheck("[name=any_time]")
    worker.page.get_by_label(re.compile("^Montag, 1")).first.fill("08:00")
    worker.page.get_by_label(re.compile("^Montag, 1")).last.fill("12:00")
    worker.press("Save")
    worker.reads_heading("You are asked in these hours")
    assert WorkingHours.objects.filter(partner=scene.partner).count() == 1

    worker.page.get_by_role("button", name=worker.say("Menu")).click()
    worker.page.get_by_role("button", name="Italiano").click()
    worker.language = "it"
    worker.reads_heading("You are asked in these hours")
    assert worker.page.url.endswith("/partner/hours")


def _logs_in(client: Person, user: User) -> None:
    client.go("/accounts/login/")
    client.page.fill("[name=login]", user.email)
    client.page.fill("[name=password]", PASSWORD)
    client.press("Log in")
