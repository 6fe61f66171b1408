"""What happens between the scenes that are played in the browser, by the services, at the story's own times."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from compliance.tasks import review_due_partners
from mila.accounts.models import User
from mila.notifications.models import Notification
from mila.tasks import send_notifications
from orders import services as orders
from orders.models import Job
from partners.models import Partner
from ratings import services as ratings
from tests.factories import place, service


def the_house_catches_up() -> None:
    """What the worker does by itself within seconds: reviews who has new facts, and sends every mail that is due."""
    review_due_partners()
    while Notification.objects.filter(sent_at=None, dead_at=None, due_at__lte=timezone.now()).exists():
        send_notifications()


def works(partner: Partner, buyer: User, first: datetime, stars: list[int]) -> None:
    """Jobs done and rated by both, ten a day, from `first` on; reviewed only later."""
    assert partner.user is not None
    for number, given in enumerate(stars):
        start = first + timedelta(days=number // 10, minutes=75 * (number % 10))
        job = done(partner, buyer, start)
        for author, value in ((buyer, given), (partner.user, 5)):
            ratings.submit_rating(
                job_id=job.pk, author=author, stars=value, comment="", now=start + timedelta(hours=2)
            )


def done(partner: Partner, buyer: User, start: datetime) -> Job:
    """A job of an hour, booked and accepted on the same day."""
    job = accepted(partner, buyer, start)
    orders.check_in(job_id=job.pk, partner=partner, now=start)
    orders.check_out(job_id=job.pk, partner=partner, now=start + timedelta(hours=1))
    return job


def accepted(partner: Partner, buyer: User, start: datetime) -> Job:
    order = orders.place_order(
        client=buyer,
        service=service(),
        city=partner.city,
        place=place("4051"),
        street="Rheingasse 3",
        details="",
        slot_start=start,
        is_urgent=False,
        requested_partner=partner,
        submission_key=uuid4(),
        now=start - timedelta(hours=6),
    )
    offer = order.offers.get()
    return orders.accept_offer(offer_id=offer.pk, partner=partner, now=start - timedelta(hours=5))
