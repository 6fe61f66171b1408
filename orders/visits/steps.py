"""The only places where the state of an extra or a proposal is written; each step is a row.

They are called under the lock of the job's order. Below `orders.services`, so that whatever ends a job can close
what is still open in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from mila.accounts.models import User
from mila.lib.transitions import require_transition
from orders.models import Extra, ExtraTransition, Job, ProposalTransition, TimeProposal
from orders.visits.policy import EXTRA_TRANSITIONS, PROPOSAL_TRANSITIONS, ExtraStatus, ProposalStatus


def move_extras(extras: Sequence[Extra], new: ExtraStatus, *, actor: User | None, at: datetime) -> None:
    """Raises `IllegalTransition`."""
    for extra in extras:
        old = ExtraStatus(extra.status)
        require_transition(EXTRA_TRANSITIONS, old, new)
        extra.status, extra.answered_at = new, at
        extra.save(update_fields=["status", "answered_at"])
        ExtraTransition.objects.create(extra=extra, old=old, new=new, actor=actor, at=at)


def move_proposal(proposal: TimeProposal, new: ProposalStatus, *, actor: User | None, at: datetime) -> None:
    """Raises `IllegalTransition`."""
    old = ProposalStatus(proposal.status)
    require_transition(PROPOSAL_TRANSITIONS, old, new)
    proposal.status, proposal.answered_at = new, at
    proposal.save(update_fields=["status", "answered_at"])
    ProposalTransition.objects.create(proposal=proposal, old=old, new=new, actor=actor, at=at)


def open_proposal(job: Job) -> TimeProposal | None:
    return TimeProposal.objects.filter(job=job, status=ProposalStatus.OPEN).first()


def lapse_proposal(job: Job, *, at: datetime) -> None:
    """The partner is on the way, or there, or gone: the time is not moved any more."""
    proposal = open_proposal(job)
    if proposal is not None:
        move_proposal(proposal, ProposalStatus.LAPSED, actor=None, at=at)


def close_what_is_open(job: Job, *, at: datetime) -> None:
    """The job has moved on: no other time can be agreed; and if it has ended, no extra."""
    lapse_proposal(job, at=at)
    if job.outcome is not None:
        move_extras(list(Extra.objects.open().filter(job=job)), ExtraStatus.LAPSED, actor=None, at=at)
