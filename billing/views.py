"""What a partner has earned."""

from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Q, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from billing import services
from mila.accounts.requests import SignedIn

PER_PAGE = 25


def earnings(request: SignedIn) -> HttpResponse:
    """Each completed job with its price, the commission and the partner's share, latest first."""
    partner = request.user.partner
    entries = services.earnings_of(partner)
    local = timezone.localtime(timezone.now(), ZoneInfo(partner.city.time_zone))
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    totals = entries.order_by().aggregate(
        total_share=Sum("share"), month_share=Sum("share", filter=Q(job__outcome_at__gte=month), default=0)
    )
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "billing/earnings.html", {"page": page, "partner": partner, **totals})
