"""The only places where the state of an order, an offer or a job is written: by the tables, each step a row."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.refusals import Refusal
from mila.lib.transitions import require_transition
from mila.lib.watching import tell_watchers
from orders.models import (
    HandOver,
    Job,
    JobTransition,
    Offer,
    OfferTransition,
    Order,
    OrderTransition,
    Service,
)
from orders.policy import (
    HAND_OVER_TRANSITIONS,
    JOB_TRANSITIONS,
    OFFER_TRANSITIONS,
    ORDER_TRANSITIONS,
    HandOverStatus,
    JobState,
    OfferStatus,
    OrderStatus,
    Outcome,
)
from orders.visits.steps import close_what_is_open


class ReasonMissing(Refusal):
    message = _("Please give the reason.")


# What an open hand-over comes to when its order ends so.
ENDS_OF_HAND_OVERS = {
    OrderStatus.EXPIRED: HandOverStatus.NOT_FOUND,
    OrderStatus.FAILED: HandOverStatus.NOT_FOUND,
    OrderStatus.CANCELLED: HandOverStatus.WITHDRAWN,
}


def require_reason(reason: str) -> str:
    """The reason without the space around it; raises `ReasonMissing` if nothing is left."""
    stripped = reason.strip()
    if not stripped:
        raise ReasonMissing
    return stripped


def slot_of(*, service: Service, slot_start: datetime) -> DateTimeTZRange:
    """From the arrival to the planned end, [start, start + duration)."""
    return DateTimeTZRange(slot_start, slot_start + timedelta(minutes=service.duration_minutes))


def lock_order(order_id: int) -> Order:
    """The order as it is now, locked; its offers and the status of its jobs belong to whoever holds it.

    A transaction that needs a partner, too, has locked that partner before. Whoever holds an order changes it, or what
    hangs on it: the pages that show it are told after the commit.
    """
    tell_watchers("order", order_id)
    return Order.objects.select_for_update(no_key=True).get(pk=order_id)


def move_order(
    order: Order, new: OrderStatus, *, actor: User | None, now: datetime, reason: str = ""
) -> None:
    """Move a locked order. Raises `IllegalTransition`."""
    old = OrderStatus(order.status)
    require_transition(ORDER_TRANSITIONS, old, new)
    order.status = new
    if new is not OrderStatus.SEARCHING:
        order.next_wave_at = None
        if order.replacement_for_id is not None:
            withdraw_open_offers(order, actor=None, now=now)
    if new in ENDS_OF_HAND_OVERS:
        waiting = HandOver.objects.in_queue().filter(job__order=order)
        for asked in waiting.exclude(status=ENDS_OF_HAND_OVERS[new]):
            end_hand_over(asked, ENDS_OF_HAND_OVERS[new], actor=actor, now=now)
    order.replacement_for = None
    order.save(update_fields=["status", "next_wave_at", "replacement_for"])
    OrderTransition.objects.create(order=order, old=old, new=new, actor=actor, reason=reason, at=now)


def move_offers(
    offers: Sequence[Offer], new: OfferStatus, *, actor: User | None, now: datetime, reason: str = ""
) -> None:
    """Move offers of locked orders. Raises `IllegalTransition`, and then moves none."""
    rows = []
    for offer in offers:
        old = OfferStatus(offer.status)
        require_transition(OFFER_TRANSITIONS, old, new)
        rows.append(OfferTransition(offer=offer, old=old, new=new, actor=actor, reason=reason, at=now))
    for offer in offers:
        offer.status, offer.answered_at = new, now
    Offer.objects.filter(pk__in=[offer.pk for offer in offers]).update(status=new, answered_at=now)
    OfferTransition.objects.bulk_create(rows)
    for partner_id in {offer.partner_id for offer in offers}:
        tell_watchers("offers", partner_id)


def withdraw_open_offers(order: Order, *, actor: User | None, now: datetime) -> None:
    """The order has found its partner or its end: nobody else can accept it any more. The order is locked."""
    open_offers = Offer.objects.filter(order=order, status=OfferStatus.OPEN).order_by("pk")
    move_offers(list(open_offers), OfferStatus.WITHDRAWN, actor=actor, now=now)


def end_hand_over(
    asked: HandOver,
    new: HandOverStatus,
    *,
    actor: User | None,
    now: datetime,
    note: str = "",
    replacement: Job | None = None,
) -> None:
    """End a hand-over; the order of its job is locked. Raises `IllegalTransition`."""
    require_transition(HAND_OVER_TRANSITIONS, HandOverStatus(asked.status), new)
    asked.status, asked.ended_at, asked.ended_by = new, max(now, asked.asked_at), actor
    asked.note, asked.replacement = note, replacement
    asked.save(update_fields=["status", "ended_at", "ended_by", "note", "replacement"])


def move_job(job: Job, new: JobState, *, actor: User | None, now: datetime, reason: str = "") -> datetime:
    """Move a job of a locked partner; returns the instant of the step, which is never before the one it follows.

    What partner and client have not settled by then lapses. An outcome stays for ever: an excuse that follows one is
    written beside it. Raises `IllegalTransition`.
    """
    old = job.state
    require_transition(JOB_TRANSITIONS, old, new)
    at = max(now, job.accepted_at, job.outcome_at or now)
    if new is JobState.CHECKED_IN:
        job.checked_in_at = at
    elif job.outcome:
        job.excused_at = at
    else:
        job.outcome, job.outcome_at = Outcome(new), at
    # Whoever is at the door, or no longer comes, is not reminded to write.
    job.contact_due_at = None
    job.save(update_fields=["checked_in_at", "outcome", "outcome_at", "excused_at", "contact_due_at"])
    close_what_is_open(job, at=at)
    if new is not JobState.EXCUSED:
        # Help that was asked for is no longer needed; after an excuse somebody else is still looked for.
        for asked in HandOver.objects.in_queue().filter(job=job):
            end_hand_over(asked, HandOverStatus.WITHDRAWN, actor=actor, now=at)
    JobTransition.objects.create(job=job, old=old, new=new, actor=actor, reason=reason, at=at)
    return at
