"""A partner's day: what is next, who asks, how one stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.humanize.templatetags.humanize import apnumber
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance import services as compliance
from mila.accounts.requests import SignedIn
from mila.lib.geo import distance_km
from mila.lib.templatetags.mila import clock, day
from mila.pages.told import in_force, told
from mila.pages.visits import Visit, visit_of
from orders.models import Job, Offer
from partners.models import Partner
from partners.policy import PartnerStatus

COMING_SHOWN = 20


def partner_dashboard(request: SignedIn) -> HttpResponse:
    now = timezone.now()
    partner = request.user.partner
    visits = [visit_of(job, now) for job in _coming_jobs(partner)]
    zone = ZoneInfo(partner.city.time_zone)
    page = compliance.standing_page(partner, now)
    offers = _offers_context(partner, now)
    today = [visit for visit in visits if _is_today(visit, now, zone)]
    context = {
        "partner": partner,
        "now": now,
        "title": headline(partner, visits, today, len(offers["offers"])),
        "next": visits[0] if visits else None,
        "today": today[1:] if visits and today and today[0] is visits[0] else today,
        "later": [visit for visit in visits[1:] if visit not in today],
        "silent": [visit for visit in visits if visit.job.lacks_contact],
        "page": page,
        "alert": in_force(told(page.notices, page.sanctions), now),
    }
    return render(request, "pages/dashboard.html", context | offers)


def partner_offers(request: SignedIn) -> HttpResponse:
    """The open offers alone; the dashboard asks for them every few seconds. 204 while they are the `seen` ones."""
    if not request.headers.get("HX-Request"):
        return redirect("partner_dashboard")
    partner = request.user.partner
    now = timezone.now()
    context = {"partner": partner, "now": now} | _offers_context(partner, now)
    if request.GET.get("seen") == context["offers_seen"]:
        return HttpResponse(status=204)
    return render(request, "pages/_offers.html", context)


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
        words = ngettext(
            "One visit today, at %(time)s", "%(count)s visits today, the next at %(time)s", len(today)
        )
        return str(capfirst(words % {"count": apnumber(len(today)), "time": clock(today[0].order.starts_at)}))
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


def _coming_jobs(partner: Partner) -> Sequence[Job]:
    jobs = Job.objects.of_partner(partner).alive().filter(order__isnull=False)
    return list(
        jobs.select_related("order__service", "order__city", "order__client").order_by("slot")[:COMING_SHOWN]
    )


def _offers_context(partner: Partner, now: datetime) -> dict[str, Any]:
    offers = (
        Offer.objects.for_partner(partner)
        .open_at(now)
        .select_related("order__service", "order__city")
        .order_by("expires_at", "id")
    )
    shown = [(offer, _metres(partner, offer)) for offer in offers]
    return {
        "offers": shown,
        "offers_seen": f"{partner.status}-" + "-".join(str(offer.pk) for offer, _away in shown),
    }


def _metres(partner: Partner, offer: Offer) -> float:
    order = offer.order
    return 1000 * distance_km(partner.latitude, partner.longitude, order.latitude, order.longitude)


def _is_today(visit: Visit, now: datetime, zone: ZoneInfo) -> bool:
    return visit.order.starts_at.astimezone(zone).date() <= now.astimezone(zone).date()
