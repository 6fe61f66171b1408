"""A partner's day as list and map, and the feed of all days."""

from datetime import date, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _

from mila.accounts.requests import SignedIn
from mila.lib.answers import RefusalsTold
from orders.planning import feed
from orders.planning.day_page import day_page, map_data

YEARS = range(2000, 2100)


def my_day(request: SignedIn, day: str = "") -> HttpResponse:
    """Today, or the day of the address."""
    partner = request.user.partner
    today = timezone.now().astimezone(ZoneInfo(partner.city.time_zone)).date()
    shown = _day_of(day) if day else today
    page = day_page(partner, shown)
    mine = feed.feed_of(partner)
    address = "" if mine is None else request.build_absolute_uri(reverse("calendar_feed", args=[mine.token]))
    context = {
        "partner": partner,
        "page": page,
        "now": timezone.now(),
        "is_today": shown == today,
        "before": shown - timedelta(days=1),
        "after": shown + timedelta(days=1),
        "map": map_data(page, partner.city),
        "tiles": settings.MAP_TILES_URL,
        "tiles_by": settings.MAP_TILES_ATTRIBUTION,
        "feed_address": address,
    }
    return render(request, "orders/day.html", context)


def renew_calendar(request: SignedIn) -> HttpResponse:
    """A first address, or another one."""
    with RefusalsTold(request):
        feed.renew_feed(partner_id=request.user.partner.pk, now=timezone.now())
        messages.success(request, _("This is your calendar's new address. An earlier one no longer works."))
    return redirect(reverse("my_day") + "#calendar")


def calendar_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """For calendar programs: whoever knows the address reads it; unchanged, it is not sent again."""
    partner = feed.partner_of(token)
    if partner is None:
        raise Http404
    language = partner.user.language if partner.user is not None else settings.LANGUAGE_CODE
    zone = ZoneInfo(partner.city.time_zone)
    with translation.override(language), timezone.override(zone):
        content = feed.calendar_of(partner, now=timezone.now())
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    response["Content-Disposition"] = 'inline; filename="mila.ics"'
    return get_conditional_response(request, etag=etag, response=response) or response


def _day_of(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if day.year not in YEARS:
        raise Http404
    return day
