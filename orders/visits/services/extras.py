"""Extras: the partner proposes a service at a price, the client answers, the books take what was approved.

Whoever answers holds the locks of the job, so of an approval and a withdrawal at the same moment one wins.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.arrays import any_of
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.notifications.services import notify
from orders.models import Extra, ExtraTransition
from orders.services.working import (
    BookedJob,
    NotYourJob,
    lock_booked_job,
    refuse_unless_alive,
    refuse_unless_working,
)
from orders.visits.policy import MOST_EXTRAS, ExtraStatus
from orders.visits.steps import move_extras
from partners.models import Partner


class TooManyExtras(Refusal):
    message = _("No more than 10 extras can be proposed for one job.")


class ExtraAnswered(Refusal):
    message = _("This extra is no longer open: it has been answered or withdrawn.")


def propose_extra(
    *, job_id: int, partner: Partner, text: str, price: Decimal, submission_key: UUID, now: datetime
) -> Extra:
    """Any time while the job is alive; the client is told. The same form sent twice is one extra.

    `price` is in CHF, above 0 and at most 2000. Raises `TooManyExtras`, `JobOver`, `NotYourJob`, `PartnerExcluded`
    and `Busy`.
    """
    with locking():
        held = lock_booked_job(job_id=job_id, partner=partner)
        earlier = Extra.objects.filter(job=held.job, submission_key=submission_key).first()
        if earlier is not None:
            return earlier
        refuse_unless_working(held)
        if Extra.objects.filter(job=held.job).count() >= MOST_EXTRAS:
            raise TooManyExtras
        extra = Extra.objects.create(
            job=held.job,
            submission_key=submission_key,
            text=text,
            price=price,
            currency=held.order.currency,
            proposed_at=now,
        )
        ExtraTransition.objects.create(extra=extra, old="", new=extra.status, actor=held.partner.user, at=now)
        notify(
            recipient=held.order.client,
            kind="extra_proposed",
            payload={"extra_id": extra.pk},
            key=f"extra_proposed:{extra.pk}",
            now=now,
        )
    return extra


def answer_extra(*, extra_id: int, client: User, approve: bool, now: datetime) -> None:
    """The client approves or declines; the same answer twice is one.

    Raises `ExtraAnswered`, `JobOver`, `NotYourJob` and `Busy`.
    """
    new = ExtraStatus.APPROVED if approve else ExtraStatus.DECLINED
    with locking():
        held = lock_booked_job(job_id=_job_of(extra_id), client=client)
        _settle(held, extra_id, new, actor=client, now=now)


def withdraw_extra(*, extra_id: int, partner: Partner, now: datetime) -> None:
    """The partner takes an open extra back; twice is once.

    Raises `ExtraAnswered`, `JobOver`, `NotYourJob` and `Busy`.
    """
    with locking():
        held = lock_booked_job(job_id=_job_of(extra_id), partner=partner)
        _settle(held, extra_id, ExtraStatus.WITHDRAWN, actor=held.partner.user, now=now)


def approved_sums(job_ids: Collection[int]) -> Mapping[int, Decimal]:
    """The approved extras of jobs, summed, by job id; jobs without any are left out."""
    rows = Extra.objects.approved().filter(any_of("job_id", job_ids)).order_by()
    return dict(rows.values("job_id").annotate(total=Sum("price")).values_list("job_id", "total"))


def _settle(held: BookedJob, extra_id: int, new: ExtraStatus, *, actor: User | None, now: datetime) -> None:
    extra = Extra.objects.select_for_update(no_key=True).get(pk=extra_id)
    if extra.status == new:
        return
    refuse_unless_alive(held.job)
    if extra.status != ExtraStatus.OPEN:
        raise ExtraAnswered
    move_extras([extra], new, actor=actor, at=now)


def _job_of(extra_id: int) -> int:
    """Of which job an extra is never changes, so no lock is needed."""
    job_id = Extra.objects.filter(pk=extra_id).values_list("job_id", flat=True).first()
    if job_id is None:
        raise NotYourJob
    return job_id
