"""Orders and offers to race for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from mila.accounts.models import User
from orders import services
from orders.models import Job, Offer, Order, OrderTransition
from partners.models import Partner
from tests import factories
from tests.factories import NOW

START = NOW + timedelta(days=2)


def booking(client: User, *, slot_start: datetime = START, **changes: Any) -> dict[str, Any]:
    """The arguments of `place_order`."""
    return {
        "client": client,
        "service": factories.service(),
        "city": factories.city(),
        "place": factories.place(),
        "street": "Seestrasse 1",
        "details": "",
        "slot_start": slot_start,
        "is_urgent": False,
        "requested_partner": None,
        "submission_key": uuid4(),
        "now": NOW,
    } | changes


def orders_for(partner: Partner, client: User, starts: Sequence[datetime]) -> list[Offer]:
    """One searching order per start, each offered to this partner alone; written at once, as they may be many."""
    service, city = factories.service(), factories.city()
    orders = Order.objects.bulk_create(
        factories.OrderFactory.build(
            client=client,
            city=city,
            service=service,
            slot=services.slot_of(service=service, slot_start=start),
            requested_partner=partner,
        )
        for start in starts
    )
    OrderTransition.objects.bulk_create(
        OrderTransition(order=order, old="", new=order.status, actor=client, at=NOW) for order in orders
    )
    return Offer.objects.bulk_create(
        Offer(order=order, partner=partner, offered_at=NOW, expires_at=NOW + timedelta(hours=12))
        for order in orders
    )


def offer_to_all(order: Order, partners: Sequence[Partner]) -> list[Offer]:
    """Offer a searching order to more partners than would be asked at once."""
    asked = set(order.offers.values_list("partner_id", flat=True))
    Offer.objects.bulk_create(
        Offer(order=order, partner=partner, offered_at=NOW, expires_at=NOW + timedelta(hours=12))
        for partner in partners
        if partner.pk not in asked
    )
    return list(Offer.objects.filter(order=order).select_related("partner").order_by("pk"))


def completed_job(client: User, partner: Partner, start: datetime = START) -> Job:
    (offer,) = orders_for(partner, client, [start])
    job = services.accept_offer(offer_id=offer.pk, partner=partner, now=NOW)
    services.check_in(job_id=job.pk, partner=partner, now=start)
    services.check_out(job_id=job.pk, partner=partner, now=start)
    return job
