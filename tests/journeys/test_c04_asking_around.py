"""C4, C11: an order is offered in waves; the client sees where the search stands, and is offered other times."""

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from orders.models import DispatchRule, Order
from orders.tasks import expire_due
from partners.models import Partner
from tests.factories import PartnerFactory, UserFactory, city
from tests.journeys.booking import confirms, says_what, says_where
from tests.journeys.conftest import Clock, Meet, Person
from tests.journeys.stories import the_house_catches_up

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

VRENI = {"first_name": "Vreni", "phone": "+41791234567", "language": "it"}


@pytest.fixture
def partners(clock: Clock) -> list[Partner]:
    """The best placed first; each wave asks one more."""
    DispatchRule.objects.create(first_size=1, size_growth=1)
    return [
        PartnerFactory.create(
            first_name=name, city=city("basel"), search_rank=5 - number, user__language="de"
        )
        for number, name in enumerate(["Anna", "Beat"])
    ]


def _books_for_this_afternoon(client: Person) -> Order:
    """Flexible, by the links of a search."""
    client.go("/")
    client.page.select_option("[name=service]", "home-wifi")
    client.page.fill("[name=place]", "4051 Basel")
    client.page.fill("[name=date]", f"{timezone.localdate():%Y-%m-%d}")
    client.page.select_option("[name=time]", "afternoon")
    client.page.get_by_role("button", name=client.say("Search"), exact=True).click()
    client.sees("arrival between %(from)s and %(until)s", **{"from": "12:00", "until": "17:00"})
    client.shoot("search-flexible")
    client.page.locator("main .card.wash a.btn").first.click()
    says_what(client, "")
    says_where(client, "Rheingasse 3")
    confirms(client)
    return Order.objects.get(street="Rheingasse 3")


def _minutes_pass(clock: Clock, minutes: int) -> None:
    clock.forward(minutes=minutes)
    expire_due()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_second_wave_accepts(width: int, clock: Clock, meet: Meet, partners: list[Partner]):
    client = meet("it", width, UserFactory.create(**VRENI), name="client")
    order = _books_for_this_afternoon(client)
    assert [offer.partner for offer in order.offers.all()] == [partners[0]]
    client.sees("If nobody has accepted by %(time)s, we ask more people, from further away.", time="12:00")
    client.shoot("searching-first-wave")

    _minutes_pass(clock, 125)

    assert {offer.partner for offer in order.offers.all()} == set(partners)
    heading = client.say_number(
        "We have asked %(asked)s person.", "We have asked %(asked)s people.", 2, asked=2
    )
    expect(client.page.locator("main")).to_contain_text(heading)
    client.shoot("searching-second-wave")
    worker = meet("de", 390, partners[1].user, name="second wave")
    worker.go("/partner")
    worker.shoot("offer-with-open-arrival")
    worker.press("Accept")
    worker.sees("The job is yours. Here is where you are expected.")
    client.reads_heading("%(name)s is coming to you", name="Beat")
    client.shoot("second-wave-comes")
    order.refresh_from_db()
    assert order.arrives_from <= order.starts_at <= order.arrives_until


def test_when_nobody_answers_other_times_are_offered(clock: Clock, meet: Meet, partners: list[Partner]):
    buyer = UserFactory.create(**VRENI)
    client = meet("it", 390, buyer, name="client")
    order = _books_for_this_afternoon(client)
    for _hour in range(13):
        _minutes_pass(clock, 60)
    the_house_catches_up()
    client.page.reload()
    client.reads_heading("Sorry, nobody was free")
    client.sees("Somebody is free at these times. Your address and your words are kept.")
    client.shoot("nobody-answered")
    order.refresh_from_db()
    assert (order.status, order.offers.count()) == ("expired", 2)
    subjects = [message.subject for message in mail.outbox if message.to == [buyer.email]]
    assert len(subjects) == 1

    clock.forward(hours=10)
    client.page.reload()
    client.follow("Any time that day")
    client.reads_heading("Who should come to you?")
    client.page.locator("main form .card.next button").click()
    client.sees("Rheingasse 3")
    confirms(client)
