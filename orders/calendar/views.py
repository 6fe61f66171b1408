"""A partner's week and month."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from mila.accounts.requests import SignedIn
from orders.calendar.policy import month_away
from orders.calendar.services import month_of, week_of
from orders.planning.views import YEARS

WEEK = timedelta(days=7)


def week(request: SignedIn) -> HttpResponse:
    """The week of today, or of the day in the address (`?day=2026-11-23`)."""
    partner, now = request.user.partner, timezone.now()
    today = _today(now, partner.city.time_zone)
    day = _asked(request.GET.get("day"), today)
    page = week_of(partner, day, now)
    first, last = page.days[0].day, page.days[-1].day
    context = {
        "partner": partner,
        "page": page,
        "first": first,
        "last": last,
        "number": first.isocalendar().week,
        "is_current": first <= today <= last,
        "before": first - WEEK,
        "after": first + WEEK,
        "hours": range(*page.hours_shown),
        # The month most of the week lies in.
        "month": first + timedelta(days=3),
        "day": today if first <= today <= last else first,
    }
    return render(request, "orders/calendar_week.html", context)


def month(request: SignedIn) -> HttpResponse:
    """The month of today, or the one in the address (`?month=2026-11`)."""
    partner, now = request.user.partner, timezone.now()
    today = _today(now, partner.city.time_zone)
    asked = request.GET.get("month")
    first = _asked(asked and f"{asked}-01", today).replace(day=1)
    is_current = (first.year, first.month) == (today.year, today.month)
    context = {
        "partner": partner,
        "page": month_of(partner, first, now),
        "is_current": is_current,
        "before": month_away(first, -1),
        "after": month_away(first, 1),
        "day": today if is_current else first,
    }
    return render(request, "orders/calendar_month.html", context)


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _asked(text: str | None, today: date) -> date:
    """The day that the address names, today without one; not found if it is none."""
    if not text:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if day.year not in YEARS:
        raise Http404
    return day
