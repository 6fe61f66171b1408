"""Rows for tests, in few words: `PartnerFactory.create(skills=["tv"])`. Cities, skills and services are the
launch data, found by slug.

Factories write rows as they stand, without transitions, tallies or messages; what must be consistent with the
rest of the market is made by the services. Times hang on `NOW`, a Monday morning in summer.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory, Password
from factory.helpers import post_generation

from billing import reference as billing_reference
from compliance import reference as compliance_reference
from mila.accounts.models import User
from orders import reference as orders_reference
from orders.models import Job, Offer, Order, Service
from orders.policy import OfferStatus, OrderStatus, Outcome
from partners import reference as partners_reference
from partners.models import City, Partner, Place, Skill
from partners.policy import PartnerStatus

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PASSWORD = "a-long-enough-password"


def load_launch_data() -> None:
    """The rows of the first migrations again, when a test with real transactions has emptied the tables."""
    for reference in (partners_reference, orders_reference, compliance_reference, billing_reference):
        reference.load(apps)


def city(slug: str = "zurich") -> City:
    return City.objects.get(slug=slug)


def service(slug: str = "home-wifi") -> Service:
    return Service.objects.select_related("skill").get(slug=slug)


def place(postcode: str = "8001") -> Place:
    found = Place.objects.filter(postcode=postcode).order_by("pk").first()
    assert found is not None
    return found


def slot(start: datetime = NOW + timedelta(days=2), minutes: int = 60) -> DateTimeTZRange:
    return DateTimeTZRange(start, start + timedelta(minutes=minutes))


class UserFactory(DjangoModelFactory[User]):
    """A client: someone who can log in and is nothing else."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = Sequence(lambda n: f"person{n}@example.org")
    first_name = "Alex"
    language = "en"
    password = Password(PASSWORD)


class OpsFactory(UserFactory):
    email = Sequence(lambda n: f"ops{n}@example.org")
    is_staff = True


class PartnerFactory(DjangoModelFactory[Partner]):
    """An active partner in Zürich with a login; `skills=["tv"]` by slug, every skill if not given."""

    class Meta:
        model = Partner
        skip_postgeneration_save = True

    reference = Sequence(lambda n: f"partner-{n:06d}")
    user = SubFactory(UserFactory)
    city = LazyFunction(city)
    status = PartnerStatus.ACTIVE
    first_name = "Robin"
    languages = LazyFunction(lambda: ["de", "en"])
    latitude = SelfAttribute("city.latitude")
    longitude = SelfAttribute("city.longitude")
    joined_at = LONG_AGO

    @post_generation
    def skills(self: Partner, create: bool, extracted: list[str] | None, **_kwargs: Any) -> None:
        if create:
            known = Skill.objects.all()
            self.skills.set(known if extracted is None else known.filter(slug__in=extracted))


class OrderFactory(DjangoModelFactory[Order]):
    """A searching order for home Wi-Fi in Zürich, two days from `NOW`."""

    class Meta:
        model = Order

    reference = Sequence(lambda n: f"T{n:08d}")
    submission_key = LazyFunction(uuid4)
    client = SubFactory(UserFactory)
    city = LazyFunction(city)
    service = LazyFunction(service)
    slot = LazyFunction(slot)
    street = "Seestrasse 1"
    postcode = "8001"
    town = "Zürich"
    latitude = SelfAttribute("city.latitude")
    longitude = SelfAttribute("city.longitude")
    price = Decimal("89.00")
    status = OrderStatus.SEARCHING
    booked_at = NOW
    search_until = LazyAttribute(lambda order: order.slot.lower - timedelta(minutes=30))


class OfferFactory(DjangoModelFactory[Offer]):
    class Meta:
        model = Offer

    order = SubFactory(OrderFactory)
    partner = SubFactory(PartnerFactory)
    status = OfferStatus.OPEN
    offered_at = NOW
    expires_at = NOW + timedelta(hours=12)


class JobFactory(DjangoModelFactory[Job]):
    """A fact without an order, as imported; give `outcome`, `outcome_at`, `client_stars` …"""

    class Meta:
        model = Job

    partner = SubFactory(PartnerFactory)
    accepted_at = NOW


class CompletedJobFactory(JobFactory):
    """Completed two hours after its acceptance; with `client_stars`, published an hour later."""

    outcome = Outcome.COMPLETED
    outcome_at = LazyAttribute(lambda job: job.accepted_at + timedelta(hours=2))
    stars_published_at = LazyAttribute(
        lambda job: job.outcome_at + timedelta(hours=1) if getattr(job, "client_stars", None) else None
    )


class BookedJobFactory(JobFactory):
    """An accepted job of a confirmed order of the same slot."""

    order = SubFactory(OrderFactory, status=OrderStatus.CONFIRMED)
    slot = SelfAttribute("order.slot")
