"""A double tap makes one thing, with a script or without; going back sends nothing again and asks for nothing."""

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Response, expect

from mila.accounts.models import User
from orders.models import Job, Order
from orders.models.visit import Message
from orders.services import drafts
from partners.models import Partner
from ratings.models import Rating
from tests.factories import place, service
from tests.journeys.conftest import Clock, Meet, Person
from tests.pages.scenes import accepted_visit, completed_visit, in_days, new_client, new_partner, open_offer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

both_ways = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])


@pytest.fixture
def buyer(clock: Clock) -> User:
    return new_client("Kim", language="en", phone="079 123 45 67")


@pytest.fixture
def partner(clock: Clock) -> Partner:
    return new_partner("Robin", user__language="en")


class Answers:
    """What the forms of a page were answered: always with another address, so that no page is the answer to a form."""

    def __init__(self, person: Person) -> None:
        self.statuses: list[int] = []
        person.page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if response.request.method == "POST":
            self.statuses.append(response.status)

    def were_all_addresses(self) -> None:
        assert set(self.statuses) == {302}, self.statuses


def _has_chosen_everything(buyer: User, partner: Partner) -> None:
    owner, now = drafts.Owner(buyer, ""), timezone.now()
    drafts.describe(owner, service=service(), details="Blue door", day=None, now=now)
    drafts.give_address(owner, place=place(), street="Seestrasse 1", first_name="", phone="", now=now)
    drafts.choose_time(owner, day=in_days(3).date(), time="10:00", now=now)
    drafts.choose_partner(owner, partner=partner, now=now)


def _button(person: Person, text: str) -> Locator:
    return person.page.get_by_role("main").get_by_role("button", name=person.say(text), exact=True).first


@both_ways
def test_book(script: bool, buyer: User, partner: Partner, meet: Meet) -> None:
    _has_chosen_everything(buyer, partner)
    client = meet("en", 390, buyer, script=script)
    answers = Answers(client)
    client.go("/book/summary")

    client.page.locator("#confirm").dblclick()

    client.reads_heading("We are asking around for you")
    assert client.page.url.endswith(f"/orders/{Order.objects.get().reference}")
    answers.were_all_addresses()


def test_an_old_summary_leads_to_the_same_order(buyer: User, partner: Partner, meet: Meet) -> None:
    """As another tab, or a browser that shows what it has kept when one goes back, has it."""
    _has_chosen_everything(buyer, partner)
    client = meet("en", 1280, buyer)
    client.go("/book/summary")
    old = client.context.new_page()
    old.goto(client.page.url)

    client.page.locator("#confirm").click()
    client.reads_heading("We are asking around for you")
    old.locator("#confirm").click()

    expect(old.locator("h1")).to_have_text(client.say("We are asking around for you"))
    assert old.url == client.page.url
    assert Order.objects.count() == 1


def test_going_back_after_booking_sends_nothing(buyer: User, partner: Partner, meet: Meet) -> None:
    _has_chosen_everything(buyer, partner)
    client = meet("en", 390, buyer)
    client.go("/book/summary")
    client.page.locator("#confirm").click()
    client.reads_heading("We are asking around for you")
    answers = Answers(client)

    client.page.go_back()
    client.page.wait_for_load_state()
    client.reads_heading("This booking is done")
    client.page.go_forward()
    client.reads_heading("We are asking around for you")

    assert answers.statuses == []
    assert Order.objects.count() == 1


@both_ways
def test_accept(script: bool, partner: Partner, meet: Meet) -> None:
    open_offer(partner)
    worker = meet("en", 390, partner.user, script=script)
    answers = Answers(worker)
    worker.go("/partner")

    _button(worker, "Accept").dblclick()

    worker.sees("The job is yours. Here is where you are expected.")
    assert worker.page.url.endswith(f"/partner/jobs/{Job.objects.get().pk}")
    answers.were_all_addresses()
    _goes_back_in_peace(worker)


@both_ways
def test_send_a_message(script: bool, buyer: User, partner: Partner, meet: Meet) -> None:
    visit = accepted_visit(partner, client=buyer)
    client = meet("en", 390, buyer, script=script)
    answers = Answers(client)
    client.go(f"/orders/{visit.order}")
    client.page.fill("[name=body]", "Please ring twice.")

    _button(client, "Send").dblclick()

    expect(client.page.locator(".said")).to_have_text("Please ring twice.")
    expect(client.page.locator("[name=body]")).to_have_value("")
    assert Message.objects.count() == 1
    answers.were_all_addresses()
    _goes_back_in_peace(client)


@both_ways
def test_rate(script: bool, buyer: User, partner: Partner, meet: Meet) -> None:
    visit = completed_visit(partner, buyer, days_ago=1)
    client = meet("en", 390, buyer, script=script)
    answers = Answers(client)
    client.go(f"/orders/{visit.order}/rate")
    client.page.locator(".star-input label:has(input[value='4'])").click()

    _button(client, "Send the rating").dblclick()

    client.page.wait_for_url(f"**/orders/{visit.order}")
    assert Rating.objects.get().stars == 4
    answers.were_all_addresses()
    _goes_back_in_peace(client)


def _goes_back_in_peace(person: Person) -> None:
    """Neither the way back nor the way forth sends a form."""
    answers = Answers(person)
    person.page.go_back()
    person.page.go_forward()
    person.page.wait_for_load_state()
    assert answers.statuses == []
