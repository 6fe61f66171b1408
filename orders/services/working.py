"""The partner comes and does the job, or finds nobody at home."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.doorbell import ring
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.notifications.services import notify
from orders.models import Job, Order
from orders.policy import (
    JobState,
    OrderStatus,
    Outcome,
    check_in_is_open,
    client_absence_can_be_reported,
)
from orders.services.facts import record_outcome
from orders.services.steps import lock_order, move_job, move_order
from partners.models import Partner
from partners.policy import PartnerStatus, may_finish_jobs
from partners.services import lock_partner


class NotYourJob(Refusal):
    message = _("This job is not one of yours.")


class JobOver(Refusal):
    message = _("This job has already ended.")


class TooEarly(Refusal):
    message = _("It is too early for this step.")


class AlreadyCheckedIn(Refusal):
    message = _("The check-in has already been recorded.")


class NotCheckedIn(Refusal):
    message = _("Please check in first.")


class PartnerExcluded(Refusal):
    message = _("Your access has ended.")


@dataclass(frozen=True, slots=True)
class BookedJob:
    """A job with its partner and its order, all locked."""

    partner: Partner
    order: Order
    job: Job


def lock_booked_job(*, job_id: int, partner: Partner | None = None, client: User | None = None) -> BookedJob:
    """Lock partner, order and job, in this order; with `partner` or `client`, only a job of theirs. In `locking()`.

    Raises `NotYourJob`, also when there is no such job or it was imported without an order.
    """
    found = Job.objects.filter(pk=job_id, order__isnull=False)
    if partner is not None:
        found = found.of_partner(partner)
    if client is not None:
        found = found.filter(order__client=client)
    # Whose job it is and of which order never changes.
    ids = found.values_list("partner_id", "order_id").first()
    if ids is None or ids[1] is None:
        raise NotYourJob
    held = lock_partner(partner_id=ids[0])
    order = lock_order(ids[1])
    job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
    return BookedJob(partner=held, order=order, job=job)


def refuse_unless_alive(job: Job) -> None:
    if job.outcome is not None:
        raise JobOver


def check_in(*, job_id: int, partner: Partner, now: datetime) -> None:
    """The partner is at the door, at most an hour before the slot.

    Raises `TooEarly`, `AlreadyCheckedIn`, `JobOver`, `NotYourJob`, `PartnerExcluded` and `Busy`.
    """
    with locking():
        held = lock_booked_job(job_id=job_id, partner=partner)
        refuse_unless_working(held)
        if held.job.checked_in_at is not None:
            raise AlreadyCheckedIn
        if not check_in_is_open(slot_start=held.order.starts_at, now=now):
            raise TooEarly
        move_job(held.job, JobState.CHECKED_IN, actor=held.partner.user, now=now)
        move_order(held.order, OrderStatus.IN_PROGRESS, actor=held.partner.user, now=now)


def check_out(*, job_id: int, partner: Partner, now: datetime) -> None:
    """The job is done: it counts, the books are due, and both sides are asked to rate.

    Raises `NotCheckedIn`, `JobOver`, `NotYourJob`, `PartnerExcluded` and `Busy`.
    """
    with locking():
        held = lock_booked_job(job_id=job_id, partner=partner)
        refuse_unless_working(held)
        if held.job.checked_in_at is None:
            raise NotCheckedIn
        at = move_job(held.job, JobState.COMPLETED, actor=held.partner.user, now=now)
        held.order.posting_due_at = at
        held.order.save(update_fields=["posting_due_at"])
        move_order(held.order, OrderStatus.COMPLETED, actor=held.partner.user, now=now)
        record_outcome(job=held.job, outcome=Outcome.COMPLETED, at=at)
        ring("postings")
        for side, recipient in (("client", held.order.client), ("partner", held.partner.user)):
            notify(
                recipient=recipient,
                kind="job_completed",
                payload={"job_id": held.job.pk},
                key=f"job_completed:{held.job.pk}:{side}",
                now=now,
            )


def report_client_absent(*, job_id: int, partner: Partner, now: datetime) -> None:
    """The partner came and nobody was there; nothing counts against the partner.

    Raises `TooEarly` (ten minutes are given), `JobOver`, `NotYourJob`, `PartnerExcluded` and `Busy`.
    """
    with locking():
        held = lock_booked_job(job_id=job_id, partner=partner)
        refuse_unless_working(held)
        if not client_absence_can_be_reported(slot_start=held.order.starts_at, now=now):
            raise TooEarly
        at = move_job(held.job, JobState.CLIENT_ABSENT, actor=held.partner.user, now=now)
        move_order(held.order, OrderStatus.FAILED, actor=held.partner.user, now=now)
        record_outcome(job=held.job, outcome=Outcome.CLIENT_ABSENT, at=at)


def refuse_unless_working(held: BookedJob) -> None:
    """A partner may still do what was accepted, unless the job or the partnership has ended."""
    refuse_unless_alive(held.job)
    if not may_finish_jobs(PartnerStatus(held.partner.status)):
        raise PartnerExcluded
