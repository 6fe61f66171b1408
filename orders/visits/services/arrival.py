"""On the way, and running late: told at once, held against nobody, and the booked time stays (C6).

Both are a word to the client, so both are a first contact.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.notifications.services import notify
from orders.planning.marking import mark_day_for_planning
from orders.services.working import BookedJob, lock_booked_job, refuse_unless_working
from orders.visits.policy import later_arrivals, may_set_off
from orders.visits.services.contact import note_contact
from orders.visits.steps import lapse_proposal
from partners.models import Partner


class AlreadyThere(Refusal):
    message = _("You have already checked in.")


class TooEarlyToSetOff(Refusal):
    message = _("You can say that you are on your way from two hours before the visit.")


class NotLater(Refusal):
    message = _("Please choose one of the times offered: later than announced, and from three hours before.")


def set_off(*, job_id: int, partner: Partner, now: datetime) -> None:
    """The partner is on the way; the client is told once. Saying it twice is once; an open proposal lapses.

    Raises `TooEarlyToSetOff`, `AlreadyThere`, `JobOver`, `NotYourJob`, `PartnerExcluded` and `Busy`.
    """
    with locking():
        held = _held_before_check_in(job_id, partner)
        if held.job.on_the_way_at is not None:
            return
        if not may_set_off(slot_start=held.order.starts_at, now=now):
            raise TooEarlyToSetOff
        note_contact(held.job, now=now)
        held.job.on_the_way_at = now
        held.job.save(update_fields=["on_the_way_at"])
        lapse_proposal(held.job, at=now)
        # From now on the rest of the day stays as it is.
        mark_day_for_planning(partner_id=held.partner.pk, at=held.order.starts_at, now=now)
        notify(
            recipient=held.order.client,
            kind="partner_on_the_way",
            payload={"job_id": held.job.pk},
            key=f"partner_on_the_way:{held.job.pk}",
            now=now,
        )


def report_late(*, job_id: int, partner: Partner, expected_at: datetime, now: datetime) -> None:
    """The partner comes later than agreed, or than announced before, by one of the steps of the policy.

    Announcing the same twice is once. Raises `NotLater`, `AlreadyThere`, `JobOver`, `NotYourJob`, `PartnerExcluded`
    and `Busy`.
    """
    with locking():
        held = _held_before_check_in(job_id, partner)
        if held.job.expected_at == expected_at:
            return
        offered = later_arrivals(slot_start=held.order.starts_at, expected=held.job.expected_at, now=now)
        if expected_at not in offered:
            raise NotLater
        note_contact(held.job, now=now)
        held.job.expected_at = expected_at
        held.job.save(update_fields=["expected_at"])
        notify(
            recipient=held.order.client,
            kind="running_late",
            payload={"job_id": held.job.pk, "expected": expected_at.isoformat()},
            key=f"running_late:{held.job.pk}:{expected_at.isoformat()}",
            now=now,
        )


def _held_before_check_in(job_id: int, partner: Partner) -> BookedJob:
    held = lock_booked_job(job_id=job_id, partner=partner)
    refuse_unless_working(held)
    if held.job.checked_in_at is not None:
        raise AlreadyThere
    return held
