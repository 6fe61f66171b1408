"""What a partner has earned: the months, and each job of a month."""

from datetime import date
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from billing import services
from mila.accounts.requests import SignedIn
from orders.calendar.policy import month_away
from partners.models import Partner

MONTHS_PER_PAGE = 12
PER_PAGE = 25
YEARS = range(2000, 2100)


def earnings(request: SignedIn) -> HttpResponse:
    """The months with their totals, latest first."""
    partner = request.user.partner
    month = _current_month(partner)
    months = services.months_of(partner)
    context = {
        "partner": partner,
        "month": month,
        "this": services.earned_in(partner, month),
        "total": services.earnings_of(partner).order_by().aggregate(earned=Sum("share"))["earned"],
        "page": Paginator(months, MONTHS_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "billing/earnings.html", context)


def earnings_of_month(request: SignedIn, month: str) -> HttpResponse:
    """Each completed job of the month with its price, the commission and the partner's share, latest first."""
    partner = request.user.partner
    first = _month_of(month)
    entries = services.earnings_in(partner, first)
    context = {
        "partner": partner,
        "month": first,
        "before": month_away(first, -1),
        "after": month_away(first, 1) if first < _current_month(partner) else None,
        "sums": services.earned_in(partner, first),
        "page": Paginator(entries, PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "billing/month.html", context)


def _current_month(partner: Partner) -> date:
    """Its first day, on the calendar of the partner's city."""
    return timezone.now().astimezone(ZoneInfo(partner.city.time_zone)).date().replace(day=1)


def _month_of(text: str) -> date:
    """`2026-11`; not found if it is none."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404 from error
    if first.year not in YEARS:
        raise Http404
    return first
