"""Jobs waiting for the client's rating, of partners with histories of different lengths."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bench import market
from compliance.services import review_due
from mila.accounts.models import User
from orders.models import Job, Order, PartnerTally, Service
from orders.policy import OrderStatus, Outcome
from partners.models import City, Partner
from partners.policy import PartnerStatus
from ratings.services import submit_rating

RATED_HISTORIES = (50, 5_000, 50_000)
CITY = "zurich"


class Exchange:
    """A partner with `history` completed jobs and `ratings` more that the partner has rated and the client has not."""

    def __init__(self, *, history: int, ratings: int) -> None:
        self.history = history
        city = City.objects.get(slug=CITY)
        self.client = User.objects.create_user(f"client{history}@example.org")
        user = User.objects.create_user(f"partner{history}@example.org")
        self.partner = Partner.objects.create(
            reference=f"rated-{history}",
            user=user,
            city=city,
            status=PartnerStatus.ACTIVE,
            joined_at=market.BEGINNING,
        )
        market.build_long_history(partner_id=self.partner.pk, jobs=history)
        self.jobs = [self._completed_job(city, number) for number in range(ratings)]
        PartnerTally.objects.create(
            partner=self.partner,
            accepted=history + ratings,
            latest_fact_at=market.END + timedelta(days=1),
            last_accepted_at=market.END + timedelta(days=1),
        )
        for job in self.jobs:
            submit_rating(
                job_id=job.pk,
                author=user,
                stars=5,
                comment="",
                now=market.END + timedelta(days=1),
            )

    def rate_and_review(self, number: int) -> None:
        """The client rates, both ratings are published, and the review writes the new standing."""
        now = market.NOW + timedelta(days=1, minutes=number)
        submit_rating(job_id=self.jobs[number].pk, author=self.client, stars=4, comment="Good.", now=now)
        reviewed = review_due(now=now, limit=1)
        assert reviewed == 1, reviewed

    def _completed_job(self, city: City, number: int) -> Job:
        start = market.END + timedelta(minutes=number)
        slot = DateTimeTZRange(start, start + timedelta(seconds=30))
        order = Order.objects.create(
            reference=f"B{self.history:06d}{number:03d}",
            submission_key=uuid4(),
            client=self.client,
            city=city,
            service=Service.objects.get(slug="home-wifi"),
            slot=slot,
            street="",
            postcode="8001",
            town="Zürich",
            latitude=city.latitude,
            longitude=city.longitude,
            price=Decimal("89.00"),
            status=OrderStatus.COMPLETED,
            booked_at=market.END,
            search_until=start,
        )
        return Job.objects.create(
            partner=self.partner,
            order=order,
            accepted_at=market.END,
            slot=slot,
            outcome=Outcome.COMPLETED,
            outcome_at=market.END + timedelta(minutes=number + 1),
        )
