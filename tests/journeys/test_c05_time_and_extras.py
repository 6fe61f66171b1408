"""C5, C6: partner and client settle the time and an extra, write to each other, and lateness is told at once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.timezone import localtime
from playwright.sync_api import expect

from billing.models import Posting
from billing.tasks import post_completed_jobs
from orders.models import Job
from tests.factories import PartnerFactory, UserFactory, city
from tests.journeys.conftest import ZURICH, Clock, Meet, Person
from tests.journeys.stories import accepted, the_house_catches_up

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("language", "width"), [("fr", 390), ("de", 1280)])
def test_from_the_first_word_to_the_bill(language: str, width: int, clock: Clock, meet: Meet):
    partner = PartnerFactory.create(first_name="Jeanne", city=city("basel"), user__language=language)
    buyer = UserFactory.create(first_name="Vreni", language=language)
    booked = (timezone.now() + timedelta(days=2)).astimezone(ZURICH)
    job = accepted(partner, buyer, booked.replace(hour=10, minute=0, second=0, microsecond=0))
    clock.set_to(job.accepted_at)
    worker = meet(language, width, partner.user, name="partner")
    client = meet(language, width, buyer, name="client")
    job_page, order_page = f"/partner/jobs/{job.pk}", f"/orders/{job.order.reference}"

    client.go(order_page)
    worker.go(job_page)
    _they_write(worker, client)
    _the_time_moves(worker, client, job, order_page)
    clock.set_to(Job.objects.get().starts_at - timedelta(minutes=90))
    _on_the_way_and_late(worker, client, job_page)
    clock.set_to(Job.objects.get().starts_at + timedelta(minutes=20))
    _an_extra_at_work(worker, client, job_page)
    _done_and_billed(worker, client, order_page)


@pytest.mark.parametrize(("language", "width"), [("de", 390), ("it", 1280)])
def test_on_the_way_the_address_is_at_hand_and_the_check_in_opens_by_itself(
    language: str, width: int, clock: Clock, meet: Meet
):
    partner = PartnerFactory.create(first_name="Jeanne", city=city("basel"), user__language=language)
    start = (timezone.now() + timedelta(days=2)).astimezone(ZURICH).replace(hour=14, minute=0, second=0)
    job = accepted(partner, UserFactory.create(first_name="Vreni", phone="079 123 45 67"), start)
    clock.set_to(start - timedelta(minutes=90))
    worker = meet(language, width, partner.user, name="partner")
    worker.go(f"/partner/jobs/{job.pk}")
    worker.press("I am on my way")
    # Long enough for the page to be there before.
    clock.set_to(start - timedelta(minutes=60, seconds=6))
    worker.go(f"/partner/jobs/{job.pk}")
    opens = worker.page.get_by_role("button", name=worker.say("Check in"), exact=True)
    expect(opens).to_have_count(0)
    worker.page.evaluate("window.sameDocument = true")
    asked: list[str] = []
    worker.page.on("request", lambda request: asked.append(request.url))

    phone = worker.page.locator("a[href^='tel:']").bounding_box()
    thread = worker.page.locator("[id^=thread-]").bounding_box()
    assert phone is not None
    assert thread is not None
    assert phone["y"] + phone["height"] < 844, "it is on the first screen"
    assert phone["y"] < thread["y"]
    worker.shoot("job-on-the-way")

    expect(opens).to_be_visible(timeout=20_000)
    assert worker.page.evaluate("window.sameDocument")
    assert all(url.startswith(worker.address) for url in asked)
    assert [url for url in asked if "/step?" in url]
    worker.shoot("job-check-in-open")


def _they_write(worker: Person, client: Person) -> None:
    """A message appears by itself, and what is being typed on the other side stays."""
    client.page.fill("[name=body]", "La sonnette est en panne, frappez")
    worker.page.fill("[name=body]", "Guten Tag, gibt es einen Parkplatz?")
    worker.press("Send")
    worker.sees("Guten Tag, gibt es einen Parkplatz?")
    client.sees("Guten Tag, gibt es einen Parkplatz?")
    expect(client.page.locator("[name=body]")).to_have_value("La sonnette est en panne, frappez")
    client.press("Send")
    worker.sees("La sonnette est en panne, frappez")


def _the_time_moves(worker: Person, client: Person, job: Job, order_page: str) -> None:
    worker.press("Confirm the time")
    worker.sees("Time confirmed")
    worker.page.get_by_text(worker.say("Propose another time"), exact=True).click()
    assert job.starts_at is not None
    for number, hour in ((1, 14), (2, 16)):
        worker.page.fill(f"[name=date_{number}]", f"{job.starts_at:%Y-%m-%d}")
        worker.page.select_option(f"[name=time_{number}]", f"{hour}:00")
    worker.page.fill("[name=note]", "Am Nachmittag habe ich mehr Zeit.")
    worker.shoot("propose")
    worker.press("Propose these times")
    worker.sees("Waiting for the answer of your client")
    client.sees("%(name)s proposes another time", name="Jeanne")  # by itself
    client.shoot("proposal")
    client.page.get_by_role("button", name="14:00").click()
    client.sees("Agreed: your visit has a new time.")
    client.sees("Time confirmed")
    worker.sees("14:00 – ")
    moved = Job.objects.select_related("order").get()
    assert moved.order is not None
    assert localtime(moved.starts_at, ZURICH).hour == 14
    assert moved.order.slot == moved.slot


def _on_the_way_and_late(worker: Person, client: Person, job_page: str) -> None:
    worker.go("/partner")
    worker.shoot("dashboard-set-off")
    worker.press("I am on my way")
    client.reads_heading("%(name)s is on the way to you", name="Jeanne")
    worker.go("/partner")
    worker.page.get_by_text(worker.say("Running late?"), exact=True).click()
    worker.shoot("dashboard-late")
    worker.page.get_by_role("button", name="14:20").click()
    worker.sees("Your client knows the new time. It does not count against you.")
    worker.sees("Your client expects you at %(time)s.", time="14:20")
    worker.shoot("job-late")
    client.sees("%(name)s is running late: expected at %(time)s", name="Jeanne", time="14:20")
    client.shoot("late")


def _an_extra_at_work(worker: Person, client: Person, job_page: str) -> None:
    worker.go(job_page)
    worker.press("Check in")
    for text, price in (("HDMI-Kabel 3 m", "25"), ("Drucker einrichten", "40.50")):
        worker.page.get_by_text(worker.say("Propose an extra"), exact=True).click()
        worker.page.fill("[name=text]", text)
        worker.page.fill("[name=price]", price)
        worker.press("Propose it")
        worker.sees("Proposed. It is charged only if your client approves it.")
    client.sees("Drucker einrichten")
    client.shoot("extras")
    client.page.get_by_role("button", name=client.say("Approve") + " HDMI-Kabel 3 m").click()
    client.sees("Approved. It is added to the price when the visit is done.")
    client.page.get_by_role("button", name=client.say("No, thank you") + " Drucker einrichten").click()
    client.sees("Declined. It is not charged.")
    expect(worker.page.locator("#agreed")).to_contain_text(worker.say("Approved"), timeout=20_000)
    worker.shoot("job-extras")


def _done_and_billed(worker: Person, client: Person, order_page: str) -> None:
    worker.press("Check out: it is done")
    worker.sees("Done. How was your client?")
    post_completed_jobs()
    client.go(order_page)
    client.reads_heading("Done. We hope it works!")
    client.sees("This visit is over: nothing more can be written here.")
    expect(client.page.locator("main")).to_contain_text("114.00")
    client.shoot("done")
    worker.go("/partner/earnings")
    expect(worker.page.locator("tbody")).to_contain_text("114.00")
    worker.shoot("earnings")
    owed = Posting.objects.get(account="client_receivable")
    assert owed.amount == Decimal("114.00")
    the_house_catches_up()
    subjects = [message.subject for message in mail.outbox if message.to == [owed.client.email]]
    assert len(subjects) == len(set(subjects)), subjects
    assert client.say("%(partner)s is on the way to you", partner="Jeanne") in subjects
