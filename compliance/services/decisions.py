"""What people decide about people (C30): each with who, why and when; an exclusion takes two of them."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from compliance.models import Notice, Sanction
from compliance.models.decision import SanctionStatus
from compliance.policy import SanctionKind
from compliance.services.figures import columns_of
from compliance.services.rules import rules_at
from compliance.services.verdicts import suspend
from mila.accounts.models import User
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.notifications.services import notify
from partners.models import Partner
from partners.policy import PartnerStatus
from partners.services import change_status, lock_partner
from ratings.standings import standing_of


class ReasonMissing(Refusal):
    message = _("Please give a reason: it becomes part of the record.")


class NotActive(Refusal):
    message = _("Only an active partner can be suspended.")


class NotSuspended(Refusal):
    message = _("Only a suspended partner can be reinstated.")


class AlreadyWithdrawn(Refusal):
    message = _("This notice has already been withdrawn.")


class AlreadyDecided(Refusal):
    message = _("This sanction has already been decided on.")


class SecondPersonNeeded(Refusal):
    """C30: the first decider's word alone excludes nobody."""

    message = _("An exclusion is confirmed by a second person; you have decided on it already.")


class NoLongerHere(Refusal):
    message = _("The partner has left or is excluded already; there is nothing to suspend.")


def suspending_refusal(partner: Partner) -> Refusal | None:
    """Why staff cannot suspend this partner; None if they can."""
    return None if partner.status == PartnerStatus.ACTIVE else NotActive()


def reinstating_refusal(partner: Partner) -> Refusal | None:
    """Why this partner cannot be reinstated; None if that can be done."""
    return None if partner.status == PartnerStatus.SUSPENDED else NotSuspended()


def withdrawing_refusal(notice: Notice) -> Refusal | None:
    """Why this notice cannot be withdrawn; None if it can."""
    return None if notice.withdrawn_at is None else AlreadyWithdrawn()


def declining_refusal(sanction: Sanction) -> Refusal | None:
    """Why this sanction cannot be declined; None if it can."""
    return None if sanction.status == SanctionStatus.PROPOSED else AlreadyDecided()


def approving_refusal(sanction: Sanction, actor: User) -> Refusal | None:
    """Why this member of staff cannot approve the sanction; None if that can be done."""
    if sanction.status != SanctionStatus.PROPOSED:
        return AlreadyDecided()
    first_of_two = sanction.kind == SanctionKind.EXCLUSION and sanction.decided_by_id is None
    if sanction.decided_by_id == actor.pk:
        return SecondPersonNeeded()
    here = sanction.partner.status in (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)
    return None if here or first_of_two else NoLongerHere()


def suspend_partner(*, partner_id: int, actor: User, reason: str, now: datetime) -> Sanction:
    """A member of staff suspends an active partner. Offers are withdrawn, accepted jobs stay."""
    reason = _required(reason)
    with locking():
        partner = lock_partner(partner_id=partner_id)
        if refusal := suspending_refusal(partner):
            raise refusal
        rules = rules_at([partner.city_id], now)[partner.city_id]
        sanction = Sanction.objects.create(
            partner=partner,
            kind=SanctionKind.SUSPENSION,
            status=SanctionStatus.IN_FORCE,
            suspends_access=True,
            imposed_by=actor,
            imposed_reason=reason,
            issued_at=now,
            policy=rules.policy,
            city_cancellation_average=rules.average,
            **columns_of(standing_of(partner.pk, now)),
        )
        suspend(partner, actor=actor, reason=reason, now=now)
        _tell_of_sanction(sanction, now)
        return sanction


def reinstate_partner(*, partner_id: int, actor: User, reason: str, now: datetime) -> None:
    """Give access back: what was in force is lifted, what was only proposed is dismissed."""
    reason = _required(reason)
    with locking():
        partner = lock_partner(partner_id=partner_id)
        if refusal := reinstating_refusal(partner):
            raise refusal
        for sanction in Sanction.objects.open().filter(partner=partner).order_by("pk"):
            _end(sanction, actor, reason, now)
        _reinstate(partner, actor, reason, now)


def withdraw_notice(*, notice_id: int, actor: User, reason: str, now: datetime) -> None:
    """The notice no longer counts, from now on; it stays on the record."""
    reason = _required(reason)
    with locking():
        partner = lock_partner(
            partner_id=Notice.objects.values_list("partner_id", flat=True).get(pk=notice_id)
        )
        notice = Notice.objects.get(pk=notice_id)
        if refusal := withdrawing_refusal(notice):
            raise refusal
        notice.withdrawn_at, notice.withdrawn_by, notice.withdrawn_reason = now, actor, reason
        notice.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        notify(
            recipient=partner.user,
            kind="notice_withdrawn",
            payload={"notice_id": notice.pk},
            key=f"notice_withdrawn:{notice.pk}",
            now=now,
        )


def decide_sanction(*, sanction_id: int, actor: User, approve: bool, reason: str, now: datetime) -> Sanction:
    """Decide on a proposal. One person decides on a suspension; an exclusion needs a second one to confirm.

    Declining dismisses the proposal at once, and gives access back if nothing else holds it.
    """
    reason = _required(reason)
    with locking():
        partner_id = Sanction.objects.values_list("partner_id", flat=True).get(pk=sanction_id)
        partner = lock_partner(partner_id=partner_id)
        sanction = Sanction.objects.get(pk=sanction_id)
        sanction.partner = partner
        if refusal := approving_refusal(sanction, actor) if approve else declining_refusal(sanction):
            raise refusal
        if not approve:
            _dismiss(sanction, partner, actor, reason, now)
        elif sanction.kind == SanctionKind.EXCLUSION:
            _exclude(sanction, partner, actor, reason, now)
        else:
            _approve_suspension(sanction, partner, actor, reason, now)
        return sanction


def _dismiss(sanction: Sanction, partner: Partner, actor: User, reason: str, now: datetime) -> None:
    _end(sanction, actor, reason, now)
    open_sanctions = Sanction.objects.open().filter(partner=partner)
    held = any(other.suspends_access or other.status == SanctionStatus.IN_FORCE for other in open_sanctions)
    if sanction.suspends_access and partner.status == PartnerStatus.SUSPENDED and not held:
        _reinstate(partner, actor, reason, now)


def _exclude(sanction: Sanction, partner: Partner, actor: User, reason: str, now: datetime) -> None:
    if sanction.decided_by_id is None:
        sanction.decided_at, sanction.decided_by, sanction.decided_reason = now, actor, reason
        sanction.save(update_fields=["decided_at", "decided_by", "decided_reason"])
        return
    sanction.confirmed_at, sanction.confirmed_by, sanction.confirmed_reason = now, actor, reason
    sanction.status = SanctionStatus.IN_FORCE
    sanction.save(update_fields=["confirmed_at", "confirmed_by", "confirmed_reason", "status"])
    if partner.status == PartnerStatus.ACTIVE:
        # First what takes the offers back; an exclusion is a step further.
        suspend(partner, actor=actor, reason=reason, now=now)
    change_status(partner=partner, new=PartnerStatus.EXCLUDED, actor=actor, reason=reason, now=now)
    _tell_of_sanction(sanction, now)


def _approve_suspension(
    sanction: Sanction, partner: Partner, actor: User, reason: str, now: datetime
) -> None:
    sanction.decided_at, sanction.decided_by, sanction.decided_reason = now, actor, reason
    sanction.status = SanctionStatus.IN_FORCE
    sanction.save(update_fields=["decided_at", "decided_by", "decided_reason", "status"])
    if partner.status == PartnerStatus.ACTIVE:
        suspend(partner, actor=actor, reason=reason, now=now)
    _tell_of_sanction(sanction, now)


def _end(sanction: Sanction, actor: User, reason: str, now: datetime) -> None:
    proposed = sanction.status == SanctionStatus.PROPOSED
    sanction.status = SanctionStatus.DISMISSED if proposed else SanctionStatus.LIFTED
    sanction.ended_at, sanction.ended_by, sanction.ended_reason = now, actor, reason
    sanction.save(update_fields=["status", "ended_at", "ended_by", "ended_reason"])


def _reinstate(partner: Partner, actor: User, reason: str, now: datetime) -> None:
    change_status(partner=partner, new=PartnerStatus.ACTIVE, actor=actor, reason=reason, now=now)
    notify(
        recipient=partner.user,
        kind="partner_reinstated",
        # The mail finds the reason by the instant.
        payload={"partner_id": partner.pk, "at": now.isoformat()},
        key=f"partner_reinstated:{partner.pk}:{now.isoformat()}",
        now=now,
    )


def _tell_of_sanction(sanction: Sanction, now: datetime) -> None:
    """Once when access ends, and once more when an exclusion becomes final."""
    final = sanction.kind == SanctionKind.EXCLUSION and sanction.status == SanctionStatus.IN_FORCE
    notify(
        recipient=sanction.partner.user,
        kind="sanction_issued",
        payload={"sanction_id": sanction.pk},
        key=f"sanction_issued:{sanction.pk}" + (":final" if final else ""),
        now=now,
    )


def _required(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()
