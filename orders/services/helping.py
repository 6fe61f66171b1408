"""A partner asks for help with a visit, and somebody else is looked for while the client still has the first (C6).

While the search is on, `Order.replacement_for` names the job that would be given up. Whoever accepts takes over, and
the first job is excused; when nobody does, the job stays with its partner and ops see it in the queue.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.notifications.services import notify
from orders.dispatch.policy import can_search_again
from orders.models import HandOver, Job, Offer
from orders.planning.snapshot import bounds_of
from orders.policy import HandOverStatus, OfferStatus, hand_over_is_in_time
from orders.services.leaving import give_back_in_time
from orders.services.searching import end_replacement_search, search_for_replacement, search_on
from orders.services.steps import end_hand_over, lock_order, move_offers, require_reason
from orders.services.working import BookedJob, lock_booked_job, refuse_unless_alive
from partners.availability.services import DaysOffOverlap, add_days_off
from partners.models import Partner
from partners.services import lock_partner

SICK_DAY_AHEAD = timedelta(days=14)


class HelpAsked(Refusal):
    message = _("You have already asked for help with this visit.")


class NoHelpAsked(Refusal):
    message = _("You have not asked for help with this visit, or the search is over.")


class HandOverSettled(Refusal):
    message = _("This hand-over has already been settled.")


class SickDayOver(Refusal):
    message = _("This day is already over.")


class SickDayFar(Refusal):
    message = _("Please choose a day from today on, at most two weeks ahead.")


@dataclass(frozen=True, slots=True)
class SickDay:
    """What became of the visits of that day: given back at once, or kept while somebody else is looked for."""

    day: date
    given_back: int
    help_asked: int


def ask_for_help(*, job_id: int, partner: Partner, reason: str, now: datetime) -> HandOver:
    """ "I need help": the reason goes to the team, and somebody else is looked for.

    At least 24 hours before the visit the job is given back at once and excused. Later the partner keeps it until
    somebody else accepts, and is excused then. Once the work has begun nobody is searched for: the team calls.
    Raises `HelpAsked`, `ReasonMissing`, `JobOver`, `NotYourJob` and `Busy`.
    """
    reason = require_reason(reason)
    with locking():
        held = lock_booked_job(job_id=job_id, partner=partner)
        return _ask(held, reason=reason, actor=held.partner.user, now=now)


def withdraw_help(*, job_id: int, partner: Partner, now: datetime) -> None:
    """The partner does the visit after all; nobody else is asked any more.

    Raises `NoHelpAsked`, `JobOver`, `NotYourJob` and `Busy`.
    """
    with locking():
        held = lock_booked_job(job_id=job_id, partner=partner)
        refuse_unless_alive(held.job)
        asked = HandOver.objects.in_queue().filter(job=held.job).first()
        if asked is None:
            raise NoHelpAsked
        end_hand_over(asked, HandOverStatus.WITHDRAWN, actor=held.partner.user, now=now)
        end_replacement_search(held.order, now=now)
        notify(
            recipient=held.order.client,
            kind="order_confirmed",
            payload={"order_id": held.order.pk},
            key=f"order_confirmed:{held.job.pk}:after_all:{asked.pk}",
            now=now,
        )


def settle_hand_over(*, hand_over_id: int, actor: User, note: str, now: datetime) -> None:
    """Ops have dealt with it otherwise, and say how. Raises `HandOverSettled`, `ReasonMissing` and `Busy`."""
    note = require_reason(note)
    job_id = HandOver.objects.values_list("job_id", flat=True).get(pk=hand_over_id)
    with locking():
        held = lock_booked_job(job_id=job_id)
        asked = HandOver.objects.in_queue().filter(pk=hand_over_id).first()
        if asked is None:
            raise HandOverSettled
        end_hand_over(asked, HandOverStatus.SETTLED, actor=actor, now=now, note=note)
        if held.order.replacement_for_id == held.job.pk:
            end_replacement_search(held.order, now=now)


def report_sick_day(*, partner_id: int, day: date, reason: str, actor: User | None, now: datetime) -> SickDay:
    """The partner can't work that day: it is off, its offers are taken back, and help is asked for each visit.

    Twice is once. Raises `SickDayOver`, `SickDayFar`, `ReasonMissing` and `Busy`.
    """
    reason = require_reason(reason)
    with locking():
        partner = lock_partner(partner_id=partner_id)
        zone = ZoneInfo(partner.city.time_zone)
        today = now.astimezone(zone).date()
        if day < today:
            raise SickDayOver
        if day > today + SICK_DAY_AHEAD:
            raise SickDayFar
        with suppress(DaysOffOverlap):
            add_days_off(partner_id=partner.pk, first=day, last=day, today=today)
        hours = DateTimeTZRange(*bounds_of(day, partner.city))
        _take_offers_back(partner, hours, now=now)
        given_back = help_asked = 0
        for job_id in _visits_to_hand_over(partner, hours):
            held = lock_booked_job(job_id=job_id, partner=partner)
            _ask(held, reason=reason, actor=actor, now=now)
            given_back += held.job.outcome is not None
            help_asked += held.job.outcome is None
    return SickDay(day=day, given_back=given_back, help_asked=help_asked)


def _ask(held: BookedJob, *, reason: str, actor: User | None, now: datetime) -> HandOver:
    refuse_unless_alive(held.job)
    for earlier in HandOver.objects.in_queue().filter(job=held.job):
        if earlier.status == HandOverStatus.OPEN:
            raise HelpAsked
        # Nobody was found before; now somebody may be.
        end_hand_over(earlier, HandOverStatus.WITHDRAWN, actor=actor, now=now)
    has_begun = held.job.checked_in_at is not None
    if not has_begun and hand_over_is_in_time(slot_start=held.order.starts_at, now=now):
        return give_back_in_time(held, actor=actor, reason=reason, now=now)
    asked = HandOver.objects.create(job=held.job, reason=reason, asked_at=now, asked_by=actor)
    if not has_begun and can_search_again(arrives_until=held.order.arrives_until, now=now):
        search_for_replacement(held.order, held.job, now=now)
    elif not has_begun:
        end_hand_over(asked, HandOverStatus.NOT_FOUND, actor=None, now=now)
    asked.refresh_from_db()
    return asked


def _visits_to_hand_over(partner: Partner, hours: DateTimeTZRange) -> Sequence[int]:
    """Those of the day that have not begun and for which no help has been asked, in the order of their orders."""
    planned = (
        Job.objects.of_partner(partner)
        .alive()
        .filter(order__isnull=False, checked_in_at__isnull=True, slot__startswith__contained_by=hours)
    )
    waiting = HandOver.objects.in_queue().filter(job__partner=partner).values("job")
    return list(planned.exclude(pk__in=waiting).order_by("order_id").values_list("pk", flat=True))


def _take_offers_back(partner: Partner, hours: DateTimeTZRange, *, now: datetime) -> None:
    asked = Offer.objects.for_partner(partner).filter(
        status=OfferStatus.OPEN, order__slot__startswith__contained_by=hours
    )
    for order_id in sorted(asked.values_list("order_id", flat=True)):
        order = lock_order(order_id)
        move_offers(list(asked.filter(order=order)), OfferStatus.WITHDRAWN, actor=None, now=now)
        if order.is_searched_for:
            search_on(order, now=now)
