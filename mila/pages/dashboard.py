"""A partner's day: what is next, who asks, how one stands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from django.contrib.humanize.templatetags.humanize import apnumber
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.models import Notice, Sanction
from mila.accounts.requests import SignedIn
from mila.lib.templatetags.mila import clock, day
from mila.live.addresses import offers_stream
from mila.pages.offers import offers_context
from mila.pages.told import RECENT, Told, in_force, told
from mila.pages.visits import Visit, visit_of
from orders.models import Job, Offer
from orders.models.job import JobQuerySet
from orders.planning.snapshot import bounds_of
from orders.policy import Outcome
from partners.models import Partner
from partners.policy import PartnerStatus, may_finish_jobs

# Enough to know what is today and which clients wait for a word; the rest is a page of its own.
VISITS_READ = 20
# In the tile of what comes after today.
COMING_SHOWN = 5
# How long before a visit its beginning is counted down.
COUNTED_DOWN = timedelta(hours=24)


def partner_dashboard(request: SignedIn) -> HttpResponse:
    """What matters now is in this answer: the alert, the next visit, the offers. The tiles ask for their content."""
    now = timezone.now()
    partner = request.user.partner
    visits = [visit_of(job, now) for job in _days_jobs(partner, now)]
    alive = [visit for visit in visits if visit.is_alive]
    offers = offers_context(partner, now)
    today = _of_today(alive, partner, now)
    context = {
        "partner": partner,
        "now": now,
        "silent": [visit for visit in alive if visit.job.lacks_contact],
        # As many lines as the tile will have, so that nothing moves when it comes.
        "lines_today": range(len(visits) - len(alive) + len(today)),
        "lines_later": range(min(len(alive) - len(today), COMING_SHOWN)),
        "stream": offers_stream(request) if may_finish_jobs(PartnerStatus(partner.status)) else "",
        "alert": _alert(partner, now),
    }
    context |= offers | _next_context(partner, alive, len(offers["offers"]), now)
    return render(request, "pages/dashboard.html", context)


def partner_next(request: SignedIn) -> HttpResponse:
    """The next visit and the headline alone; the dashboard asks again and again. 204 while they are as `seen`."""
    if not request.headers.get("HX-Request"):
        return redirect("partner_dashboard")
    now = timezone.now()
    partner = request.user.partner
    jobs = _first_jobs(partner, Q(outcome__isnull=True))[:VISITS_READ]
    offers = Offer.objects.for_partner(partner).open_at(now).count()
    context = {"partner": partner, "now": now, "alone": True}
    context |= _next_context(partner, [visit_of(job, now) for job in jobs], offers, now)
    if request.GET.get("seen") == context["next_seen"]:
        return HttpResponse(status=204)
    return render(request, "pages/_next.html", context)


def headline(partner: Partner, visits: Sequence[Visit], today: Sequence[Visit], offers: int) -> str:
    """What is true now, as a sentence."""
    special = {
        PartnerStatus.APPLICANT: _("We are looking at your application"),
        PartnerStatus.EXCLUDED: _("You are no longer a partner"),
        PartnerStatus.LEFT: _("You have left"),
    }
    if partner.status in special:
        return special[PartnerStatus(partner.status)]
    if today:
        return _headline_of(today)
    if offers and partner.status == PartnerStatus.ACTIVE:
        return ngettext("One offer is waiting for you", "%(count)s offers are waiting for you", offers) % {
            "count": offers
        }
    if visits:
        start = visits[0].order.starts_at
        return _("Nothing today, your next visit is on %(day)s at %(time)s") % {
            "day": day(start),
            "time": clock(start),
        }
    if partner.status == PartnerStatus.SUSPENDED:
        return _("You are suspended at the moment")
    return _("No visits planned")


def _headline_of(today: Sequence[Visit]) -> str:
    if today[0].action == "check_out" and len(today) == 1:
        return _("You are at the last visit of today")
    if today[0].action == "check_out":
        return _("You are at a visit, the next one is at %(time)s") % {
            "time": clock(today[1].order.starts_at)
        }
    words = ngettext(
        "One visit today, at %(time)s", "%(count)s visits today, the next at %(time)s", len(today)
    )
    return str(capfirst(words % {"count": apnumber(len(today)), "time": clock(today[0].order.starts_at)}))


def _days_jobs(partner: Partner, now: datetime) -> Sequence[Job]:
    """What is to come, and before it what has been done today."""
    zone = ZoneInfo(partner.city.time_zone)
    start, end = bounds_of(now.astimezone(zone).date(), partner.city)
    done_today = Q(
        outcome=Outcome.COMPLETED,
        outcome_at__gte=start,
        slot__startswith__gte=start,
        slot__startswith__lt=end,
    )
    return list(_first_jobs(partner, Q(outcome__isnull=True) | done_today)[:VISITS_READ])


def _first_jobs(partner: Partner, which: Q) -> JobQuerySet:
    jobs = Job.objects.of_partner(partner).filter(which, order__isnull=False)
    return jobs.select_related("order__service", "order__city", "order__client").order_by("slot", "pk")


def _next_context(partner: Partner, alive: Sequence[Visit], offers: int, now: datetime) -> dict[str, Any]:
    """The headline, the visit that is first, until when to count down, and what tells it all from another answer."""
    title = headline(partner, alive, _of_today(alive, partner, now), offers)
    # The words themselves would make a long address.
    said = f"{crc32(title.encode()):x}"
    if not alive:
        return {"title": title, "next": None, "begins_at": None, "next_seen": said}
    first = alive[0]
    start = first.job.expected_at or first.order.starts_at
    soon = now < start <= now + COUNTED_DOWN and first.action != "check_out"
    seen = (said, first.job.pk, first.action, first.may_check_in, int(start.timestamp()), soon)
    return {
        "title": title,
        "next": first,
        "begins_at": start if soon else None,
        "next_seen": "-".join(str(part) for part in seen),
    }


def _alert(partner: Partner, now: datetime) -> Told | None:
    """The open sanction or recent notice: two small statements, not the whole standing."""
    notices = Notice.objects.for_partner(partner).filter(issued_at__lte=now).select_related("policy")
    sanctions = Sanction.objects.for_partner(partner).open().select_related("policy")
    recent = notices.filter(issued_at__gte=now - RECENT, withdrawn_at__isnull=True)[:1]
    return in_force(told(list(recent), list(sanctions)), now)


def _of_today(visits: Sequence[Visit], partner: Partner, now: datetime) -> list[Visit]:
    """Those of today in the partner's city, and any that was left over before."""
    zone = ZoneInfo(partner.city.time_zone)
    today = now.astimezone(zone).date()
    return [visit for visit in visits if visit.order.starts_at.astimezone(zone).date() <= today]
