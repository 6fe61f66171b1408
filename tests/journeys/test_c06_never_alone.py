"""C6: a partner asks for help with a visit, or is ill for a day; somebody takes over, and the client is told."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from mila.accounts.models import User
from orders.models import HandOver, Job
from partners.models import Partner
from tests.factories import OpsFactory, PartnerFactory, UserFactory, city
from tests.journeys.conftest import ZURICH, Clock, Meet
from tests.journeys.stories import accepted, the_house_catches_up

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def at(days: int, hour: int) -> datetime:
    day = (timezone.now() + timedelta(days=days)).astimezone(ZURICH)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


@pytest.fixture
def ueli(clock: Clock) -> Partner:
    """Who falls out. Rosa could do it, too; Vreni is the client of both."""
    ueli: Partner = PartnerFactory.create(first_name="Ueli", city=city("basel"), user__language="de")
    PartnerFactory.create(first_name="Rosa", city=city("basel"), user__language="fr")
    UserFactory.create(first_name="Vreni", language="fr")
    return ueli


@pytest.mark.parametrize("width", [390, 1280])
def test_a_replacement_comes_and_the_client_knows(width: int, clock: Clock, meet: Meet, ueli: Partner):
    buyer, rosa = User.objects.get(first_name="Vreni"), Partner.objects.get(first_name="Rosa")
    job = accepted(ueli, buyer, at(0, 18))
    clock.set_to(at(0, 14))
    worker = meet("de", width, ueli.user, name="ueli")
    client = meet("fr", width, buyer, name="client")
    ops = meet("en", 1280, OpsFactory.create(is_superuser=True), name="ops")
    assert job.order is not None

    worker.go(f"/partner/jobs/{job.pk}")
    worker.follow("I need help")
    worker.reads_heading("What can we do for you?")
    worker.shoot("help-question")
    worker.page.fill("[name=reason]", "Das Kabel ist in der Wand.")
    worker.press("Ask for help")
    worker.sees("We are looking for somebody to take over")
    worker.shoot("help-asked")
    client.go(f"/orders/{job.order.reference}")
    client.sees("We are looking for somebody else, just in case")
    client.shoot("replacement-sought")
    ops.go(reverse("admin:orders_handover_changelist") + "?queue=waiting")
    ops.sees("Das Kabel ist in der Wand.")
    ops.shoot("hand-over-queue")

    other = meet("fr", width, rosa.user, name="rosa")
    other.go("/partner")
    other.press("Accept")
    other.sees("The job is yours. Here is where you are expected.")
    client.reads_heading("%(name)s is coming to you", name="Rosa")
    client.shoot("replacement-comes")
    the_house_catches_up()
    worker.go("/partner")
    worker.shoot("taken-over")
    job.refresh_from_db()
    assert job.outcome == "excused"
    assert HandOver.objects.get().status == "replaced"
    told = [message.subject for message in mail.outbox if message.to == [buyer.email]]
    assert len(told) == 3, told


def test_one_step_hands_over_a_sick_day(clock: Clock, meet: Meet, ueli: Partner):
    buyer, rosa = User.objects.get(first_name="Vreni"), Partner.objects.get(first_name="Rosa")
    jobs = [accepted(ueli, buyer, at(2, hour)) for hour in (9, 14)]
    later = accepted(ueli, buyer, at(4, 9))
    clock.set_to(at(0, 12))
    worker = meet("de", 390, ueli.user, name="ueli")

    worker.go("/partner/hours")
    worker.follow("I am ill")
    worker.page.fill("[name=day]", f"{at(2, 9):%Y-%m-%d}")
    worker.shoot("sick-day")
    worker.press("Hand over the day")
    worker.page.wait_for_url("**/partner")
    worker.shoot("sick-day-done")

    assert [Job.objects.get(pk=job.pk).outcome for job in jobs] == ["excused", "excused"]
    assert Job.objects.get(pk=later.pk).outcome is None
    other = meet("fr", 390, rosa.user, name="rosa")
    other.go("/partner")
    other.press("Accept")
    other.sees("The job is yours. Here is where you are expected.")
