"""The life of an order as a list of steps: what has happened, where it stands, what comes. Pure of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _

from mila.lib.templatetags.mila import clock, day
from orders.models import Job, Offer, Order, OrderTransition
from orders.policy import OrderStatus, Outcome

State = Literal["done", "current", "todo", "stopped"]

ENDED_EARLY = (OrderStatus.EXPIRED, OrderStatus.CANCELLED, OrderStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    state: State
    detail: str = ""
    at: datetime | None = None


def order_timeline(
    order: Order, jobs: Sequence[Job], transitions: Sequence[OrderTransition], chosen: Offer | None = None
) -> list[Step]:
    """`jobs` oldest first, with their partners and moves; `transitions` oldest first.

    `chosen` is the offer to the person whom the client had chosen, if it came to nothing.
    """
    steps = [Step(_("Order received"), "done", at=order.booked_at)]
    if chosen is not None:
        name = {"name": str(chosen.partner)}
        steps.append(Step(_("%(name)s was not available") % name, "stopped", at=chosen.answered_at))
    steps += [step for job in jobs if (step := _given_back(job)) is not None]
    status = OrderStatus(order.status)
    if status in ENDED_EARLY:
        return [*steps, _early_end(status, _last_change(transitions, status))]
    return steps + _path(order, status, _alive_or_done(jobs))


def _path(order: Order, status: OrderStatus, job: Job | None) -> list[Step]:
    name = _name(job) if job else ""
    if job is None or status is OrderStatus.SEARCHING:
        found = Step(_("We are looking for somebody"), "current")
    else:
        found = Step(_("%(name)s has accepted") % {"name": name}, "done", at=job.accepted_at)
    told = _told_since(job, name) if job and status is not OrderStatus.SEARCHING else []
    arrived_at = job.checked_in_at if job else None
    coming: State = "current" if status is OrderStatus.CONFIRMED else "todo"
    arrived = (
        Step(_("%(name)s has arrived") % {"name": name}, "done", at=arrived_at)
        if arrived_at
        else _beginning(order, job, status, coming)
    )
    done: State = "current" if status is OrderStatus.IN_PROGRESS else "todo"
    finished = (
        Step(_("Done"), "done", at=job.outcome_at)
        if job and status is OrderStatus.COMPLETED
        else Step(_("Done"), done)
    )
    return [found, *told, arrived, finished]


def _beginning(order: Order, job: Job | None, status: OrderStatus, state: State) -> Step:
    """The time, or while nobody has fixed it within what the client left open, the window."""
    if status is not OrderStatus.SEARCHING or not order.is_flexible:
        return Step(_("The visit begins"), state, at=(job.expected_at if job else None) or order.starts_at)
    times = {"from": clock(order.arrives_from), "until": clock(order.arrives_until)}
    return Step(_("The visit begins"), state, _("arrival between %(from)s and %(until)s") % times)


def _told_since(job: Job, name: str) -> list[Step]:
    """What was agreed and announced between acceptance and arrival; `job` with its moves."""
    steps = [
        Step(
            _("The visit was moved"),
            "done",
            _("to %(day)s, %(time)s") % {"day": day(move.new_slot.lower), "time": clock(move.new_slot.lower)},
            move.moved_at,
        )
        for move in job.moves.all()
        # Within the window that was booked the plan of the day moves it without asking.
        if move.option_id is not None
    ]
    if job.on_the_way_at is not None:
        steps.append(Step(_("%(name)s is on the way") % {"name": name}, "done", at=job.on_the_way_at))
    if job.expected_at is not None:
        steps.append(
            Step(
                _("%(name)s is running late") % {"name": name},
                "done",
                _("expected at %(time)s") % {"time": clock(job.expected_at)},
            )
        )
    return steps


def _given_back(job: Job) -> Step | None:
    """An acceptance that came to nothing, told without blame."""
    words = {
        Outcome.CANCELLED: _("%(name)s had to cancel"),
        Outcome.EXCUSED: _("%(name)s has handed the job over"),
        Outcome.NO_SHOW: _("%(name)s did not come"),
        Outcome.CLIENT_ABSENT: _("%(name)s found nobody at home"),
    }
    if job.outcome is None or Outcome(job.outcome) not in words:
        return None
    title = words[Outcome(job.outcome)] % {"name": _name(job)}
    return Step(title, "stopped", at=job.outcome_at)


def _early_end(status: OrderStatus, at: datetime | None) -> Step:
    words = {
        OrderStatus.EXPIRED: (_("Nobody was free"), _("You pay nothing. Another time may work.")),
        OrderStatus.CANCELLED: (_("Cancelled"), _("You pay nothing.")),
        OrderStatus.FAILED: (_("The visit did not take place"), _("You pay nothing.")),
    }
    title, detail = words[status]
    return Step(title, "stopped", detail, at)


def _alive_or_done(jobs: Sequence[Job]) -> Job | None:
    return next((job for job in reversed(jobs) if job.outcome in (None, Outcome.COMPLETED)), None)


def _last_change(transitions: Sequence[OrderTransition], status: OrderStatus) -> datetime | None:
    return next((change.at for change in reversed(transitions) if change.new == status), None)


def _name(job: Job) -> str:
    return job.partner.first_name or job.partner.reference
