"""C12: advice near the limit, warnings below it, then the loss of access; each told once, with its reasons."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from compliance.models import Notice, Sanction
from mila.accounts.models import User
from partners.models import Partner
from ratings import services as ratings
from tests.factories import PartnerFactory, UserFactory, city
from tests.journeys.conftest import Clock, Meet, Person
from tests.journeys.stories import done, the_house_catches_up, works

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("language", "width"), [("de", 390), ("fr", 1280)])
def test_from_fine_to_suspension_by_ratings_alone(language: str, width: int, clock: Clock, meet: Meet):
    partner = PartnerFactory.create(first_name="Ueli", city=city("basel"), user__language=language)
    buyer = UserFactory.create(first_name="Vreni", language=language)
    worker = meet(language, width, partner.user, name="partner")
    client = meet(language, width, buyer, name="client")
    began = timezone.now()
    works(partner, buyer, began - timedelta(days=30), [5] * 10 + [4] * 9)

    # 20 ratings, 4.50: nothing to say
    clock.set_to(began)
    _rated_in_browser(client, partner, 4)
    worker.go("/partner/standing")
    worker.reads_heading("You are well within the limits of %(city)s", city="Basel")
    assert not Notice.objects.exists()

    # 30 ratings, 4.33: advice
    clock.set_to(began + timedelta(days=5))
    _log_in_again(worker, client)
    works(partner, buyer, began + timedelta(days=1), [4] * 9)
    _rated_in_browser(client, partner, 4)
    worker.go("/partner")
    worker.sees("Advice: your average is close to the minimum")
    worker.shoot("advice-dashboard")
    worker.go("/partner/standing")
    worker.reads_heading("You are close to a limit of %(city)s", city="Basel")
    worker.shoot("advice-standing")

    # 41 ratings, below 4.20, two weeks and ten jobs later: a warning
    clock.set_to(began + timedelta(days=25))
    _log_in_again(worker, client)
    works(partner, buyer, began + timedelta(days=20), [3] * 10)
    _rated_in_browser(client, partner, 3)
    worker.go("/partner")
    worker.sees("Warning: your average is below the minimum")
    worker.follow("The reasons in full")
    worker.sees("Jobs counted")
    worker.shoot("warning-statement")

    # still below: the second notice has been given, so access ends
    clock.set_to(began + timedelta(days=45))
    _log_in_again(worker, client)
    works(partner, buyer, began + timedelta(days=40), [4] * 10)
    _rated_in_browser(client, partner, 3)
    worker.go("/partner")
    worker.reads_heading("You are suspended at the moment")
    worker.shoot("suspended-dashboard")
    worker.go("/partner/standing")
    worker.sees("You see it differently?")
    expect(worker.page.locator("article.notice")).to_have_count(3)
    worker.shoot("suspended-standing")
    client.go("/search?service=home-wifi&place=4051+Basel")
    expect(client.page.locator("article.partner")).to_have_count(0)

    assert [notice.kind for notice in Notice.objects.order_by("issued_at")] == ["advice", "warning"]
    assert Sanction.objects.get().kind == "suspension"
    told = [message.subject for message in mail.outbox if message.to == [partner.user.email]]
    for title in (
        "Advice: your average is close to the minimum",
        "Warning: your average is below the minimum",
    ):
        assert told.count(worker.say(title)) == 1, told


def _log_in_again(worker: Person, client: Person) -> None:
    """Weeks have passed; sessions last two."""
    worker.log_in(User.objects.get(first_name="Alex"))
    client.log_in(User.objects.get(first_name="Vreni"))


def _rated_in_browser(client: Person, partner: Partner, stars: int) -> None:
    """The last job is rated by the partner before and by the client in the browser; then the review runs."""
    job = done(partner, User.objects.get(first_name="Vreni"), timezone.now() - timedelta(hours=3))
    assert job.order is not None
    ratings.submit_rating(
        job_id=job.pk, author=partner.user, stars=5, comment="", now=timezone.now() - timedelta(hours=1)
    )
    client.go(f"/orders/{job.order.reference}/rate")
    client.page.locator(f".star-input label:has(input[value='{stars}'])").click()
    client.press("Send the rating")
    client.sees("Thank you. You have both rated, so both ratings are published now.")
    the_house_catches_up()
