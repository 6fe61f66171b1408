"""C15, C16: the effect of a cancellation is shown before; too many lead to advice, a warning, the loss of access."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from compliance.models import Notice, Sanction
from mila.accounts.models import User
from partners.models import Partner
from tests.factories import PartnerFactory, UserFactory, city
from tests.journeys.conftest import Clock, Meet, Person
from tests.journeys.stories import accepted, the_house_catches_up, works

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


LATE = (
    "The visit is less than 24 hours away. Ask for help first: if somebody takes over,"
    " it does not count as a cancellation."
)


@pytest.mark.parametrize(("language", "width"), [("fr", 1280)])
def test_from_fine_to_suspension_by_cancellations_alone(language: str, width: int, clock: Clock, meet: Meet):
    partner, colleague = (
        PartnerFactory.create(first_name=name, city=city("basel"), user__language=language)
        for name in ("Ueli", "Regula")
    )
    buyer = UserFactory.create(first_name="Vreni", language=language)
    began = timezone.now()
    works(colleague, buyer, began - timedelta(days=20), [5] * 20)
    works(partner, buyer, began - timedelta(days=10), [5] * 29)
    the_house_catches_up()

    # 1 of 30 while the city's average is 1.67 %: advice
    worker = meet(language, width, partner.user, name="partner")
    _cancels_in_browser(worker, partner, buyer, rate="3.33", limit="5")
    worker.sees("Advice: your cancellation rate is above the average")
    worker.shoot("cancellation-advice")

    # two weeks and twelve jobs later 3 of 42, above the limit: a warning
    clock.set_to(began + timedelta(days=16))
    worker.log_in(User.objects.get(pk=partner.user_id))
    works(partner, buyer, began + timedelta(days=14), [5] * 10)
    _cancels_in_browser(worker, partner, buyer, rate="4.88", limit="5", reviewed=False)
    _cancels_in_browser(worker, partner, buyer, rate="7.14", limit="5")
    worker.sees("Warning: your cancellation rate is above the limit")
    worker.go("/partner/standing")
    worker.reads_heading("You are beyond a limit of %(city)s", city="Basel")
    worker.shoot("cancellation-standing")

    # and once more: access ends
    clock.set_to(began + timedelta(days=33))
    worker.log_in(User.objects.get(pk=partner.user_id))
    works(partner, buyer, began + timedelta(days=31), [5] * 10)
    _cancels_in_browser(worker, partner, buyer, rate="7.55", limit="5.66")
    worker.reads_heading("You are suspended at the moment")

    assert [(n.rule, n.kind) for n in Notice.objects.order_by("issued_at")] == [
        ("cancellation", "advice"),
        ("cancellation", "warning"),
    ]
    assert Sanction.objects.get().rule == "cancellation"
    told = [message.subject for message in mail.outbox if message.to == [partner.user.email]]
    for title in (
        "Advice: your cancellation rate is above the average",
        "Warning: your cancellation rate is above the limit",
    ):
        assert told.count(worker.say(title)) == 1, told


def _cancels_in_browser(
    worker: Person, partner: Partner, buyer: User, *, rate: str, limit: str, reviewed: bool = True
) -> None:
    """A visit in two hours, too late for a hand-over; the page says what cancelling does, and it does just that."""
    job = accepted(partner, buyer, timezone.now() + timedelta(hours=2))
    worker.go(f"/partner/jobs/{job.pk}")
    worker.follow("Hand over or cancel")
    worker.sees(LATE)
    effect = worker.page.locator(".effect")
    expect(effect).to_contain_text(f"{rate}\u00a0%")
    expect(effect).to_contain_text(f"{limit}\u00a0%")
    worker.shoot("cancelling")
    worker.page.fill("[name=reason]", "La voiture est en panne.")
    worker.press("Cancel the job")
    worker.sees("The job is cancelled. We look for somebody else for your client.")
    if reviewed:
        the_house_catches_up()
        worker.go("/partner")
