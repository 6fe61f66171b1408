"""A client's orders at a glance, whom to book again, and the addresses kept for the next booking."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Case, DateTimeField, F, Func, Value, When
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.locks import locking
from mila.lib.prepared import Prepared
from mila.lib.refusals import Refusal
from orders.clients.policy import AGREED, COMING, MOST_ADDRESSES, is_wanted_again, week_after
from orders.models import ClientAddress, Order
from orders.models.address import ClientAddressQuerySet
from orders.models.order import OrderQuerySet
from orders.policy import OrderStatus, Outcome
from partners.models import City, Partner, Place


class TooManyAddresses(Refusal):
    message = _("You have %(most)s addresses already. Please remove one that you no longer need.")


class AddressKnown(Refusal):
    message = _("You have this address already.")


# --- Orders -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is ahead: visits agreed for the rest of this week, the next one of all, and searches that still run."""

    this_week: int
    next_visit: Order | None
    searching: int


def outlook_of(client: User, *, now: datetime) -> Outlook:
    """From the beginning of the client's own day on, so that a visit under way is still one of today."""
    mine = Order.objects.for_client(client)
    zone = ZoneInfo(client.time_zone)
    today = now.astimezone(zone).date()
    begin, end = (datetime.combine(day, time(), zone) for day in (today, week_after(today)))
    ahead = mine.filter(status__in=AGREED, slot__startswith__gte=begin)
    return Outlook(
        this_week=ahead.filter(slot__startswith__lt=end).count(),
        next_visit=ahead.select_related("service", "city").order_by("slot", "id").first(),
        searching=mine.filter(status=OrderStatus.SEARCHING, slot__startswith__gte=begin).count(),
    )


def coming_first(orders: OrderQuerySet) -> OrderQuerySet:
    """What is to come, the next first; then what is past, the latest first. With `is_past`."""
    begins = Func(F("slot"), function="lower", output_field=DateTimeField())
    is_coming = When(status__in=COMING, then=begins)
    return orders.annotate(
        is_past=Case(When(status__in=COMING, then=Value(False)), default=Value(True))
    ).order_by("is_past", Case(is_coming, output_field=DateTimeField()), begins.desc(), "-id")


def partner_again(order: Order) -> Partner | None:
    """Who is meant by "the same again"; nobody in particular where the visit came to nothing for another reason."""
    status = OrderStatus(order.status)
    job = order.jobs.select_related("partner__standing").order_by("-accepted_at", "-id").first()
    if job is not None:
        outcome = None if job.outcome is None else Outcome(job.outcome)
        return job.partner if is_wanted_again(status, outcome) else None
    return order.requested_partner if is_wanted_again(status, None) else None


def place_of(order: Order) -> Place | None:
    """Where it was, if mila still knows the place and still goes there."""
    return Place.objects.filter(postcode=order.postcode, name=order.town, city=order.city_id).first()


# The street is the same whatever its case, as the constraint counts it.
_REMEMBER = Prepared("""
WITH mine AS (SELECT count(*) AS number FROM orders_clientaddress WHERE client_id = %(client)s),
used AS (
    UPDATE orders_clientaddress SET last_used_at = %(now)s
     WHERE client_id = %(client)s AND place_id = %(place)s AND lower(street) = lower(%(street)s)
    RETURNING id
)
INSERT INTO orders_clientaddress (client_id, label, street, place_id, is_default, last_used_at)
SELECT %(client)s, '', %(street)s, %(place)s, mine.number = 0, %(now)s
  FROM mine WHERE mine.number < %(most)s AND NOT EXISTS (SELECT FROM used)
    ON CONFLICT DO NOTHING""")


# --- Addresses ----------------------------------------------------------------------------------------------


def addresses_of(client: User, *, city: City | None = None) -> ClientAddressQuerySet:
    """The likeliest first, each with its place and the city that serves it; with `city`, only those served from it."""
    mine = ClientAddress.objects.of_client(client).likeliest_first().select_related("place__city")
    return mine if city is None else mine.filter(place__city=city)


def remember_address(*, client: User, street: str, place: Place, now: datetime) -> None:
    """Note that a booking has used this address. A new one is kept while there is room; otherwise nothing happens.

    One statement, under the lock of the client that the caller holds.
    """
    with connection.cursor() as cursor:
        _REMEMBER.run(
            cursor,
            {"client": client.pk, "street": street, "place": place.pk, "now": now, "most": MOST_ADDRESSES},
        )


def add_address(*, client: User, label: str, street: str, place: Place) -> ClientAddress:
    """The first is the default one. Raises `TooManyAddresses`, `AddressKnown` and `Busy`."""
    with locking(row=client):
        count = ClientAddress.objects.of_client(client).count()
        if count >= MOST_ADDRESSES:
            raise TooManyAddresses(most=MOST_ADDRESSES)
        if _same(client, street, place).exists():
            raise AddressKnown
        return ClientAddress.objects.create(
            client=client, label=label, street=street, place=place, is_default=count == 0
        )


def change_address(*, client: User, address_id: int, label: str, street: str, place: Place) -> None:
    """Orders that used it keep what they had. Raises `AddressKnown` and `Busy`; gone meanwhile: nothing happens."""
    with locking(row=client):
        if _same(client, street, place).exclude(pk=address_id).exists():
            raise AddressKnown
        mine = ClientAddress.objects.of_client(client).filter(pk=address_id)
        mine.update(label=label, street=street, place=place)


def remove_address(*, client: User, address_id: int) -> None:
    """Removing twice is once. Raises `Busy`."""
    with locking(row=client):
        ClientAddress.objects.of_client(client).filter(pk=address_id).delete()


def make_default(*, client: User, address_id: int) -> None:
    """From now on this one is proposed first; one that is gone meanwhile changes nothing. Raises `Busy`."""
    with locking(row=client):
        mine = ClientAddress.objects.of_client(client)
        if mine.filter(pk=address_id).exists():
            mine.filter(is_default=True).update(is_default=False)
            mine.filter(pk=address_id).update(is_default=True)


def _same(client: User, street: str, place: Place) -> ClientAddressQuerySet:
    """The same street whatever its case, as the constraint counts it."""
    mine = ClientAddress.objects.of_client(client).filter(place=place)
    return mine.annotate(lower_street=Lower("street")).filter(lower_street=Lower(Value(street)))
