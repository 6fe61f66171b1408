"""A partner leaves a job: by cancelling, by handing over in time, by not coming; and what ops may excuse."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.notifications.services import notify
from orders.dispatch.policy import can_search_again
from orders.models import HandOver, Job
from orders.policy import (
    JOB_TRANSITIONS,
    HandOverStatus,
    JobState,
    OrderStatus,
    Outcome,
    hand_over_is_in_time,
    no_show_can_be_confirmed,
)
from orders.services.facts import record_lifted_outcome, record_outcome
from orders.services.searching import search_again
from orders.services.steps import end_hand_over, move_job, move_order, require_reason
from orders.services.working import (
    AlreadyCheckedIn,
    BookedJob,
    JobOver,
    NotYourJob,
    lock_booked_job,
    refuse_unless_alive,
)
from partners.models import Partner
from partners.services import lock_partner


class HandOverTooLate(Refusal):
    message = _("A job can be handed over until 24 hours before it begins.")


class TooEarlyForNoShow(Refusal):
    message = _("A no-show can be confirmed from 15 minutes after the agreed time.")


class NotExcusable(Refusal):
    message = _("Only a running job, a cancellation or a no-show can be excused.")


def no_show_refusal(job: Job, now: datetime) -> Refusal | None:
    """Why ops cannot confirm a no-show of this job now; None if they can."""
    if job.starts_at is None:
        return NotYourJob()
    if job.outcome is not None:
        return JobOver()
    if job.checked_in_at is not None:
        return AlreadyCheckedIn()
    # Where the arrival was left open, the client waits to its end.
    latest = job.starts_at if job.order is None else max(job.starts_at, job.order.arrives_until)
    return None if no_show_can_be_confirmed(slot_start=latest, now=now) else TooEarlyForNoShow()


def excuse_refusal(job: Job) -> Refusal | None:
    """Why ops cannot excuse this job; None if they can."""
    known = job.order_id is not None or job.outcome is not None
    return None if known and JobState.EXCUSED in JOB_TRANSITIONS[job.state] else NotExcusable()


def cancel_job(*, job_id: int, partner: Partner, reason: str, now: datetime) -> None:
    """The partner cancels: it counts (C14); somebody else is looked for while there is time.

    Raises `ReasonMissing`, `JobOver`, `NotYourJob` and `Busy`.
    """
    reason = require_reason(reason)
    with locking():
        held = lock_booked_job(job_id=job_id, partner=partner)
        refuse_unless_alive(held.job)
        _leave(held, JobState.CANCELLED, actor=held.partner.user, reason=reason, now=now)


def hand_over_job(*, job_id: int, partner: Partner, reason: str, now: datetime) -> None:
    """The partner gives the job back at least 24 h before the slot: excused, it does not count (C6).

    Raises `HandOverTooLate`, `ReasonMissing`, `JobOver`, `NotYourJob` and `Busy`.
    """
    reason = require_reason(reason)
    with locking():
        held = lock_booked_job(job_id=job_id, partner=partner)
        refuse_unless_alive(held.job)
        if not hand_over_is_in_time(slot_start=held.order.starts_at, now=now):
            raise HandOverTooLate
        give_back_in_time(held, actor=held.partner.user, reason=reason, now=now)


def give_back_in_time(held: BookedJob, *, actor: User | None, reason: str, now: datetime) -> HandOver:
    """The job of locked rows is excused at once; its hand-over says later who took the order."""
    for earlier in HandOver.objects.in_queue().filter(job=held.job):
        end_hand_over(earlier, HandOverStatus.WITHDRAWN, actor=actor, now=now)
    asked = HandOver.objects.create(job=held.job, reason=reason, asked_at=now, asked_by=actor)
    _leave(held, JobState.EXCUSED, actor=actor, reason=reason, now=now)
    return asked


def confirm_no_show(*, job_id: int, actor: User, reason: str, now: datetime) -> None:
    """Ops confirm that the partner did not come and had not said so: it counts (C8, C17).

    Raises `TooEarlyForNoShow`, `AlreadyCheckedIn`, `ReasonMissing`, `JobOver`, `NotYourJob` and `Busy`.
    """
    reason = require_reason(reason)
    with locking():
        held = lock_booked_job(job_id=job_id)
        if refusal := no_show_refusal(held.job, now):
            raise refusal
        at = move_job(held.job, JobState.NO_SHOW, actor=actor, reason=reason, now=now)
        move_order(held.order, OrderStatus.FAILED, actor=actor, reason=reason, now=now)
        record_outcome(job=held.job, outcome=Outcome.NO_SHOW, at=at)


def excuse_job(*, job_id: int, actor: User, reason: str, now: datetime) -> None:
    """Ops excuse a partner: from a job that has not ended, or from a cancellation or no-show recorded before.

    What was recorded stays; from `now` it counts as excused. Raises `NotExcusable`, `ReasonMissing` and `Busy`.
    """
    reason = require_reason(reason)
    if Job.objects.alive().filter(pk=job_id, order__isnull=False).exists():
        _excuse_alive(job_id, actor, reason, now)
    else:
        _lift_outcome(job_id, actor, reason, now)


def _excuse_alive(job_id: int, actor: User, reason: str, now: datetime) -> None:
    with locking():
        held = lock_booked_job(job_id=job_id)
        refuse_unless_alive(held.job)
        _leave(held, JobState.EXCUSED, actor=actor, reason=reason, now=now)
        _tell_of_excuse(held.partner, held.job, now)


def _lift_outcome(job_id: int, actor: User, reason: str, now: datetime) -> None:
    """The order has long moved on; only the partner's record is concerned."""
    partner_id = Job.objects.filter(pk=job_id).values_list("partner_id", flat=True).first()
    if partner_id is None:
        raise NotYourJob
    with locking():
        partner = lock_partner(partner_id=partner_id)
        job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
        if job.outcome is None or excuse_refusal(job):
            raise NotExcusable
        at = move_job(job, JobState.EXCUSED, actor=actor, reason=reason, now=now)
        record_lifted_outcome(job=job, at=at)
        _tell_of_excuse(partner, job, now)


def _tell_of_excuse(partner: Partner, job: Job, now: datetime) -> None:
    """A visit that is gone, or an outcome that no longer counts: the partner reads what and why."""
    notify(
        recipient=partner.user,
        kind="job_excused",
        payload={"job_id": job.pk},
        key=f"job_excused:{job.pk}",
        now=now,
    )


def _leave(held: BookedJob, state: JobState, *, actor: User | None, reason: str, now: datetime) -> None:
    """End the job, tell the client, and look for somebody else while there is time."""
    at = move_job(held.job, state, actor=actor, reason=reason, now=now)
    record_outcome(job=held.job, outcome=Outcome(state), at=at)
    notify(
        recipient=held.order.client,
        kind="partner_cancelled",
        payload={"order_id": held.order.pk},
        key=f"partner_cancelled:{held.job.pk}",
        now=now,
    )
    if can_search_again(arrives_until=held.order.arrives_until, now=now):
        search_again(held.order, actor=actor, reason=reason, now=now)
    else:
        move_order(held.order, OrderStatus.FAILED, actor=actor, reason=reason, now=now)
