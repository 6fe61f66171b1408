"""Ops ask for a proposal for a city's day, and send it: each visit becomes an ordinary offer (C1)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.doorbell import ring
from mila.lib.refusals import Refusal
from orders.models import DayProposal, ProposedVisit
from orders.planning.services import LONGEST_PAUSE
from orders.services.searching import NotOfferable, offer_to
from partners.models import City

AT_ONCE = 20


class DayOver(Refusal):
    message = _("This day is already over.")


class NotComputedYet(Refusal):
    message = _("This proposal is still being computed.")


class AlreadySent(Refusal):
    message = _("This proposal has already been sent.")


class NoOpenOrders(Refusal):
    message = _(
        "There is nothing to send: when this was computed, no order of that day was open in this city."
    )


class NobodyFree(Refusal):
    message = _(
        "There is nothing to send: nobody who may still be asked could come to the open orders of that day."
    )


def ask_for_proposal(*, city: City, day: date, actor: User, now: datetime) -> DayProposal:
    """Have the day computed by the worker. Raises `DayOver`."""
    refuse_past_day(city=city, day=day, now=now)
    with transaction.atomic():
        proposal = DayProposal.objects.create(city=city, day=day, asked_by=actor, asked_at=now, due_at=now)
        ring("plans")
    return proposal


def refuse_past_day(*, city: City, day: date, now: datetime) -> None:
    if day < now.astimezone(ZoneInfo(city.time_zone)).date():
        raise DayOver


def sending_refusal(proposal: DayProposal) -> Refusal | None:
    """Why the proposal cannot be sent; None if it can."""
    if proposal.planned_at is None:
        return NotComputedYet()
    return AlreadySent() if proposal.sent_at is not None else nothing_proposed(proposal)


def nothing_proposed(proposal: DayProposal) -> Refusal | None:
    """Why a computed proposal holds no visit; None if it holds some, or is not computed yet."""
    if proposal.planned_at is None or proposal.visits.exists():
        return None
    return NobodyFree() if proposal.open_orders else NoOpenOrders()


def send_proposal(*, proposal_id: int, now: datetime) -> int:
    """Make each visit an offer that the partner may accept or decline like any other; returns how many were made.

    What is no longer possible is noted beside it. Interrupted and sent again, nobody is asked twice. Raises
    `NotComputedYet`, `AlreadySent`, `NoOpenOrders`, `NobodyFree` and `Busy`.
    """
    proposal = DayProposal.objects.get(pk=proposal_id)
    if refusal := sending_refusal(proposal):
        raise refusal
    made = sum(_offer(visit, now) for visit in proposal.visits.filter(offer__isnull=True).order_by("pk"))
    DayProposal.objects.filter(pk=proposal_id, sent_at__isnull=True).update(sent_at=now)
    return made


def _offer(visit: ProposedVisit, now: datetime) -> int:
    try:
        visit.offer = offer_to(order_id=visit.order_id, partner_id=visit.partner_id, now=now)
        visit.refusal = ""
    except NotOfferable as refusal:
        visit.refusal = str(refusal)
    visit.save(update_fields=["offer", "refusal"])
    return int(visit.offer is not None)


# --- For the worker -------------------------------------------------------------------------------------------


def due_proposals(*, now: datetime) -> list[DayProposal]:
    """Asked for and not computed, those that wait longest first."""
    due = DayProposal.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    return list(due.select_related("city")[:AT_ONCE])


def note_failure(*, proposal: DayProposal, now: datetime) -> None:
    """Computing failed: it is tried again later and later."""
    pause = min(timedelta(seconds=30) * 2 ** min(proposal.attempts, 10), LONGEST_PAUSE)
    DayProposal.objects.filter(pk=proposal.pk, due_at=proposal.due_at).update(
        due_at=now + pause, attempts=F("attempts") + 1
    )
