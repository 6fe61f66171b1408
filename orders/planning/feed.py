"""A partner's visits as a calendar that other programs subscribe to, by an address that nobody can guess."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from mila.lib.locks import locking
from mila.lib.templatetags.mila import clock
from orders.models import CalendarFeed, Job, Order
from orders.policy import Outcome
from partners.models import Partner
from partners.policy import PartnerStatus
from partners.services import lock_partner

# How far back the feed goes.
KEPT = timedelta(days=60)
GONE = (PartnerStatus.EXCLUDED, PartnerStatus.LEFT)


def renew_feed(*, partner_id: int, now: datetime) -> CalendarFeed:
    """A new address for the partner's feed; the one before answers no more. Raises `Busy`."""
    with locking():
        partner = lock_partner(partner_id=partner_id)
        feed, _created = CalendarFeed.objects.update_or_create(
            partner=partner, defaults={"token": secrets.token_urlsafe(32), "renewed_at": now}
        )
    return feed


def feed_of(partner: Partner) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(partner=partner).first()


def partner_of(token: str) -> Partner | None:
    """Whose feed it is; None for an unknown address, and for somebody who is no partner any more."""
    found = (
        Partner.objects.filter(calendar_feed__token=token)
        .exclude(status__in=GONE)
        .exclude(user__is_active=False)
    )
    return found.select_related("city", "user").first()


def calendar_of(partner: Partner, *, now: datetime) -> bytes:
    """The visits in the active language, in the zone of the city; equal as long as nothing changes."""
    calendar = Calendar()
    calendar.add("prodid", "-//mila//planned day//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("mila: your visits"))
    calendar.add("refresh-interval", timedelta(minutes=30), parameters={"value": "DURATION"})
    zone = ZoneInfo(partner.city.time_zone)
    for job in _jobs_of(partner, now):
        if job.order is not None:
            calendar.add_component(_event(job, job.order, zone))
    calendar.add_missing_timezones(date(now.year - 1, 1, 1), date(now.year + 2, 1, 1))
    return bytes(calendar.to_ical())


def _jobs_of(partner: Partner, now: datetime) -> Iterable[Job]:
    """Cancelled visits are not among them, so they disappear."""
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - KEPT
    shown = Q(outcome__isnull=True) | Q(outcome=Outcome.COMPLETED, outcome_at__gte=since)
    jobs = Job.objects.of_partner(partner).filter(shown, order__isnull=False, slot__startswith__gte=since)
    counted = jobs.annotate(moved=Count("moves"), moved_at=Max("moves__moved_at"))
    return counted.select_related("order__service", "order__client").order_by("slot", "pk")


def _event(job: Job, order: Order, zone: ZoneInfo) -> Event:
    event = Event()
    changed_at = max(
        moment
        for moment in (job.accepted_at, job.outcome_at, getattr(job, "moved_at", None))
        if moment is not None
    )
    event.add("uid", f"visit-{job.pk}@mila")
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", getattr(job, "moved", 0) + int(job.outcome is not None))
    event.add("dtstart", order.starts_at.astimezone(zone))
    event.add("dtend", order.ends_at.astimezone(zone))
    event.add("summary", order.service.name)
    event.add("url", settings.SITE_URL + reverse("job_detail", args=[job.pk]))
    is_alive = job.outcome is None
    street = f"{order.street}, " if is_alive else ""
    event.add("location", f"{street}{order.postcode} {order.town}")
    event.add("status", "CONFIRMED")
    if is_alive and order.is_flexible:
        event.add("description", _arrival_agreed(order))
    return event


def _arrival_agreed(order: Order) -> str:
    return _("Suggested time. Agreed with your client: arrival between %(first)s and %(last)s.") % {
        "first": clock(order.arrives_from),
        "last": clock(order.arrives_until),
    }
