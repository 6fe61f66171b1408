"""A partner answers an offer: the first who accepts has the job; declining never counts (C1)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from mila.lib.geo import Point
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.notifications.services import notify
from orders.models import Job, JobTransition, Offer, Order
from orders.policy import JobState, OfferStatus, OrderStatus
from orders.schedule.policy import Misfit
from orders.schedule.services import misfits
from orders.services.facts import record_acceptance
from orders.services.searching import search_on, withdraw_open_offers
from orders.services.steps import lock_order, move_offers, move_order
from orders.visits.policy import contact_deadline
from partners.models import Partner
from partners.policy import PartnerStatus, may_take_jobs
from partners.services import lock_partner

NO_OVERLAP = "job_slots_of_a_partner_do_not_overlap"


class OfferGone(Refusal):
    message = _("This offer is no longer available.")


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
    """The partner takes the job; accepting twice gives the same job.

    Raises `OfferGone` (somebody was faster, the order ended, or the offer is another partner's), `OfferLapsed`,
    `PartnerSuspended` (not active), `SkillMissing`, `SlotTaken`, `TooFar`, `OutsideHours` and `Busy`.
    """
    order_id = _order_of(offer_id, partner)
    with locking():
        held = lock_partner(partner_id=partner.pk)
        order = lock_order(order_id)
        offer = Offer.objects.select_for_update(no_key=True).get(pk=offer_id)
        if offer.status == OfferStatus.ACCEPTED:
            return _job_already_taken(order, held)
        _refuse_unless_acceptable(offer, order, held, now)
        job = _create_job(order, held, now)
        move_offers([offer], OfferStatus.ACCEPTED, actor=held.user, now=now)
        withdraw_open_offers(order, actor=None, now=now)
        move_order(order, OrderStatus.CONFIRMED, actor=held.user, now=now)
        record_acceptance(job=job)
        notify(
            recipient=order.client,
            kind="order_confirmed",
            payload={"order_id": order.pk},
            key=f"order_confirmed:{job.pk}",
            now=now,
        )
    return job


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
    if offer.status != OfferStatus.OPEN or order.status != OrderStatus.SEARCHING:
        raise OfferGone
    if now >= offer.expires_at:
        raise OfferLapsed


def _refuse_unless_acceptable(offer: Offer, order: Order, partner: Partner, now: datetime) -> None:
    if not may_take_jobs(PartnerStatus(partner.status)):
        raise PartnerSuspended
    _refuse_unless_open(offer, order, now)
    if not partner.skills.filter(pk=order.service.skill_id).exists():
        raise SkillMissing
    at = Point(order.latitude, order.longitude)
    found = misfits([partner], city=order.city, slot=order.slot, at=at)[partner.pk]
    if found is not None:
        raise MISFITS[found]


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
