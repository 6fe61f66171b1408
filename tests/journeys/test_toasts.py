"""What a toast says goes when it is no longer true, or has been there long enough; not while somebody is at it."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from mila.accounts.models import User
from orders import services as orders
from orders.models import Order
from orders.services import drafts
from orders.tasks import expire_due
from partners.models import Partner
from tests.factories import place, service
from tests.journeys.conftest import Meet, Person
from tests.pages.scenes import in_days, new_client, new_partner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def partner() -> Partner:
    return new_partner("Robin")


def has_booked(buyer: User, partner: Partner, meet: Meet, width: int) -> Person:
    owner, now = drafts.Owner(buyer, ""), timezone.now()
    drafts.describe(owner, service=service(), details="Blue door", day=None, now=now)
    drafts.give_address(owner, place=place(), street="Seestrasse 1", first_name="", phone="", now=now)
    drafts.choose_time(owner, day=in_days(3).date(), time="10:00", now=now)
    drafts.choose_partner(owner, partner=partner, now=now)
    client = meet("en", width, buyer)
    client.go("/book/summary")
    client.page.locator("#confirm").click()
    client.reads_heading("We are asking around for you")
    # As the worker does, whom the booking has called.
    expire_due()
    return client


def test_the_acceptance_takes_the_word_about_the_booking_away(meet: Meet, partner: Partner) -> None:
    client = has_booked(new_client(), partner, meet, 390)
    toast = client.page.locator(".toast")
    expect(toast).to_contain_text("Your order has arrived.")

    orders.accept_offer(offer_id=Order.objects.get().offers.get().pk, partner=partner, now=timezone.now())

    expect(client.page.locator("h1")).to_have_text("Robin is coming to you", timeout=15_000)
    expect(toast).to_have_count(0, timeout=10_000)


def test_it_goes_after_a_while_unless_somebody_is_at_it(meet: Meet, partner: Partner) -> None:
    client = has_booked(new_client(), partner, meet, 1280)
    page: Page = client.page
    page.clock.install()
    page.reload()
    page.evaluate(
        """() => {
          const show = (level) => {
            const toast = document.createElement("p");
            toast.className = `toast ${level}`;
            toast.textContent = level;
            const button = document.createElement("button");
            button.className = "dismiss";
            toast.append(button);
            document.querySelector("body > .toasts").append(toast);
          };
          ["success", "warning"].forEach(show);
        }"""
    )
    said, warned = page.locator(".toast.success"), page.locator(".toast.warning")
    page.clock.run_for(15_000)
    said.locator("button").focus()
    page.clock.run_for(60_000)
    expect(said).to_have_count(1)
    page.locator("main").focus()
    page.mouse.move(0, 0)
    page.clock.run_for(15_000)
    expect(said).to_have_count(1)
    page.clock.run_for(10_000)
    expect(said).to_have_count(0)
    expect(warned).to_have_count(1)
