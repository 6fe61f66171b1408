"""A connection or a session that is gone takes nothing with it that was typed."""

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Dialog, Page, expect

from mila.accounts.models import User
from orders.models import BookingDraft, Job
from orders.models.visit import Message
from tests.factories import PASSWORD
from tests.journeys.conftest import Clock, Meet, Person
from tests.pages.scenes import accepted_visit, in_days, new_client, new_partner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "Please ring twice, the bell is weak."


@pytest.fixture
def visit(clock: Clock) -> Job:
    buyer = new_client("Kim", language="en", phone="079 123 45 67")
    EmailAddress.objects.create(user=buyer, email=buyer.email, verified=True, primary=True)
    return accepted_visit(new_partner("Robin"), client=buyer)


def _client_of(visit: Job) -> User:
    assert visit.order is not None
    return visit.order.client


def test_a_lost_connection_is_told_and_the_form_waits(visit: Job, meet: Meet) -> None:
    client = meet("en", 390, _client_of(visit))
    client.go(f"/orders/{visit.order}")
    bar = client.page.locator(".connection")
    expect(bar).to_be_hidden()
    client.page.fill("[name=body]", WORDS)

    client.context.set_offline(True)
    expect(bar).to_contain_text(client.say("No connection. What you see may be out of date."))
    client.press("Send")
    expect(bar).to_contain_text(
        client.say(
            "No connection. This was not sent yet; what you typed stays here. Please try again in a moment."
        )
    )
    expect(client.page.locator("[name=body]")).to_have_value(WORDS)
    client.shoot("no-connection")
    client.complaints = [words for words in client.complaints if "ERR_INTERNET_DISCONNECTED" not in words]

    client.context.set_offline(False)
    expect(bar).to_be_hidden()
    expect(client.page.locator("[name=body]")).to_have_value(WORDS)
    client.press("Send")
    expect(client.page.locator(".said")).to_have_text(WORDS)
    assert Message.objects.count() == 1


def test_a_browser_that_is_wrong_about_the_connection_stops_nobody(visit: Job, meet: Meet) -> None:
    client = meet("en", 390, _client_of(visit))
    client.page.add_init_script("Object.defineProperty(navigator, 'onLine', { get: () => false })")
    client.go(f"/orders/{visit.order}")

    client.page.fill("[name=body]", WORDS)
    client.press("Send")
    expect(client.page.locator(".said")).to_have_text(WORDS)
    client.go("/account")
    client.page.fill("[name=first_name]", "Mika")
    client.press("Save")
    client.sees("Your account is up to date.")

    expect(client.page.locator(".connection")).to_be_hidden()
    assert Message.objects.count() == 1
    assert User.objects.get(pk=_client_of(visit).pk).first_name == "Mika"


def test_a_message_survives_a_log_out_in_another_tab(visit: Job, meet: Meet) -> None:
    client = meet("en", 390, _client_of(visit))
    client.go(f"/orders/{visit.order}")
    client.page.fill("[name=body]", WORDS)
    _logs_out(client, client.context.new_page())

    client.press("Send")
    client.reads_heading("Good to see you again")
    _logs_in(client.page, _client_of(visit))

    _sends_what_was_kept(client)


def test_a_message_survives_another_log_in_in_another_tab(visit: Job, meet: Meet) -> None:
    """The session is there, but the form belongs to the one before."""
    client = meet("en", 1280, _client_of(visit))
    client.go(f"/orders/{visit.order}")
    client.page.fill("[name=body]", WORDS)
    other = client.context.new_page()
    _logs_out(client, other)
    other.goto(f"{client.address}/accounts/login/")
    _logs_in(other, _client_of(visit))
    other.wait_for_url("**/orders")

    client.press("Send")
    client.reads_heading("This form has become too old")
    client.complaints = [words for words in client.complaints if "403" not in words]
    client.follow("See what you typed")

    _sends_what_was_kept(client)


def test_a_step_of_a_booking_survives_a_log_out_in_another_tab(visit: Job, meet: Meet) -> None:
    """Booking takes no account, so the step simply goes on; the draft is theirs again after the next log-in."""
    buyer = _client_of(visit)
    client = meet("en", 390, buyer)
    client.go("/book?service=home-wifi")
    client.page.fill("[name=details]", WORDS)
    _logs_out(client, client.context.new_page())

    client.press("Continue")
    client.page.wait_for_url("**/book/address")
    client.go("/accounts/login/")
    _logs_in(client.page, buyer)
    client.page.wait_for_url("**/book/address")
    client.go("/book/service")

    expect(client.page.locator("[name=details]")).to_have_value(WORDS)
    # What was begun before the log-out waits beside it.
    assert BookingDraft.objects.filter(client=buyer).count() == 1
    assert BookingDraft.objects.filter(details=WORDS).count() == 1


def _logs_out(client: Person, tab: Page) -> None:
    tab.goto(f"{client.address}/accounts/logout/")
    tab.get_by_role("main").get_by_role("button").click()
    tab.wait_for_url(f"{client.address}/")


def _logs_in(page: Page, user: User) -> None:
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()


def _sends_what_was_kept(client: Person) -> None:
    client.reads_heading("What you typed is still here")
    expect(client.page.locator("blockquote")).to_have_text(WORDS)
    client.shoot("still-here")
    client.press("Send it now")
    expect(client.page.locator(".said")).to_have_text(WORDS)
    assert Message.objects.count() == 1


def test_a_week_that_was_changed_is_not_left_by_mistake(clock: Clock, meet: Meet) -> None:
    """Beside it stands a form for days off."""
    worker = meet("en", 390, new_partner("Robin").user)
    worker.go("/partner/hours")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    worker.page.on("dialog", stay)
    worker.page.fill("[name=day0_from1]", "08:00")
    worker.page.fill("[name=day0_to1]", "12:00")
    worker.page.fill("[name=first]", f"{in_days(3):%Y-%m-%d}")
    days_off = worker.page.get_by_role("button", name="Take these days off")
    days_off.click()
    expect(days_off).not_to_have_attribute("aria-disabled", "true")
    assert asked == ["beforeunload"]
    expect(worker.page.locator("[name=day0_to1]")).to_have_value("12:00")

    worker.page.uncheck("[name=any_time]")
    worker.press("Save")
    worker.sees("Your hours are up to date. Visits accepted before stay as they are.")
    assert asked == ["beforeunload"]
