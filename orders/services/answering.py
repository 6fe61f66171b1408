"""A partner answers an offer: the first who accepts has the job; declining never counts (C1)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_lazy as _

from mila.lib.locks import Busy, locking
from mila.lib.refusals import Refusal
from mila.notifications.services import notify
from orders.models import HandOver, Job, JobTransition, Offer, Order
from orders.policy import HandOverStatus, JobState, OfferStatus, OrderStatus, Outcome
from orders.schedule.policy import Misfit, Travel
from orders.schedule.services import first_starts, misfit_of
from orders.schedule.wanted import Wanted
from orders.schedule.ways import ways_around
from orders.services.facts import record_acceptance, record_outcome
from orders.services.searching import search_on
from orders.services.steps import (
    end_hand_over,
    lock_order,
    move_job,
    move_offers,
    move_order,
    withdraw_open_offers,
)
from orders.visits.policy import contact_deadline
from partners.models import Partner
from partners.policy import PartnerStatus, may_take_jobs
from partners.services import lock_partner, lock_partners

ATTEMPTS = 5
NO_OVERLAP = "job_slots_of_a_partner_do_not_overlap"


class _HelpChanged(Exception):
    """Between looking and locking somebody asked for help, or no longer does: begin again, locks in their order."""


class OfferGone(Refusal):
    message = _(
        "This offer has gone: somebody else was faster, or it was taken back. It does not count against you."
    )


class OfferLapsed(Refusal):
    message = _("The time to answer this offer is over. This does not count against you.")


class SlotTaken(Refusal):
    message = _("You already have a job that overlaps this time.")


class TooFar(Refusal):
    message = _("You could not get there in time from the visit before, or from there to the next.")


class OutsideHours(Refusal):
    message = _("This is outside your working hours. If you would like to take it, change your hours first.")


class SkillMissing(Refusal):
    message = _("This job takes a skill that is not on your profile.")


class PartnerSuspended(Refusal):
    message = _("You cannot accept jobs at the moment.")


MISFITS: dict[Misfit, type[Refusal]] = {
    Misfit.OVERLAPS: SlotTaken,
    Misfit.TOO_FAR: TooFar,
    Misfit.OUTSIDE_HOURS: OutsideHours,
}


def accept_offer(*, offer_id: int, partner: Partner, now: datetime) -> Job:
    """The partner takes the job, or takes it over from one who needs help; accepting twice gives the same job.

    Raises `OfferGone` (somebody was faster, the order ended, or the offer is another partner's), `OfferLapsed`,
    `PartnerSuspended` (not active), `SkillMissing`, `SlotTaken`, `TooFar`, `OutsideHours` and `Busy`.
    """
    order_id = _order_of(offer_id, partner)
    wanted = Wanted.of(Order.objects.select_related("city", "service").get(pk=order_id))
    travel = ways_around(partner, wanted, now=now)
    for _attempt in range(ATTEMPTS):
        try:
            return _accept(order_id, offer_id, partner, travel, now)
        except _HelpChanged:
            continue
    raise Busy


def _accept(order_id: int, offer_id: int, partner: Partner, travel: Travel, now: datetime) -> Job:
    with locking():
        leaving = _partner_who_needs_help(order_id)
        lock_partners(partner_ids={partner.pk, leaving or partner.pk})
        held = lock_partner(partner_id=partner.pk)
        order = lock_order(order_id)
        if _partner_who_needs_help(order_id) != leaving:
            raise _HelpChanged
        offer = Offer.objects.select_for_update(no_key=True).get(pk=offer_id)
        if offer.status == OfferStatus.ACCEPTED:
            return _job_already_taken(order, held)
        _refuse_unless_acceptable(offer, order, held, now)
        start = _start_on_the_day_of(held, Wanted.of(order), travel, now)
        _release_from(order, now)
        if start != order.starts_at:
            order.slot = DateTimeTZRange(start, start + (order.ends_at - order.starts_at))
            order.save(update_fields=["slot"])
        return _take(order, offer, held, now)


def _take(order: Order, offer: Offer, held: Partner, now: datetime) -> Job:
    job = _create_job(order, held, now)
    move_offers([offer], OfferStatus.ACCEPTED, actor=held.user, now=now)
    withdraw_open_offers(order, actor=None, now=now)
    if order.status == OrderStatus.SEARCHING:
        move_order(order, OrderStatus.CONFIRMED, actor=held.user, now=now)
    record_acceptance(job=job)
    for asked in HandOver.objects.in_queue().filter(job__order=order):
        end_hand_over(asked, HandOverStatus.REPLACED, actor=held.user, now=now, replacement=job)
    notify(
        recipient=order.client,
        kind="order_confirmed",
        payload={"order_id": order.pk},
        key=f"order_confirmed:{job.pk}",
        now=now,
    )
    return job


def _release_from(order: Order, now: datetime) -> None:
    """Whoever asked for help with a confirmed order is excused, now that somebody takes over (C6)."""
    if order.replacement_for is None:
        return
    job = Job.objects.select_for_update(no_key=True).get(pk=order.replacement_for.pk)
    at = move_job(job, JobState.EXCUSED, actor=None, now=now)
    record_outcome(job=job, outcome=Outcome.EXCUSED, at=at)
    order.replacement_for, order.next_wave_at = None, None
    order.save(update_fields=["replacement_for", "next_wave_at"])
    notify(
        recipient=job.partner.user,
        kind="job_taken_over",
        payload={"job_id": job.pk},
        key=f"job_taken_over:{job.pk}",
        now=now,
    )


def _partner_who_needs_help(order_id: int) -> int | None:
    found = Order.objects.filter(pk=order_id, replacement_for__isnull=False)
    return found.values_list("replacement_for__partner", flat=True).first()


def decline_offer(*, offer_id: int, partner: Partner, now: datetime) -> None:
    """The partner does not want the job; the next candidates are asked when nobody is left. Twice is once.

    Raises `OfferGone`, `OfferLapsed` and `Busy`.
    """
    order_id = _order_of(offer_id, partner)
    with locking():
        order = lock_order(order_id)
        offer = Offer.objects.select_for_update(no_key=True).get(pk=offer_id)
        if offer.status == OfferStatus.DECLINED:
            return
        _refuse_unless_open(offer, order, now)
        move_offers([offer], OfferStatus.DECLINED, actor=partner.user, now=now)
        search_on(order, now=now)


def _order_of(offer_id: int, partner: Partner) -> int:
    """Of an offer to this partner; whose offer it is and of which order never changes, so no lock is needed."""
    offer = Offer.objects.for_partner(partner).filter(pk=offer_id).first()
    if offer is None:
        raise OfferGone
    return offer.order_id


def _refuse_unless_open(offer: Offer, order: Order, now: datetime) -> None:
    if offer.status == OfferStatus.LAPSED:
        raise OfferLapsed
    if offer.status != OfferStatus.OPEN or not order.is_searched_for:
        raise OfferGone
    if now >= offer.expires_at:
        raise OfferLapsed


def _refuse_unless_acceptable(offer: Offer, order: Order, partner: Partner, now: datetime) -> None:
    if not may_take_jobs(PartnerStatus(partner.status)):
        raise PartnerSuspended
    _refuse_unless_open(offer, order, now)
    if not partner.skills.filter(pk=order.service.skill_id).exists():
        raise SkillMissing


def _start_on_the_day_of(partner: Partner, wanted: Wanted, travel: Travel, now: datetime) -> datetime:
    """When the visit begins: as early within its window as the partner's day takes it, or the reason why it doesn't."""
    start = first_starts([partner], wanted, now=now, travel=travel)[partner.pk]
    if start is None:
        found = misfit_of(partner, wanted, start=wanted.earliest(now), travel=travel)
        raise MISFITS[found or Misfit.TOO_FAR]
    return start


def _job_already_taken(order: Order, partner: Partner) -> Job:
    job = Job.objects.of_partner(partner).alive().filter(order=order).first()
    if job is None:
        raise OfferGone
    return job


def _create_job(order: Order, partner: Partner, now: datetime) -> Job:
    """The exclusion constraint is the last defence, behind the check under the lock."""
    try:
        with transaction.atomic():
            job = Job.objects.create(
                partner=partner,
                order=order,
                accepted_at=now,
                slot=order.slot,
                contact_due_at=contact_deadline(slot_start=order.starts_at, now=now),
            )
    except IntegrityError as error:
        if NO_OVERLAP in str(error):
            raise SlotTaken from error
        raise
    JobTransition.objects.create(job=job, old="", new=JobState.ACCEPTED, actor=partner.user, at=now)
    return job
