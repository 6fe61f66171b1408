"""The tiles of the dashboard: each a small answer of its own, which the page asks for once it stands.

Without JavaScript a tile is a link to the page that says the same at length.
"""

from datetime import date, datetime
from zlib import crc32
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from billing import services as billing
from compliance import services as compliance
from mila.accounts.requests import SignedIn
from mila.pages.dashboard import COMING_SHOWN
from orders.calendar.policy import month_away
from orders.models import Job
from orders.planning.day_page import day_page
from orders.planning.snapshot import bounds_of


def visits(request: SignedIn) -> HttpResponse:
    """Today in its planned order with the ways, and what comes after."""
    if not request.headers.get("HX-Request"):
        return redirect("my_day")
    partner, now = request.user.partner, timezone.now()
    today = now.astimezone(ZoneInfo(partner.city.time_zone)).date()
    _start, midnight = bounds_of(today, partner.city)
    later = (
        Job.objects.of_partner(partner).alive().filter(order__isnull=False, slot__startswith__gte=midnight)
    )
    shown = later.select_related("order__service").order_by("slot", "pk")[:COMING_SHOWN]
    context = {
        "partner": partner,
        "now": now,
        "page": day_page(partner, today),
        "later": shown,
        "more": max(0, later.count() - COMING_SHOWN),
    }
    return render(request, "pages/_tile_visits.html", context)


def standing(request: SignedIn) -> HttpResponse:
    """Both figures beside the limits of the city, and what the partner has been told. 204 while as `seen`."""
    if not request.headers.get("HX-Request"):
        return redirect("partner_standing")
    partner = request.user.partner
    page = compliance.standing_page(partner, timezone.now())
    notices = sum(notice.withdrawn_at is None for notice in page.notices)
    shown = (page.average_stars, page.rating, page.cancellation_rate, page.cancellation, notices)
    seen = f"{crc32(repr(shown).encode()):x}"
    if request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    context = {"partner": partner, "page": page, "notices": notices, "seen": seen}
    return render(request, "pages/_tile_standing.html", context)


def earnings(request: SignedIn) -> HttpResponse:
    """This month's earnings, and last month's beside them."""
    if not request.headers.get("HX-Request"):
        return redirect("partner_earnings")
    partner = request.user.partner
    month = _month(timezone.now(), partner.city.time_zone)
    context = {
        "month": month,
        "last_month": month_away(month, -1),
        "this": billing.earned_in(partner, month),
        "last": billing.earned_in(partner, month_away(month, -1)),
    }
    return render(request, "pages/_tile_earnings.html", context)


def _month(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date().replace(day=1)
