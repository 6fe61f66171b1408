"""Small markets, made by the services as the pages would make them, at times before or after the real now."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mila.accounts.models import User
from orders import services as orders
from orders.models import Job, Offer, Order
from partners.models import Partner
from partners.reviews import mark_for_review
from ratings import services as ratings
from ratings.models import Rating, Side
from tests.factories import CompletedJobFactory, PartnerFactory, UserFactory, city, place, service


def in_days(days: float, hour: int = 8) -> datetime:
    """So many days from today, at a full hour (UTC) at which visits may begin."""
    day = timezone.now().astimezone(UTC) + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def new_partner(first_name: str = "Robin", **fields) -> Partner:
    return PartnerFactory.create(first_name=first_name, **fields)


def new_client(first_name: str = "Alex", **fields) -> User:
    return UserFactory.create(first_name=first_name, **fields)


def placed_order(
    client: User | None = None,
    *,
    slot_start: datetime | None = None,
    now: datetime | None = None,
    partner: Partner | None = None,
    is_drafted: bool = False,
) -> Order:
    return orders.place_order(
        client=client or new_client(),
        service=service(),
        city=city(),
        place=place(),
        street="Seestrasse 1",
        details="The router blinks red.",
        slot_start=slot_start or in_days(3),
        is_urgent=False,
        requested_partner=partner,
        submission_key=uuid4(),
        now=now or timezone.now(),
        is_drafted=is_drafted,
    )


def open_offer(partner: Partner | None = None, **options) -> Offer:
    asked = partner or new_partner()
    order = placed_order(partner=asked, **options)
    return Offer.objects.get(order=order, partner=asked)


def accepted_visit(partner: Partner | None = None, **options) -> Job:
    offer = open_offer(partner, **options)
    return orders.accept_offer(
        offer_id=offer.pk, partner=offer.partner, now=options.get("now") or timezone.now()
    )


def completed_visit(partner: Partner | None = None, client: User | None = None, days_ago: float = 2) -> Job:
    start = in_days(-days_ago)
    job = accepted_visit(partner, client=client, slot_start=start, now=start - timedelta(days=1))
    orders.check_in(job_id=job.pk, partner=job.partner, now=start)
    orders.check_out(job_id=job.pk, partner=job.partner, now=start + timedelta(hours=1))
    return Job.objects.select_related("order__client", "partner__user").get(pk=job.pk)


def published_ratings(
    job: Job | None = None, stars: int = 4, comment: str = "Friendly and quick."
) -> tuple[Rating, Rating]:
    """Both sides have rated: the client's rating and the partner's."""
    visit = job or completed_visit()
    assert visit.order is not None
    assert visit.partner.user is not None
    now = timezone.now()
    for author, words in ((visit.order.client, comment), (visit.partner.user, "Good coffee.")):
        ratings.submit_rating(job_id=visit.pk, author=author, stars=stars, comment=words, now=now)
    found = {
        rating.side: rating
        for rating in Rating.objects.filter(job=visit).select_related("job__partner__user", "author")
    }
    return found[Side.CLIENT], found[Side.PARTNER]


def page_text(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args), follow=True)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def with_history(partner: Partner, stars: int | None, jobs: int, *, ended_days_ago: float = 2) -> None:
    """Imported facts: so many completed jobs with these stars."""
    last = timezone.now() - timedelta(days=ended_days_ago)
    for number in range(jobs):
        CompletedJobFactory.create(
            partner=partner, accepted_at=last - timedelta(hours=3 * number), client_stars=stars
        )
    due_for_review(partner)


def due_for_review(partner: Partner) -> None:
    mark_for_review(partner_ids=[partner.pk], now=timezone.now() - timedelta(minutes=1))


def shown_in(summary: HttpResponse) -> dict[str, str]:
    """What the form of the summary sends along."""
    hidden = r'type="hidden" name="(submission_key|seen|price|arrival)" value="([^"]+)"'
    return dict(re.findall(hidden, summary.content.decode()))
