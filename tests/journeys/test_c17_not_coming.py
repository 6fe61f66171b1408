"""C17, C30: one confirmed no-show is the final warning; after the second access ends, and two people decide."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from compliance.models import Notice, Sanction
from mila.accounts.models import User
from partners.models import Partner
from tests.factories import OpsFactory, PartnerFactory, UserFactory, city
from tests.journeys.conftest import Clock, Meet, Person
from tests.journeys.stories import accepted, the_house_catches_up

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("language", "width"), [("fr", 390)])
def test_two_no_shows_and_two_decisions(language: str, width: int, clock: Clock, meet: Meet):
    partner = PartnerFactory.create(first_name="Ueli", city=city("basel"), user__language=language)
    buyer = UserFactory.create(first_name="Vreni", language=language)
    worker = meet(language, width, partner.user, name="partner")
    staff = [
        meet("en", 1280, OpsFactory.create(is_superuser=True), name=name) for name in ("first", "second")
    ]

    _does_not_come(partner, buyer, staff[0])
    worker.go("/partner")
    worker.sees("Final warning after a missed visit")
    worker.shoot("final-warning")
    assert Notice.objects.get().kind == "final_warning"

    _does_not_come(partner, buyer, staff[0])
    worker.go("/partner")
    worker.reads_heading("You are suspended at the moment")
    worker.sees("An exclusion is proposed; people decide about it")
    sanction = Sanction.objects.get()
    assert (sanction.kind, sanction.status) == ("exclusion", "proposed")

    for person, status in zip(staff, ("suspended", "excluded"), strict=True):
        _decide(person, reverse("admin:compliance_sanction_change", args=[sanction.pk]), "Approve")
        partner.refresh_from_db()
        assert partner.status == status
    the_house_catches_up()
    worker.go("/partner/standing")
    worker.reads_heading("You are no longer a partner")
    worker.sees("You see it differently?")
    worker.shoot("excluded")
    told = [message.subject for message in mail.outbox if message.to == [partner.user.email]]
    assert told.count(worker.say("Final warning after a missed visit")) == 1, told


def _does_not_come(partner: Partner, buyer: User, ops: Person) -> None:
    """The visit should have begun an hour ago; a member of staff confirms in the admin that nobody came."""
    job = accepted(partner, buyer, timezone.now() - timedelta(hours=1))
    _decide(ops, reverse("admin:orders_job_change", args=[job.pk]), "Confirm no-show")
    the_house_catches_up()


def _decide(ops: Person, path: str, what: str) -> None:
    ops.go(path)
    ops.page.get_by_role("link", name=what).or_(ops.page.get_by_role("button", name=what)).first.click()
    ops.page.fill("[name=reason]", "The client has shown messages and photos.")
    ops.page.locator("form button[type=submit]", has_text=what).click()
    ops.page.wait_for_load_state()
