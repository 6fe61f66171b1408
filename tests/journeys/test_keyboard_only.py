"""Somebody without a mouse books and rates: every step is reached by Tab, seen, and done by Enter, Space and arrows."""

import re
from typing import Literal

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from orders import services as orders
from orders.models import Order
from partners.models import Partner
from ratings.models import Rating, Side
from tests.factories import PartnerFactory, UserFactory, city
from tests.journeys.conftest import Clock, Meet, Person
from tests.journeys.keyboard import Keyboard
from tests.pages.scenes import completed_visit, in_days, new_client, new_partner, open_offer

Scheme = Literal["light", "dark"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WAYS = [("de", 390, "light"), ("it", 1280, "dark")]


@pytest.fixture
def partners(clock: Clock) -> list[Partner]:
    return [
        PartnerFactory.create(
            first_name=name, city=city("lausanne"), search_rank=5 - number, languages=["fr", "de"]
        )
        for number, name in enumerate(["Jeanne", "Pierre-Alexandre"])
    ]


@pytest.mark.parametrize(("language", "width", "scheme"), WAYS)
def test_from_the_home_page_to_the_order(
    language: str, width: int, scheme: Scheme, meet: Meet, partners: list[Partner]
) -> None:
    client = meet(
        language, width, UserFactory.create(first_name="Kim", phone="079 123 45 67", language=language)
    )
    client.page.emulate_media(color_scheme=scheme)
    keys = Keyboard(client)
    _searches(client, keys)
    _describes(client, keys)
    _gives_the_address(client, keys)
    client.reads_heading("Is everything right?")
    _takes_another_time(client, keys)
    _takes_somebody_else(client, keys)

    client.reads_heading("Is everything right?")
    keys.to("button", re.compile("CHF"))
    client.shoot("keyboard-summary")
    keys.press("Enter")

    client.reads_heading("We are asking around for you")
    order = Order.objects.get()
    assert client.page.url.endswith(f"/orders/{order.reference}")
    assert (order.requested_partner, order.street) == (partners[1], "Rue de Bourg 12")
    assert order.details == "La box clignote rouge."
    keys.to("link", client.say("Cancel the order"))


def _searches(client: Person, keys: Keyboard) -> None:
    """Past the navigation by the link for those who have only keys."""
    client.go("/")
    keys.opens("link", client.say("Skip to the content"))
    keys.to("combobox", client.say("What do you need?"))
    keys.press("ArrowDown")
    place = _completes_the_place(client, keys)
    client.shoot("keyboard-home")
    expect(place).to_have_value("1003 Lausanne")
    keys.opens("button", client.say("Search"))
    client.reads_heading("Who should come to you?")
    keys.opens("link", client.say("Choose") + " Jeanne")


def _completes_the_place(client: Person, keys: Keyboard) -> Locator:
    place = keys.to("combobox", client.say("Where?"))
    keys.types("1003")
    expect(client.page.locator("li[role=option]")).to_be_visible()
    keys.press("ArrowDown")
    active = client.page.locator("li[role=option][aria-selected=true]")
    expect(active).to_contain_text("Lausanne")
    assert place.get_attribute("aria-activedescendant") == active.get_attribute("id")
    keys.press("Enter")
    return place


def _describes(client: Person, keys: Keyboard) -> None:
    client.page.wait_for_url("**/book/service")
    keys.to("textbox", re.compile(re.escape(client.say("What should we know?"))))
    keys.types("La box clignote rouge.")
    keys.opens("button", client.say("Continue"))


def _gives_the_address(client: Person, keys: Keyboard) -> None:
    client.page.wait_for_url("**/book/address")
    keys.to("textbox", client.say("Street and number"))
    keys.types("Rue de Bourg 12")
    keys.opens("button", client.say("Continue"))


def _takes_another_time(client: Person, keys: Keyboard) -> None:
    _changes(client, keys, "When should somebody come?")
    client.page.wait_for_url("**/book/time")
    keys.opens("link", client.say("Later days"))
    client.page.wait_for_url("**/book/time?from=*")
    earlier = client.page.get_by_role("link", name=client.say("Earlier days"))
    expect(earlier).to_be_visible()
    keys.has_lost_nothing()
    keys.to("link", client.say("Earlier days"), by="Shift+Tab")
    keys.press("Enter")
    expect(earlier).to_have_count(0)
    # The way back has gone from under the focus; the days have it now.
    keys.has_lost_nothing()
    second = client.page.locator(".strip-days a").nth(1)
    keys.opens("link", (second.locator(".visually-hidden").text_content() or "").strip())
    client.page.wait_for_url("**day=*")
    expect(second).to_have_attribute("aria-current", "date")
    keys.has_lost_nothing()
    keys.to("button", "10:00")
    client.shoot("keyboard-time")
    keys.press("Space")
    client.reads_heading("Is everything right?")


def _takes_somebody_else(client: Person, keys: Keyboard) -> None:
    _changes(client, keys, "Who should come to you?")
    client.page.wait_for_url("**/book/partner")
    keys.to("button", f"{client.say('Choose')} Pierre-Alexandre")
    client.shoot("keyboard-partner")
    keys.press("Enter")


def _changes(client: Person, keys: Keyboard, what: str) -> None:
    words = re.escape(client.say("Change")), re.escape(client.say(what))
    keys.opens("link", re.compile(f"^{words[0]} ?: {words[1]}$"))


@pytest.mark.parametrize(("language", "width", "scheme"), WAYS)
def test_stars_are_given_by_arrows_and_have_names(
    language: str, width: int, scheme: Scheme, clock: Clock, meet: Meet
) -> None:
    buyer = new_client("Kim", language=language)
    visit = completed_visit(new_partner("Robin"), buyer, days_ago=1)
    client = meet(language, width, buyer)
    client.page.emulate_media(color_scheme=scheme)
    keys = Keyboard(client)
    client.go(f"/orders/{visit.order}")
    keys.opens("link", client.say("Give stars"))
    client.page.wait_for_url("**/rate")
    stars = client.page.get_by_role("group", name=client.say("How many stars?")).get_by_role("radio")
    names = ["1 of 5 stars: bad", "3 of 5 stars: all right", "4 of 5 stars: good", "5 of 5 stars: excellent"]

    keys.to("radio", client.say(names[0]))
    keys.press("Space", "ArrowRight", "ArrowRight")
    assert keys.is_on(client.page.get_by_role("radio", name=client.say(names[1]), exact=True, checked=True))
    keys.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert keys.is_on(client.page.get_by_role("radio", name=client.say(names[3]), exact=True, checked=True))
    keys.press("ArrowUp")
    chosen = keys.to("radio", client.say(names[2]))
    keys.looks()
    expect(chosen).to_be_checked()
    assert stars.count() == 5
    expect(client.page.get_by_text(client.say(names[2]), exact=True)).to_have_css("opacity", "1")
    keys.to("textbox", re.compile("^" + re.escape(client.say("A few words"))))
    keys.types("Rapide et patiente.")
    keys.to("button", client.say("Send the rating"))
    client.shoot("keyboard-rating")
    keys.press("Enter")

    client.page.wait_for_url(f"**/orders/{visit.order}*")
    rating = Rating.objects.get(side=Side.CLIENT)
    assert (rating.stars, rating.comment) == (4, "Rapide et patiente.")


def test_a_new_offer_leaves_the_focus_where_it_was(clock: Clock, meet: Meet) -> None:
    """The cards are exchanged under the hands of somebody who is about to press one of their buttons."""
    robin = new_partner("Robin", user__language="de")
    open_offer(robin, slot_start=in_days(6))
    worker = meet("de", 390, robin.user)
    keys = Keyboard(worker)
    worker.go("/partner")
    keys.to("button", worker.say("No, thank you"))
    open_offer(robin, slot_start=in_days(8))

    worker.page.locator("#offers").dispatch_event("live")
    expect(worker.page.locator("[data-offer]")).to_have_count(2)

    declines = worker.page.locator("[data-offer]").nth(0).get_by_role("button").last
    expect(declines).to_be_focused()


def test_an_order_that_changes_leaves_the_focus_where_it_was(clock: Clock, meet: Meet) -> None:
    """The whole order is exchanged, and what the client was on may no longer be there."""
    buyer, robin = new_client("Kim", language="it"), new_partner("Robin")
    offer = open_offer(robin, client=buyer)
    client = meet("it", 1280, buyer)
    keys = Keyboard(client)
    client.go(f"/orders/{offer.order}")
    keys.to("link", client.say("Cancel the order"))
    orders.accept_offer(offer_id=offer.pk, partner=robin, now=timezone.now())

    client.page.locator("#order-state").dispatch_event("live")
    client.reads_heading("%(name)s is coming to you", name="Robin")

    expect(client.page.get_by_role("link", name=client.say("Cancel the order"))).to_be_focused()


def test_a_closed_toast_leaves_the_focus_in_the_page(clock: Clock, meet: Meet) -> None:
    buyer = new_client("Kim", language="it")
    client = meet("it", 390, buyer)
    keys = Keyboard(client)
    client.go("/account")
    keys.opens("button", client.say("Save"))
    toast = client.page.locator(".toast")
    expect(toast).to_be_visible()
    keys.opens("button", client.say("Close"))
    expect(toast).to_have_count(0)
    expect(client.page.locator("main")).to_be_focused()


def test_the_menu_of_a_phone_opens_and_closes_by_keys(clock: Clock, meet: Meet) -> None:
    visitor = meet("it", 390)
    keys = Keyboard(visitor)
    visitor.go("/search")
    menu = keys.to("button", visitor.say("Menu"))
    keys.press("Space")
    expect(visitor.page.locator("#menu")).to_be_visible()
    keys.to("button", "Deutsch")
    keys.press("Escape")
    expect(visitor.page.locator("#menu")).to_be_hidden()
    expect(menu).to_be_focused()
    keys.press("Enter")
    keys.to("button", "Deutsch")
    keys.press("Enter")
    visitor.page.wait_for_load_state()
    expect(visitor.page.locator("html")).to_have_attribute("lang", "de")
    assert visitor.page.url.endswith("/search")


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        (":focus-visible { outline-color: #fbf8f3 !important }", "is too faint"),
        ("* { outline: 3px solid black !important }", "is not seen"),
    ],
)
def test_a_focus_that_is_not_seen_is_found_out(rule: str, complaint: str, clock: Clock, meet: Meet) -> None:
    """The negative control of all the above."""
    visitor = meet("de", 1280)
    keys = Keyboard(visitor)
    visitor.go("/search")
    visitor.page.evaluate(
        """(rule) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(rule);
            document.adoptedStyleSheets = [sheet];
        }""",
        rule,
    )
    with pytest.raises(AssertionError, match=complaint):
        keys.to("combobox", visitor.say("Where?"))
