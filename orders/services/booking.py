"""A client books, and a client cancels."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.doorbell import ring
from mila.lib.locks import Busy, locking
from mila.lib.prepared import Prepared
from mila.lib.refusals import Refusal
from mila.lib.rows import insert_of, values_of
from mila.notifications.services import notify
from orders.models import Job, Order, Service
from orders.policy import JobState, OrderStatus, Outcome, client_may_cancel
from orders.schedule.wanted import Wanted
from orders.services.candidates import can_come
from orders.services.facts import record_outcome
from orders.services.searching import begin_search, search_until
from orders.services.steps import lock_order, move_job, move_order, slot_of, withdraw_open_offers
from partners.models import City, Partner, Place
from partners.services import lock_partner

# The order and the first row of its course.
KEEP = Prepared(f"""
WITH kept AS ({insert_of(Order)}
    ON CONFLICT (client_id, submission_key) DO NOTHING RETURNING id, status, client_id, booked_at)
INSERT INTO orders_ordertransition (order_id, old, new, actor_id, reason, at)
SELECT id, '', status, client_id, '', booked_at FROM kept RETURNING order_id""")  # noqa: S608 - of the model's columns
REFERENCE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
REFERENCE_LENGTH = 10
ATTEMPTS_TO_CANCEL = 5


class SlotInPast(Refusal):
    message = _("This time is already over. Please choose a later one.")


class WindowBackwards(Refusal):
    message = _("The latest arrival is before the earliest.")


class CityClosed(Refusal):
    message = _("Bookings in this city are closed at the moment.")


class PlaceNotServed(Refusal):
    message = _("This address is outside the city that you chose.")


class ServiceNotOffered(Refusal):
    message = _("This service is not offered at the moment.")


class PartnerUnavailable(Refusal):
    message = _("This person is not available at that time. Please choose another time or another person.")


class SubmissionChanged(Refusal):
    message = _("This form has already been sent with other details. Please start a new booking.")


class OrderNotCancellable(Refusal):
    message = _("This order can no longer be cancelled.")


class _PartnerAppeared(Exception):
    """Between looking and locking somebody accepted or left: begin again, in the right order of locks."""


def place_order(
    *,
    client: User,
    service: Service,
    city: City,
    place: Place,
    street: str,
    details: str,
    slot_start: datetime,
    arrives_until: datetime | None = None,
    is_urgent: bool,
    requested_partner: Partner | None,
    submission_key: UUID,
    now: datetime,
    is_drafted: bool = False,
) -> Order:
    """Book a service at today's price and ask partners. The same form sent twice gives the same order.

    `is_drafted`: of a draft that this transaction has locked, and whose arrival it has just found to be free. Then
    partners are asked by the sweep, which is called at once: the client need not wait for it.

    The visit begins at `slot_start`, or, with `arrives_until`, at some time between the two: whoever accepts, says
    when. Raises `SubmissionChanged` when the key was used for another booking, `SlotInPast`, `WindowBackwards`,
    `ServiceNotOffered`, `CityClosed`, `PlaceNotServed`, `PartnerUnavailable` (the requested partner) and `Busy`.
    """
    order = Order(
        reference=_new_reference(),
        submission_key=submission_key,
        client=client,
        city=city,
        service=service,
        requested_partner=requested_partner,
        is_urgent=is_urgent,
        slot=slot_of(service=service, slot_start=slot_start),
        arrival_window=_window(slot_start, arrives_until),
        street=street,
        postcode=place.postcode,
        town=place.name,
        latitude=place.latitude,
        longitude=place.longitude,
        details=details,
        price=service.price,
        currency=service.currency,
        booked_at=now,
        search_until=now,
    )
    order.search_until = search_until(order, stages=1 if requested_partner is None else 2, now=now)
    earlier = None if is_drafted else _sent_before(order)
    if earlier is not None:
        return earlier
    _refuse_unless_bookable(order, place, now)
    if is_drafted:
        # Nobody has been asked yet: whoever finds it so begins the search.
        order.next_wave_at = now
        earlier = _keep(order)
        ring("offers")
        return earlier or order
    if requested_partner is not None and not _can_come(requested_partner, order, now):
        raise PartnerUnavailable
    with locking():
        earlier = _keep(order)
        if earlier is None:
            begin_search(order, now=now)
    return earlier or order


def _keep(order: Order) -> Order | None:
    """Write a new order down; if another submission of the same was quicker, that order instead."""
    with connection.cursor() as cursor:
        KEEP.run(cursor, values_of(order))
        kept = cursor.fetchone()
    if kept is None:
        earlier = _sent_before(order)
        if earlier is None:
            raise IntegrityError(f"{order.submission_key}: neither kept nor sent before")
        return earlier
    (order.pk,) = kept
    return None


def cancel_order(*, order_id: int, client: User, now: datetime) -> None:
    """The client no longer wants it. A partner who had accepted is told, and nothing counts against them.

    Cancelling twice is once. Raises `OrderNotCancellable` (over, under way, or somebody else's) and `Busy`.
    """
    for _attempt in range(ATTEMPTS_TO_CANCEL):
        try:
            return _cancel(order_id, client, now)
        except _PartnerAppeared:
            continue
    raise Busy


def _cancel(order_id: int, client: User, now: datetime) -> None:
    with locking():
        partner_id = _partner_at_work(order_id)
        if partner_id is not None:
            lock_partner(partner_id=partner_id)
        order = lock_order(order_id)
        if _partner_at_work(order_id) != partner_id:
            raise _PartnerAppeared
        if order.client_id == client.pk and order.status == OrderStatus.CANCELLED:
            return
        if order.client_id != client.pk or not client_may_cancel(OrderStatus(order.status)):
            raise OrderNotCancellable
        withdraw_open_offers(order, actor=client, now=now)
        move_order(order, OrderStatus.CANCELLED, actor=client, now=now)
        if partner_id is not None:
            _release_partner(order, client, now)


def _partner_at_work(order_id: int) -> int | None:
    return Job.objects.alive().filter(order=order_id).values_list("partner_id", flat=True).first()


def _release_partner(order: Order, client: User, now: datetime) -> None:
    job = Job.objects.alive().select_related("partner__user").get(order=order)
    at = move_job(job, JobState.CLIENT_CANCELLED, actor=client, now=now)
    record_outcome(job=job, outcome=Outcome.CLIENT_CANCELLED, at=at)
    notify(
        recipient=job.partner.user,
        kind="order_cancelled",
        payload={"order_id": order.pk},
        key=f"order_cancelled:{job.pk}",
        now=now,
    )


def _sent_before(order: Order) -> Order | None:
    """The order of an earlier submission with this key, if it asked for the same."""
    earlier = Order.objects.filter(client=order.client, submission_key=order.submission_key).first()
    if earlier is not None and _request(earlier) != _request(order):
        raise SubmissionChanged
    return earlier


def _request(order: Order) -> tuple[object, ...]:
    return (
        order.service_id,
        order.city_id,
        order.requested_partner_id,
        order.arrives_from,
        order.arrives_until,
        order.street,
        order.postcode,
        order.town,
        order.details,
    )


def _refuse_unless_bookable(order: Order, place: Place, now: datetime) -> None:
    if order.arrives_until <= now:
        raise SlotInPast
    if not order.service.is_active:
        raise ServiceNotOffered
    if not order.city.is_open:
        raise CityClosed
    if place.city_id != order.city_id:
        raise PlaceNotServed


def _can_come(partner: Partner, order: Order, now: datetime) -> bool:
    return partner.user_id != order.client_id and can_come(partner, Wanted.of(order), now=now)


def _window(arrives_from: datetime, arrives_until: datetime | None) -> DateTimeTZRange | None:
    if arrives_until is None or arrives_until == arrives_from:
        return None
    if arrives_until < arrives_from:
        raise WindowBackwards
    return DateTimeTZRange(arrives_from, arrives_until, "[]")


def _new_reference() -> str:
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))
