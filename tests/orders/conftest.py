"""A small market that plays through the services: one client, partners in Zürich, and the usual booking."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from mila.accounts.models import User
from orders import services
from orders.models import Job, Offer, Order
from partners.models import Partner
from tests import factories
from tests.factories import NOW

START = NOW + timedelta(days=2)


@pytest.fixture
def client_user(db: None) -> User:
    return factories.UserFactory.create()


@pytest.fixture
def ops(db: None) -> User:
    return factories.OpsFactory.create()


@pytest.fixture
def partner(db: None) -> Partner:
    return factories.PartnerFactory.create()


def book(client: User, **changes: Any) -> Order:
    """Home Wi-Fi at the Zürich lake, two days from now."""
    request: dict[str, Any] = {
        "client": client,
        "service": factories.service(),
        "city": factories.city(),
        "place": factories.place(),
        "street": "Seestrasse 1",
        "details": "",
        "slot_start": START,
        "is_urgent": False,
        "requested_partner": None,
        "submission_key": uuid4(),
        "now": NOW,
    }
    return services.place_order(**(request | changes))


def accept(order: Order, partner: Partner, now: datetime = NOW) -> Job:
    offer = Offer.objects.get(order=order, partner=partner, status="open")
    return services.accept_offer(offer_id=offer.pk, partner=partner, now=now)


@pytest.fixture
def job(client_user: User, partner: Partner) -> Job:
    """Booked and accepted."""
    return accept(book(client_user), partner)


@pytest.fixture
def checked_in(job: Job, partner: Partner) -> Job:
    services.check_in(job_id=job.pk, partner=partner, now=START)
    job.refresh_from_db()
    return job
