"""C26: a partner's day as a list and a map, as a suggestion; nothing is fetched from anywhere else."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from orders.planning.marking import mark_day_for_planning
from orders.planning.replanning import plan_due_days
from partners.models import Partner
from tests.factories import BookedJobFactory, OrderFactory, PartnerFactory, place, service, slot
from tests.journeys.conftest import ZURICH, Clock, Meet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TOWNS = ("8001", "8134", "8008")


def a_day_with_three_visits() -> Partner:
    partner: Partner = PartnerFactory.create()
    morning = timezone.now().astimezone(ZURICH).replace(hour=13, minute=0) + timedelta(days=2)
    for number, postcode in enumerate(TOWNS):
        at = place(postcode)
        order = OrderFactory.create(
            status="confirmed",
            service=service(),
            slot=slot(morning + timedelta(hours=2 * number)),
            postcode=at.postcode,
            town=at.name,
            latitude=at.latitude,
            longitude=at.longitude,
        )
        BookedJobFactory.create(partner=partner, order=order)
    mark_day_for_planning(partner_id=partner.pk, at=morning, now=timezone.now())
    plan_due_days(clock=timezone.now)
    return partner


@pytest.mark.parametrize(("language", "width"), [("it", 390), ("de", 1280)])
def test_the_day_is_there_as_list_and_map_and_nothing_leaves_the_house(
    clock: Clock, meet: Meet, language: str, width: int
) -> None:
    partner = a_day_with_three_visits()
    partner.user.language = language
    partner.user.save()
    person = meet(language, width, partner.user, "partner")
    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.url))
    day = partner.plans.get().day
    person.go(f"/partner/day/{day}")
    person.sees("It is a suggestion: you decide which way you take.")
    expect(person.page.locator(".route .stop")).to_have_count(3)
    person.page.locator("#day-map").scroll_into_view_if_needed()
    expect(person.page.locator("#day-map[data-land]")).to_be_visible()
    expect(person.page.locator("#day-map .map-stop")).to_have_count(3)
    expect(person.page.locator("#day-map .map-home")).to_have_count(1)
    expect(person.page.locator("#day-map path.map-way")).to_have_count(1)
    person.shoot("planned-day")
    person.press("Make an address")
    expect(person.page.locator(".address code")).to_contain_text("/calendar/")
    foreign = [url for url in asked if not url.startswith((person.address, "data:"))]
    assert foreign == []


def test_the_map_is_fetched_once_it_comes_near(clock: Clock, meet: Meet) -> None:
    partner = a_day_with_three_visits()
    person = meet("en", 390, partner.user, "partner")
    person.page.set_viewport_size({"width": 390, "height": 560})
    fetched: list[str] = []
    person.page.on(
        "request", lambda request: fetched.append(request.url) if "leaflet.js" in request.url else None
    )
    person.go(f"/partner/day/{partner.plans.get().day}")
    person.page.wait_for_load_state("networkidle")
    assert fetched == []

    person.page.locator("#day-map").scroll_into_view_if_needed()

    expect(person.page.locator("#day-map .map-stop")).to_have_count(3)
    assert len(fetched) == 1


def test_a_map_that_does_not_come_leaves_no_hole(clock: Clock, meet: Meet) -> None:
    partner = a_day_with_three_visits()
    person = meet("en", 1280, partner.user, "partner")
    person.page.route("**/leaflet*.js", lambda route: route.abort())
    person.go(f"/partner/day/{partner.plans.get().day}")
    expect(person.page.locator("#day-map")).to_be_hidden()
    person.complaints.clear()


def test_the_list_needs_no_script(clock: Clock, meet: Meet) -> None:
    partner = a_day_with_three_visits()
    person = meet("en", 1280, partner.user, "partner")
    person.page.route("**/*.js", lambda route: route.abort())
    person.go(f"/partner/day/{partner.plans.get().day}")
    person.complaints.clear()
    expect(person.page.locator(".route .stop")).to_have_count(3)
    expect(person.page.locator("#day-map")).to_be_hidden()
    person.complaints.clear()
