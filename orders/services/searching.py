"""Who can do an order, who is asked, and what happens when nobody answers.

Everything here works under the lock of the order and takes no other lock: whoever needs a partner locked has
locked that partner before the order, as `offer_to` does.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

import structlog
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.arrays import any_of
from mila.lib.geo import Point
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.notifications.services import Draft, notify, notify_many
from orders.models import Job, Offer, Order, Service
from orders.policy import (
    OFFERS_AT_ONCE,
    OfferStatus,
    OrderStatus,
    SearchStep,
    response_deadline,
    search_deadline,
    search_step,
)
from orders.schedule.services import fitting, misfits
from orders.services.steps import lock_order, move_offers, move_order
from partners.models import City, Partner, PartnerQuerySet
from partners.services import lock_partner

logger = structlog.get_logger(__name__)

# Rows of one sweep; what is left over is for the next one, seconds later.
SWEEP_LIMIT = 1000
# Nobody turns over more pages, and nobody asks more partners about one order.
MOST_LOOKED_AT = 300


def candidates(
    *,
    service: Service,
    city: City,
    slot: DateTimeTZRange,
    latitude: float,
    longitude: float,
    now: datetime,
    exclude_ids: Iterable[int] = (),
) -> PartnerQuerySet:
    """Partners who may, can and have time to do a job there and then (C2), best first. Nobody for a past slot.

    Of those who have no visit at that time the best are looked at more closely: hours, days off, and the ways from
    the visit before and to the one after.
    """
    if slot.lower is None or slot.lower <= now:
        return Partner.objects.none()
    busy = Job.objects.alive().filter(partner=OuterRef("pk"), slot__overlap=slot)
    able = able_partners(service=service, city=city, latitude=latitude, longitude=longitude)
    not_busy = able.exclude(pk__in=list(exclude_ids)).filter(~Exists(busy)).best_first()
    looked_at = list(not_busy[:MOST_LOOKED_AT])
    return not_busy.filter(
        any_of("id", fitting(looked_at, city=city, slot=slot, at=Point(latitude, longitude)))
    )


def able_partners(*, service: Service, city: City, latitude: float, longitude: float) -> PartnerQuerySet:
    """Partners who may and can do a job there, at whatever time."""
    able = Partner.objects.able_to_work().in_city(city).with_skill(service.skill_id)
    return able.reaching(latitude, longitude)


def begin_search(order: Order, *, now: datetime) -> None:
    """Ask the requested partner alone, or else the best candidates. The order is new."""
    if order.requested_partner is not None:
        _offer_to([order.requested_partner], order, now=now)
    else:
        search_on(order, now=now)


def search_again(order: Order, *, actor: User | None, reason: str, now: datetime) -> None:
    """A partner has left a locked order for which there is time: look for somebody else."""
    order.search_until = search_deadline(slot_start=order.starts_at, now=now)
    order.save(update_fields=["search_until"])
    move_order(order, OrderStatus.SEARCHING, actor=actor, reason=reason, now=now)
    search_on(order, now=now)


def search_on(order: Order, *, now: datetime) -> None:
    """Do what a locked, searching order needs: wait, ask the next candidates, or give up and tell the client."""
    has_open_offers = _open_offers(order).exists()
    found = [] if has_open_offers else list(_not_asked_yet(order, now=now)[:OFFERS_AT_ONCE])
    step = search_step(
        has_open_offers=has_open_offers,
        has_candidates=bool(found),
        search_until=order.search_until,
        now=now,
    )
    if step is SearchStep.ASK:
        _offer_to(found, order, now=now)
    elif step is SearchStep.GIVE_UP:
        _give_up(order, now=now)


class NotOfferable(Refusal):
    message = _("This order can no longer be offered to this partner.")


def offer_to(*, order_id: int, partner_id: int, arrives_at: datetime, now: datetime) -> Offer:
    """Ask one partner besides those who are asked already; an open offer to them is given back as it is.

    A flexible order that nobody else is being asked about is planned for `arrives_at`; otherwise its time stays.
    Raises `NotOfferable` (over, no longer searching, they said no, or it does not fit their day) and `Busy`.
    """
    with locking():
        partner = lock_partner(partner_id=partner_id)
        order = lock_order(order_id)
        asked = Offer.objects.filter(order=order).exclude(status=OfferStatus.WITHDRAWN)
        earlier = asked.filter(partner=partner).first()
        if earlier is not None and earlier.status == OfferStatus.OPEN and now < earlier.expires_at:
            return earlier
        if (
            not asked.filter(status=OfferStatus.OPEN).exists()
            and order.arrives_from <= arrives_at <= order.arrives_until
        ):
            order.slot = DateTimeTZRange(arrives_at, arrives_at + (order.ends_at - order.starts_at))
        place = Point(order.latitude, order.longitude)
        able = able_partners(
            service=order.service, city=order.city, latitude=place.latitude, longitude=place.longitude
        )
        if (
            earlier is not None
            or order.status != OrderStatus.SEARCHING
            or now >= min(order.search_until, order.starts_at)
            or order.client_id == partner.user_id
            or not able.filter(pk=partner_id).exists()
            or misfits([partner], city=order.city, slot=order.slot, at=place)[partner_id] is not None
        ):
            raise NotOfferable
        order.save(update_fields=["slot"])
        _offer_to([partner], order, now=now)
        return asked.get(partner=partner)


def withdraw_open_offers(order: Order, *, actor: User | None, now: datetime) -> None:
    """The order has found its partner or its end: nobody else can accept it any more. The order is locked."""
    move_offers(list(_open_offers(order)), OfferStatus.WITHDRAWN, actor=actor, now=now)


def withdraw_offers_of(*, partner: Partner, now: datetime) -> None:
    """A locked partner may not work any more: take back the offers made, and ask others where that is needed."""
    asked = Offer.objects.for_partner(partner).filter(status=OfferStatus.OPEN)
    with locking():
        for order_id in sorted(asked.values_list("order_id", flat=True)):
            order = lock_order(order_id)
            move_offers(list(asked.filter(order=order)), OfferStatus.WITHDRAWN, actor=None, now=now)
            if order.status == OrderStatus.SEARCHING:
                search_on(order, now=now)


# --- Sweeps -------------------------------------------------------------------------------------------------


def lapse_offers(*, now: datetime) -> int:
    """End the offers whose deadline has passed and ask the next candidates; returns how many offers lapsed.

    Nothing is held against a partner who did not answer (C1).
    """
    overdue = Offer.objects.overdue(now).order_by("expires_at", "pk").values_list("order_id", flat=True)
    return _sweep(overdue[:SWEEP_LIMIT], _lapse_offers_of, now=now)


def expire_orders(*, now: datetime) -> int:
    """End the searches whose time is over; returns how many orders expired."""
    overdue = Order.objects.searching().filter(search_until__lte=now).order_by("search_until", "pk")
    return _sweep(overdue.values_list("pk", flat=True)[:SWEEP_LIMIT], _expire, now=now)


def _sweep(order_ids: Iterable[int], act: Callable[[Order, datetime], int], *, now: datetime) -> int:
    """One short transaction per order. An order that somebody holds, or that fails, waits for the next sweep."""
    done = 0
    for order_id in dict.fromkeys(order_ids):
        try:
            with locking():
                order = (
                    Order.objects.searching()
                    .select_for_update(skip_locked=True, no_key=True)
                    .filter(pk=order_id)
                    .first()
                )
                done += act(order, now) if order is not None else 0
        except Exception as error:
            # Of whatever kind: one order must not keep the others waiting.
            logger.exception("order_not_swept", order_id=order_id, error=type(error).__name__)
    return done


def _lapse_offers_of(order: Order, now: datetime) -> int:
    overdue = list(Offer.objects.overdue(now).filter(order=order).order_by("pk"))
    move_offers(overdue, OfferStatus.LAPSED, actor=None, now=now)
    search_on(order, now=now)
    return len(overdue)


def _expire(order: Order, now: datetime) -> int:
    if now < order.search_until:
        return 0
    _give_up(order, now=now)
    return 1


# --- Steps --------------------------------------------------------------------------------------------------


def _open_offers(order: Order) -> QuerySet[Offer]:
    return Offer.objects.filter(order=order, status=OfferStatus.OPEN).order_by("pk")


def _not_asked_yet(order: Order, *, now: datetime) -> PartnerQuerySet:
    """Candidates who have not had the chance to answer; an offer that was withdrawn gave none."""
    asked = Offer.objects.filter(order=order).exclude(status=OfferStatus.WITHDRAWN)
    found = candidates(
        service=order.service,
        city=order.city,
        slot=order.slot,
        latitude=order.latitude,
        longitude=order.longitude,
        now=now,
        exclude_ids=asked.values_list("partner_id", flat=True),
    )
    # Nobody comes to their own door.
    return found.exclude(user=order.client_id).select_related("user")


def _offer_to(chosen: Collection[Partner], order: Order, *, now: datetime) -> None:
    expires_at = response_deadline(
        is_urgent=order.is_urgent, slot_start=order.starts_at, search_until=order.search_until, now=now
    )
    offers = Offer.objects.bulk_create(
        Offer(order=order, partner=partner, offered_at=now, expires_at=expires_at) for partner in chosen
    )
    drafts = [
        Draft(offer.partner.user, "offer_received", f"offer_received:{offer.pk}", {"offer_id": offer.pk})
        for offer in offers
    ]
    notify_many(drafts=drafts, now=now)


def _give_up(order: Order, *, now: datetime) -> None:
    withdraw_open_offers(order, actor=None, now=now)
    move_order(order, OrderStatus.EXPIRED, actor=None, now=now)
    notify(
        recipient=order.client,
        kind="order_expired",
        payload={"order_id": order.pk},
        key=f"order_expired:{order.pk}",
        now=now,
    )
