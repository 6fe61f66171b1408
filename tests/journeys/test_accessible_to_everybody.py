"""No page that people meet has a fault that axe can see, on a phone and on a desk, by day and by night."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from compliance import services as compliance
from compliance.models import Notice
from mila.accounts.models import User
from orders.clients.services import add_address
from orders.services import drafts
from partners.favourites import keep_favourite
from partners.models import Partner
from tests.factories import CompletedJobFactory, place, service
from tests.journeys.conftest import Clock, Meet, Person
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_client,
    new_partner,
    open_offer,
    placed_order,
    published_ratings,
)
from tests.partners.applying.drafts import sent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Pages = dict[str, list[str]]


@pytest.fixture
def scene(clock: Clock) -> tuple[User, Partner, Pages]:
    """A client with orders in every state, a partner with offers, jobs and a warning; and their pages."""
    buyer, partner = new_client("Kim"), new_partner("Robin", reference="robin")
    past = timezone.now() - timedelta(days=30)
    for number in range(30):
        CompletedJobFactory.create(
            partner=partner, accepted_at=past + timedelta(hours=number), client_stars=4
        )
    compliance.review_partner(partner_id=partner.pk, now=timezone.now() - timedelta(days=20))
    searching = placed_order(buyer, slot_start=in_days(9))
    coming = accepted_visit(partner, client=buyer, slot_start=in_days(5))
    open_offer(partner, client=buyer, slot_start=in_days(7))
    done = completed_visit(partner, buyer, days_ago=2)
    rated, _theirs = published_ratings(completed_visit(partner, buyer, days_ago=3))
    keep_favourite(client=buyer, partner=partner, now=timezone.now())
    for street in ("Seestrasse 1", "Seestrasse 2"):
        add_address(client=buyer, label="", street=street, place=place())
    wish = {"service": "home-wifi", "place": "8001 Zürich", "date": f"{in_days(3):%Y-%m-%d}", "time": "10:00"}
    _has_begun_a_booking(buyer, partner)
    notice = Notice.objects.get()
    assert coming.order is not None
    assert done.order is not None
    assert rated.job.order is not None
    return (
        buyer,
        partner,
        {
            "visitor": [
                "/",
                "/de/in/zurich/",
                "/it/in/basel/",
                "/fr/service/home-wifi/",
                "/de/in/zurich/home-wifi/",
                "/tell-me",
                "/search",
                "/search?place=Buchs&service=&date=&time=10:00",
                f"/search?{urlencode(wish)}",
                "/partners/robin",
                "/become-a-partner",
                "/book/service",
                "/accounts/login/",
                "/accounts/signup/",
                "/nothing-here",
            ],
            "client": [
                "/orders",
                f"/orders/{done.order.reference}/again",
                "/favourites",
                "/account",
                "/account/addresses",
                "/account/addresses/new",
                *(f"/application/{step}" for step in ("details", "skills", "area", "hours")),
                "/book/service",
                "/book/address",
                "/book/time",
                "/book/partner",
                "/book/summary",
                *(
                    f"/orders/{order.reference}"
                    for order in (searching, coming.order, done.order, rated.job.order)
                ),
                f"/orders/{searching.reference}/cancel",
                f"/orders/{done.order.reference}/rate",
            ],
            "applicant": ["/application"],
            "partner": [
                "/partner",
                "/partner/day",
                f"/partner/day/{in_days(5):%Y-%m-%d}",
                "/partner/standing",
                f"/partner/standing/notices/{notice.pk}",
                "/partner/settings",
                "/partner/hours",
                "/partner/area",
                "/partner/calendar",
                f"/partner/calendar/month?month={in_days(5):%Y-%m}",
                "/partner/earnings",
                f"/partner/earnings/{in_days(0):%Y-%m}",
                "/partner/jobs",
                "/partner/jobs/past?state=completed",
                f"/partner/jobs/{coming.pk}",
                f"/partner/jobs/{coming.pk}/cancel",
                f"/partner/jobs/{done.pk}/rate",
                f"/ratings/{rated.pk}/reply",
            ],
        },
    )


def _has_begun_a_booking(buyer: User, partner: Partner) -> None:
    owner, now = drafts.Owner(buyer, ""), timezone.now()
    drafts.describe(owner, service=service(), details="Blue door", day=None, now=now)
    drafts.give_address(owner, place=place(), street="Seestrasse 1", first_name="", phone="", now=now)
    drafts.choose_time(owner, day=in_days(3).date(), time="10:00", now=now)
    drafts.choose_partner(owner, partner=partner, now=now)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_nothing(width: int, scheme: str, scene: tuple[User, Partner, Pages], meet: Meet):
    buyer, partner, pages = scene
    users = {"visitor": None, "client": buyer, "applicant": sent().user, "partner": partner.user}
    faults = []
    for role, paths in pages.items():
        person = meet("en", width, users[role], name=role)
        person.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for path in paths:
            faults += list(_faults(person, path))
        person.complaints = [text for text in person.complaints if "404" not in text]
    assert faults == []


def _faults(person: Person, path: str) -> Iterator[str]:
    person.go(path)
    person.shoot(f"{person.name}-" + path.strip("/").split("?")[0].replace("/", "-"))
    for violation in Axe().run(person.page).response["violations"]:
        places = [node["target"] for node in violation["nodes"]][:3]
        yield f"{path}: {violation['id']} ({violation['impact']}): {violation['help']} {places}"
