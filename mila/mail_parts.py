"""The pieces of which the mails about orders are made: what, when, where, and the page to which they lead."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from mila.lib.templatetags.mila import clock, day
from orders.models import Job, Order
from orders.policy import OrderStatus

Context = dict[str, Any]
Facts = list[tuple[str, str]]


def about_order(order: Order) -> Context:
    return {
        "order": order,
        "service": order.service.name,
        "day": day(order.starts_at),
        "time": clock(order.starts_at),
    }


def booked(job: Job) -> Order:
    if job.order is None:
        raise Order.DoesNotExist("an imported job has no order to write about")
    return job.order


def visit_of(order: Order) -> Facts:
    when = f"{day(order.starts_at)}, {clock(order.starts_at)} – {clock(order.ends_at)}"
    times = {"from": clock(order.arrives_from), "until": clock(order.arrives_until)}
    if order.is_flexible and order.status == OrderStatus.SEARCHING:
        between = _("arrival between %(from)s and %(until)s")
        when = f"{day(order.arrives_from)}, {between % times}"
    elif order.is_flexible:
        within = _("at any rate between %(from)s and %(until)s")
        when += f" ({within % times})"
    return [(_("Service"), order.service.name), (_("When"), when)]


def reference_of(order: Order) -> tuple[str, str]:
    return _("Booking"), order.reference


def leads_to(action: str, name: str, *args: str | int) -> Context:
    return {"action": action, "link": settings.SITE_URL + reverse(name, args=args)}
