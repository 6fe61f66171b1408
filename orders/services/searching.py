"""Who is asked about an order, in which waves, and what happens when nobody answers.

Everything here works under the lock of the order and takes no other lock: whoever needs a partner locked has
locked that partner before the order, as `offer_to` does.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.lib.watching import tell_watchers
from mila.notifications.services import Draft, notify, notify_many
from orders.dispatch.policy import (
    SearchStep,
    Tempo,
    Wave,
    next_wave_at,
    response_deadline,
    search_deadline,
    search_step,
    tempo_of,
    wave_of,
    widest_of,
)
from orders.dispatch.services import rule_for
from orders.models import HandOver, Job, Offer, Order
from orders.policy import HandOverStatus, OfferStatus, OrderStatus
from orders.schedule.wanted import Wanted
from orders.services.candidates import Match, can_come, candidates
from orders.services.steps import end_hand_over, lock_order, move_offers, move_order, withdraw_open_offers
from orders.visits.steps import lapse_proposal
from partners.models import Partner
from partners.services import lock_partner

logger = structlog.get_logger(__name__)

# Rows of one sweep; what is left over is for the next one, seconds later.
SWEEP_LIMIT = 1000


def begin_search(order: Order, *, now: datetime) -> None:
    """Ask the requested partner alone, or else the first wave. The order is new; its `search_until` is set."""
    if order.requested_partner is not None:
        _wait_for_answer(order)
        # Half of the time is for the others, if there is not enough for both to have all of theirs.
        _offer_to([order.requested_partner.pk], order, until=now + (order.search_until - now) / 2, now=now)
    else:
        search_on(order, now=now)


def _wait_for_answer(order: Order) -> None:
    """No wave is due while one partner alone has been asked."""
    if order.next_wave_at is not None:
        order.next_wave_at = None
        order.save(update_fields=["next_wave_at"])


def search_again(order: Order, *, actor: User | None, reason: str, now: datetime) -> None:
    """A partner has left a locked order for which there is time: look for somebody else, from the first wave on."""
    order.search_until = search_until(order, stages=1, now=now)
    order.wave = 0
    order.save(update_fields=["search_until", "wave"])
    move_order(order, OrderStatus.SEARCHING, actor=actor, reason=reason, now=now)
    # Others may still have an offer, to take over; more are asked without waiting for them.
    order.next_wave_at = now
    search_on(order, now=now)


def search_for_replacement(order: Order, job: Job, *, now: datetime) -> None:
    """The partner of the alive job of a locked order needs help: ask others, who would take over."""
    order.replacement_for = job
    order.search_until = search_until(order, stages=1, now=now)
    order.wave, order.next_wave_at = 0, None
    order.save(update_fields=["replacement_for", "search_until", "wave", "next_wave_at"])
    # While others are asked for this time, no other is agreed.
    lapse_proposal(job, at=now)
    notify(
        recipient=order.client,
        kind="replacement_sought",
        payload={"order_id": order.pk},
        key=f"replacement_sought:{job.pk}:{now.isoformat()}",
        now=now,
    )
    search_on(order, now=now)


def end_replacement_search(order: Order, *, now: datetime) -> None:
    """Nobody takes over, or nobody needs to: the order stays with its partner."""
    withdraw_open_offers(order, actor=None, now=now)
    order.replacement_for, order.next_wave_at = None, None
    order.save(update_fields=["replacement_for", "next_wave_at"])


def search_until(order: Order, *, stages: int, now: datetime) -> datetime:
    """When a search that begins now would end; `stages` is two when the requested partner is asked alone at first."""
    return search_deadline(
        tempo=_tempo_of(order, now), arrives_until=order.arrives_until, now=now, stages=stages
    )


def search_on(order: Order, *, now: datetime) -> None:
    """Do what a locked, searching order needs: wait, ask the next wave, or give up and tell the client."""
    step = search_step(
        has_open_offers=_open_offers(order).exists(),
        is_wave_due=order.next_wave_at is not None and order.next_wave_at <= now,
        search_until=order.search_until,
        now=now,
    )
    if step is SearchStep.ASK:
        _ask_next_wave(order, now=now)
    elif step is SearchStep.GIVE_UP:
        _give_up(order, now=now)


class NotOfferable(Refusal):
    message = _("This order can no longer be offered to this partner.")


def offer_to(*, order_id: int, partner_id: int, now: datetime) -> Offer:
    """Ask one partner besides those who are asked already; an open offer to them is given back as it is.

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
            earlier is not None
            or not order.is_searched_for
            or now >= order.search_until
            or order.client_id == partner.user_id
            or not can_come(partner, Wanted.of(order), now=now)
        ):
            raise NotOfferable
        _offer_to([partner.pk], order, now=now)
        return asked.get(partner=partner)


def withdraw_offers_of(*, partner: Partner, now: datetime) -> None:
    """A locked partner may not work any more: take back the offers made, and ask others where that is needed."""
    asked = Offer.objects.for_partner(partner).filter(status=OfferStatus.OPEN)
    with locking():
        for order_id in sorted(asked.values_list("order_id", flat=True)):
            order = lock_order(order_id)
            move_offers(list(asked.filter(order=order)), OfferStatus.WITHDRAWN, actor=None, now=now)
            if order.is_searched_for:
                search_on(order, now=now)


# --- Sweeps -------------------------------------------------------------------------------------------------


def widen_searches(*, now: datetime) -> int:
    """Ask the next wave of the orders for which it is time; returns how many these were."""
    due = Order.objects.searching().filter(next_wave_at__lte=now).order_by("next_wave_at", "pk")
    return _sweep(due.values_list("pk", flat=True)[:SWEEP_LIMIT], _widen, now=now)


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
                if order is not None:
                    tell_watchers("order", order.pk)
                    done += act(order, now)
        except Exception as error:
            # Of whatever kind: one order must not keep the others waiting.
            logger.exception("order_not_swept", order_id=order_id, error=type(error).__name__)
    return done


def _lapse_offers_of(order: Order, now: datetime) -> int:
    overdue = list(Offer.objects.overdue(now).filter(order=order).order_by("pk"))
    move_offers(overdue, OfferStatus.LAPSED, actor=None, now=now)
    search_on(order, now=now)
    return len(overdue)


def _widen(order: Order, now: datetime) -> int:
    if order.next_wave_at is None or now < order.next_wave_at:
        return 0
    if _is_to_be_asked_first(order, now):
        begin_search(order, now=now)
    else:
        search_on(order, now=now)
    return 1


def _is_to_be_asked_first(order: Order, now: datetime) -> bool:
    """Whether nobody has been asked yet, and the requested partner still can come."""
    partner = order.requested_partner
    if partner is None or order.wave > 0 or Offer.objects.filter(order=order).exists():
        return False
    return now < order.search_until and can_come(partner, Wanted.of(order), now=now)


def _expire(order: Order, now: datetime) -> int:
    if now < order.search_until:
        return 0
    _give_up(order, now=now)
    return 1


# --- Steps --------------------------------------------------------------------------------------------------


def _open_offers(order: Order) -> QuerySet[Offer]:
    return Offer.objects.filter(order=order, status=OfferStatus.OPEN).order_by("pk")


def _ask_next_wave(order: Order, *, now: datetime) -> None:
    """Offer the order to the next few; a wave that finds nobody makes room for a wider one at once.

    When everybody has been asked, whoever still has an offer may accept it; without any the search is over.
    """
    wave, found = _next_that_finds(order, now=now)
    if not found and not _open_offers(order).exists():
        return _give_up(order, now=now)
    order.wave = wave.number
    order.next_wave_at = next_wave_at(tempo=_tempo_of(order, now), search_until=order.search_until, now=now)
    order.save(update_fields=["wave", "next_wave_at"])
    return _offer_to([match.partner_id for match in found], order, now=now)


def _next_that_finds(order: Order, *, now: datetime) -> tuple[Wave, list[Match]]:
    """The next wave with those whom it asks; or, if it finds nobody, the narrowest further one that does."""
    rule, asked = rule_for(order), _asked(order)
    wave = wave_of(rule, order.wave + 1)
    found = _found_by(wave, order, asked, now=now)
    if found or wave.is_widest:
        return wave, found
    widest = widest_of(rule, wave)
    # As many as the wave after this one would ask: how far away they are says how far to go.
    few = replace(widest, size=wave_of(rule, wave.number + 1).size)
    anywhere = _found_by(few, order, asked, now=now)
    nearest_km = min((match.candidate.km for match in anywhere), default=None)
    if nearest_km is None:
        return widest, []
    while wave.radius_km < nearest_km and not wave.is_widest:
        wave = wave_of(rule, wave.number + 1)
    within = [match for match in anywhere if wave.is_widest or match.candidate.km <= wave.radius_km]
    return wave, within[: wave.size]


def _asked(order: Order) -> list[int]:
    """The partners who have had the chance to answer; an offer that was withdrawn gave none."""
    offers = Offer.objects.filter(order=order).exclude(status=OfferStatus.WITHDRAWN)
    return list(offers.values_list("partner_id", flat=True))


def _found_by(wave: Wave, order: Order, asked: Collection[int], *, now: datetime) -> list[Match]:
    return candidates(
        Wanted.of(order),
        limit=wave.size,
        within_km=None if wave.is_widest else wave.radius_km,
        exclude_ids=asked,
        exclude_user_id=order.client_id,
        now=now,
    )


def _tempo_of(order: Order, now: datetime) -> Tempo:
    return tempo_of(rule_for(order), is_urgent=order.is_urgent, arrives_until=order.arrives_until, now=now)


def _offer_to(
    partner_ids: Sequence[int], order: Order, *, until: datetime | None = None, now: datetime
) -> None:
    end = until or order.search_until
    expires_at = response_deadline(tempo=_tempo_of(order, now), search_until=end, now=now)
    chosen = Partner.objects.select_related("user").in_bulk(partner_ids)
    offers = Offer.objects.bulk_create(
        Offer(order=order, partner=chosen[partner_id], offered_at=now, expires_at=expires_at)
        for partner_id in partner_ids
    )
    drafts = [
        Draft(offer.partner.user, "offer_received", f"offer_received:{offer.pk}", {"offer_id": offer.pk})
        for offer in offers
    ]
    notify_many(drafts=drafts, now=now)
    for partner_id in partner_ids:
        tell_watchers("offers", partner_id)


def _give_up(order: Order, *, now: datetime) -> None:
    if order.replacement_for is not None:
        return _leave_with_partner(order, order.replacement_for, now=now)
    withdraw_open_offers(order, actor=None, now=now)
    move_order(order, OrderStatus.EXPIRED, actor=None, now=now)
    return notify(
        recipient=order.client,
        kind="order_expired",
        payload={"order_id": order.pk},
        key=f"order_expired:{order.pk}",
        now=now,
    )


def _leave_with_partner(order: Order, job: Job, *, now: datetime) -> None:
    """Nobody takes over: both are told, and the hand-over stays in the queue of ops."""
    end_replacement_search(order, now=now)
    for asked in HandOver.objects.open().filter(job=job):
        end_hand_over(asked, HandOverStatus.NOT_FOUND, actor=None, now=now)
        drafts = [
            Draft(
                who, "replacement_not_found", f"replacement_not_found:{asked.pk}:{side}", {"job_id": job.pk}
            )
            for side, who in (("client", order.client), ("partner", job.partner.user))
        ]
        notify_many(drafts=drafts, now=now)
