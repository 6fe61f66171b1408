"""What waits for ops: the first page of the admin, and the numbers beside its navigation."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from compliance.models import Sanction
from mila.health import examine
from mila.notifications.models import Notification
from mila.sweeps.labels import SWEEP_NAMES, SWEEP_STATES
from orders.models import HandOver, Job, Order
from orders.policy import NO_SHOW_AFTER_START
from partners.models import Application, Partner
from partners.policy import PartnerStatus
from ratings.models import RatingFlag


@dataclass(frozen=True)
class Waiting:
    """One pile of work: how much, where, and whether somebody should look at it now."""

    title: str
    number: int
    url: str
    urgent: bool = False


def dashboard(_request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Called by the admin for its first page."""
    moment = now()
    overdue = Job.objects.alive().filter(
        checked_in_at__isnull=True, slot__startswith__lte=moment - NO_SHOW_AFTER_START
    )
    piles = [
        Waiting(
            _("Sanctions that wait for a decision"),
            Sanction.objects.awaiting_decision().count(),
            _list("compliance_sanction", "status__exact=proposed"),
            urgent=True,
        ),
        Waiting(
            _("Jobs begun without check-in"),
            overdue.count(),
            _list("orders_job", "attention=overdue"),
            urgent=True,
        ),
        Waiting(
            _("Visits whose partner needs help"),
            HandOver.objects.in_queue().count(),
            _list("orders_handover", "queue=waiting"),
            urgent=True,
        ),
        Waiting(
            _("Comments reported"),
            RatingFlag.objects.open().count(),
            _list("ratings_ratingflag", "decision=open"),
        ),
        Waiting(
            _("Applications that wait for an answer"),
            Application.objects.waiting().count(),
            _list("partners_application", "status=sent"),
        ),
        Waiting(
            _("Visits without first contact"),
            Job.objects.without_contact().count(),
            _list("orders_job", "attention=no_contact"),
        ),
        Waiting(
            _("Messages given up"),
            Notification.objects.dead().count(),
            _list("notifications_notification", "state=dead"),
            urgent=True,
        ),
        Waiting(
            _("Orders looking for a partner"),
            Order.objects.searching().count(),
            _list("orders_order", "status__exact=searching"),
        ),
        Waiting(
            _("Partners suspended"),
            Partner.objects.filter(status=PartnerStatus.SUSPENDED).count(),
            _list("partners_partner", "status__exact=suspended"),
        ),
    ]
    health = examine(now=moment, up_seconds=0)
    sweeps = [
        {**state, "name": SWEEP_NAMES[name], "is_ok": state["status"] == "ok"}
        | {"state": SWEEP_STATES[str(state["status"])]}
        for name, state in health["sweeps"].items()
    ]
    return {**context, "piles": piles, "sweeps": sweeps}


def sanctions_to_decide(_request: HttpRequest) -> int | str:
    """The number beside "Sanctions"; nothing while there is nothing to decide."""
    return Sanction.objects.awaiting_decision().count() or ""


def applications_to_answer(_request: HttpRequest) -> int | str:
    return Application.objects.waiting().count() or ""


def hand_overs_in_queue(_request: HttpRequest) -> int | str:
    return HandOver.objects.in_queue().count() or ""


def comments_reported(_request: HttpRequest) -> int | str:
    return RatingFlag.objects.open().count() or ""


def messages_given_up(_request: HttpRequest) -> int | str:
    return Notification.objects.dead().count() or ""


def _list(model: str, query: str) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?{query}"
