"""The time of a visit: confirmed by the partner, or moved to one that the partner proposes and the client takes (C5).

Order and job move together, under the locks of partner, order and job, and only where the partner's day takes it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.notifications.services import Draft, notify, notify_many
from orders.models import ProposalTransition, TimeOption, TimeProposal, VisitMove
from orders.planning.marking import mark_day_for_planning
from orders.policy import JobState
from orders.schedule.policy import Misfit
from orders.schedule.services import misfit_of
from orders.schedule.wanted import Wanted
from orders.services.answering import MISFITS, NO_OVERLAP
from orders.services.working import BookedJob, NotYourJob, lock_booked_job, refuse_unless_working
from orders.slots import arrival_times, is_bookable, is_urgent
from orders.visits.policy import MOST_OPTIONS, ProposalStatus
from orders.visits.services.contact import note_contact
from orders.visits.steps import move_proposal, open_proposal
from partners.models import Partner


class TimeFixed(Refusal):
    message = _("The time can no longer be changed: the visit has begun, or is about to.")


class HelpOnItsWay(Refusal):
    message = _("You have asked for help with this visit: as long as somebody is looked for, the time stays.")


class WrongNumberOfTimes(Refusal):
    message = _("Please propose one to three different times.")


class SameTime(Refusal):
    message = _("This is the time already agreed. Please propose another one.")


class TimeNotBookable(Refusal):
    message = _("Please choose times by the half hour, from one hour from now to 90 days ahead.")


class ProposalAnswered(Refusal):
    message = _("This proposal is no longer open: it has been answered, replaced or withdrawn.")


class OptionImpossible(Refusal):
    message = _("This time is no longer possible. Please take another one, or keep the booked time.")


def confirm_time(*, job_id: int, partner: Partner, now: datetime) -> None:
    """The partner confirms the booked time: a first contact. Twice is once; an open proposal is withdrawn.

    Raises `TimeFixed`, `JobOver`, `NotYourJob`, `PartnerExcluded` and `Busy`.
    """
    with locking():
        held = _held_while_movable(job_id, partner)
        note_contact(held.job, now=now)
        _close_open(held, ProposalStatus.WITHDRAWN, now)
        if held.job.time_confirmed_at is None:
            held.job.time_confirmed_at = now
            held.job.save(update_fields=["time_confirmed_at"])
            # From now on it is that time, and no other within the window that was booked.
            held.order.arrival_window = None
            held.order.save(update_fields=["arrival_window"])


def propose_times(
    *, job_id: int, partner: Partner, starts: Collection[datetime], note: str, now: datetime
) -> TimeProposal:
    """One to three other times, by the half hour, each of which fits the partner's day; replaces an open proposal.

    The client is told. The same times proposed again while they are open are one proposal. Raises `WrongNumberOfTimes`,
    `SameTime`, `TimeNotBookable`, `SlotTaken`, `TooFar`, `OutsideHours`, `TimeFixed`, `JobOver`, `NotYourJob`,
    `PartnerExcluded` and `Busy`.
    """
    wanted = sorted(set(starts))
    if len(wanted) != len(starts) or not 1 <= len(wanted) <= MOST_OPTIONS:
        raise WrongNumberOfTimes
    with locking():
        held = _held_while_movable(job_id, partner)
        earlier = open_proposal(held.job)
        if earlier is not None and _asks(earlier) == (note, wanted):
            return earlier
        for start in wanted:
            _refuse_unless_proposable(held, start, now)
        note_contact(held.job, now=now)
        _close_open(held, ProposalStatus.REPLACED, now)
        proposal = TimeProposal.objects.create(job=held.job, note=note, proposed_at=now)
        TimeOption.objects.bulk_create(TimeOption(proposal=proposal, starts_at=start) for start in wanted)
        ProposalTransition.objects.create(
            proposal=proposal, old="", new=proposal.status, actor=held.partner.user, at=now
        )
        notify(
            recipient=held.order.client,
            kind="times_proposed",
            payload={"proposal_id": proposal.pk},
            key=f"times_proposed:{proposal.pk}",
            now=now,
        )
    return proposal


def withdraw_times(*, proposal_id: int, partner: Partner, now: datetime) -> None:
    """The partner takes an open proposal back: the booked time stays. Twice is once.

    Raises `ProposalAnswered`, `NotYourJob` and `Busy`.
    """
    with locking():
        held = lock_booked_job(job_id=_job_of(proposal_id), partner=partner)
        proposal = TimeProposal.objects.get(pk=proposal_id)
        if proposal.status == ProposalStatus.WITHDRAWN:
            return
        _refuse_unless_open(proposal)
        move_proposal(proposal, ProposalStatus.WITHDRAWN, actor=held.partner.user, at=now)


def decline_times(*, proposal_id: int, client: User, now: datetime) -> None:
    """None of them suits the client: the booked time stays, and the partner is told. Twice is once.

    Raises `ProposalAnswered`, `NotYourJob` and `Busy`.
    """
    with locking():
        held = lock_booked_job(job_id=_job_of(proposal_id), client=client)
        proposal = TimeProposal.objects.get(pk=proposal_id)
        if proposal.status == ProposalStatus.DECLINED:
            return
        _refuse_unless_open(proposal)
        move_proposal(proposal, ProposalStatus.DECLINED, actor=client, at=now)
        notify(
            recipient=held.partner.user,
            kind="times_declined",
            payload={"job_id": held.job.pk},
            key=f"times_declined:{proposal.pk}",
            now=now,
        )


def accept_time(*, option_id: int, client: User, now: datetime) -> None:
    """The client takes one of the times: the visit moves there, and both are told. Twice is once.

    Raises `ProposalAnswered`, `OptionImpossible` (over, or the partner's day is full by now), `TimeFixed`,
    `NotYourJob`, `PartnerExcluded` and `Busy`.
    """
    option = TimeOption.objects.select_related("proposal").filter(pk=option_id).first()
    if option is None:
        raise NotYourJob
    with locking():
        held = lock_booked_job(job_id=option.proposal.job_id, client=client)
        if VisitMove.objects.filter(option=option).exists():
            return
        proposal = TimeProposal.objects.get(pk=option.proposal_id)
        _refuse_unless_open(proposal)
        _refuse_unless_movable(held)
        if not is_bookable(option.starts_at, now) or _misfit(held, option.starts_at) is not None:
            raise OptionImpossible
        move_proposal(proposal, ProposalStatus.ACCEPTED, actor=client, at=now)
        _move_visit(held, option, actor=client, now=now)


def _move_visit(held: BookedJob, option: TimeOption, *, actor: User, now: datetime) -> None:
    order, job = held.order, held.job
    old, new = order.slot, _slot_from(held, option.starts_at)
    order.slot, order.arrival_window = new, None
    # Agreed for another day it is in no hurry any more.
    order.is_urgent = is_urgent(new.lower, now)
    order.save(update_fields=["slot", "arrival_window", "is_urgent"])
    job.slot, job.time_confirmed_at, job.expected_at = new, now, None
    try:
        with transaction.atomic():
            job.save(update_fields=["slot", "time_confirmed_at", "expected_at"])
    except IntegrityError as error:
        # The last defence, behind the check under the lock.
        if NO_OVERLAP in str(error):
            raise OptionImpossible from error
        raise
    for day in {old.lower, new.lower}:
        mark_day_for_planning(partner_id=held.partner.pk, at=day, now=now)
    move = VisitMove.objects.create(
        job=job, option=option, actor=actor, old_slot=old, new_slot=new, moved_at=now
    )
    sides = (("client", order.client), ("partner", held.partner.user))
    drafts = [
        Draft(who, "visit_moved", f"visit_moved:{move.pk}:{side}", {"move_id": move.pk})
        for side, who in sides
    ]
    notify_many(drafts=drafts, now=now)


def _held_while_movable(job_id: int, partner: Partner) -> BookedJob:
    held = lock_booked_job(job_id=job_id, partner=partner)
    _refuse_unless_movable(held)
    return held


def _refuse_unless_movable(held: BookedJob) -> None:
    refuse_unless_working(held)
    if held.job.state is not JobState.ACCEPTED or held.job.on_the_way_at is not None:
        raise TimeFixed
    # Others are being asked to take over at the time that was agreed.
    if held.order.replacement_for_id is not None:
        raise HelpOnItsWay


def _refuse_unless_proposable(held: BookedJob, start: datetime, now: datetime) -> None:
    zone = ZoneInfo(held.order.city.time_zone)
    if start.astimezone(zone).time() not in set(arrival_times()) or not is_bookable(start, now):
        raise TimeNotBookable
    if start == held.order.starts_at:
        raise SameTime
    found = _misfit(held, start)
    if found is not None:
        raise MISFITS[found]


def _misfit(held: BookedJob, start: datetime) -> Misfit | None:
    """Why the visit would not fit the partner's day from `start` on, its own present time left out."""
    return misfit_of(held.partner, Wanted.of(held.order), start=start, except_job_id=held.job.pk)


def _slot_from(held: BookedJob, start: datetime) -> DateTimeTZRange:
    """As long as it was booked."""
    length: timedelta = held.order.ends_at - held.order.starts_at
    return DateTimeTZRange(start, start + length)


def _close_open(held: BookedJob, status: ProposalStatus, now: datetime) -> None:
    proposal = open_proposal(held.job)
    if proposal is not None:
        move_proposal(proposal, status, actor=held.partner.user, at=now)


def _refuse_unless_open(proposal: TimeProposal) -> None:
    if proposal.status != ProposalStatus.OPEN:
        raise ProposalAnswered


def _asks(proposal: TimeProposal) -> tuple[str, list[datetime]]:
    return proposal.note, list(proposal.options.values_list("starts_at", flat=True))


def _job_of(proposal_id: int) -> int:
    """Of which job a proposal is never changes, so no lock is needed."""
    job_id = TimeProposal.objects.filter(pk=proposal_id).values_list("job_id", flat=True).first()
    if job_id is None:
        raise NotYourJob
    return job_id
