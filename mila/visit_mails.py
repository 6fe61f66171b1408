"""What the mails about a visit say that is still to come or under way: words, times, extras, the way there (C5, C6)."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from mila.lib.templatetags.mila import clock, day, money
from mila.mail_parts import Context, about_order, booked, leads_to, reference_of, visit_of
from mila.notifications.models import Notification
from orders.models import Extra, Job, Message, TimeProposal, VisitMove


def _message(notification: Notification) -> Context:
    """Every message that shares the mail, as far as it was written when the mail leaves."""
    payload = notification.payload
    told = Message.objects.filter(
        job=payload["job_id"], author=payload["author_id"], mail_due_at=payload["due"]
    )
    return {**_about(_job(payload["job_id"]), notification), "said": list(told)}


def _of_job(notification: Notification) -> Context:
    return _about(_job(notification.payload["job_id"]), notification)


def _on_the_way(notification: Notification) -> Context:
    job = _job(notification.payload["job_id"])
    return {**_about(job, notification), "expected": clock(job.expected_at or job.starts_at)}


def _late(notification: Notification) -> Context:
    """The latest estimate, even if the mail of an earlier one leaves after it."""
    job = _job(notification.payload["job_id"])
    expected = job.expected_at or datetime.fromisoformat(notification.payload["expected"])
    return {**_about(job, notification), "expected": clock(expected)}


def _times(notification: Notification) -> Context:
    proposals = TimeProposal.objects.prefetch_related("options")
    proposal = proposals.get(pk=notification.payload["proposal_id"])
    about = _about(_job(proposal.job_id), notification)
    proposed = [
        (_("Proposed"), f"{day(option.starts_at)}, {clock(option.starts_at)}")
        for option in proposal.options.all()
    ]
    return {**about, "note": proposal.note, "facts": [*about["facts"], *proposed]}


def _moved(notification: Notification) -> Context:
    move = VisitMove.objects.get(pk=notification.payload["move_id"])
    old, new = move.old_slot.lower, move.new_slot.lower
    return {
        **_about(_job(move.job_id), notification),
        "old_day": day(old),
        "old_time": clock(old),
        "day": day(new),
        "time": clock(new),
    }


def _extra(notification: Notification) -> Context:
    extra = Extra.objects.get(pk=notification.payload["extra_id"])
    return {
        **_about(_job(extra.job_id), notification),
        "extra": extra,
        "price": money(extra.price, extra.currency),
    }


def _about(job: Job, notification: Notification) -> Context:
    """The visit, the person at the other end, and the page of the side that is written to."""
    order = booked(job)
    to_client = order.client_id == notification.recipient_id
    page = (
        leads_to(_("See your booking"), "order_detail", order.reference)
        if to_client
        else leads_to(_("See the visit"), "job_detail", job.pk)
    )
    return {
        **about_order(order),
        "to_client": to_client,
        "partner": str(job.partner),
        "other": str(job.partner) if to_client else order.client.first_name or _("your client"),
        "facts": [*visit_of(order), reference_of(order)],
        **page,
    }


def _job(pk: int | str) -> Job:
    return Job.objects.select_related("order__service", "order__client", "partner").get(pk=pk)


CONTEXTS: Mapping[str, Callable[[Notification], Context]] = {
    "message_received": _message,
    "first_contact_overdue": _of_job,
    "times_proposed": _times,
    "times_declined": _of_job,
    "visit_moved": _moved,
    "visit_replanned": _moved,
    "extra_proposed": _extra,
    "partner_on_the_way": _on_the_way,
    "running_late": _late,
}
