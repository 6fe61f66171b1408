"""When a partner is free next: asked for by profiles and cards once they are shown, and a page of its own."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from mila.lib.geo import Point
from mila.pages.cards import LOOKS_AHEAD_DAYS
from mila.pages.figures import public_partner
from mila.pages.profile import book_url
from mila.pages.week import Picker, Stand, picker_of
from mila.pages.wish import Wish, wish_of
from orders import services
from orders.forms import SearchForm
from orders.models import Service
from orders.schedule.wanted import Wanted
from orders.slots import soonest_arrival
from partners.models import Partner
from partners.policy import PartnerStatus


def partner_times(request: HttpRequest, reference: str) -> HttpResponse:
    """The next free arrival, for a part of another page alone; all of them once it is known what is needed and where.

    A browser without script follows the link to this page.
    """
    active = Partner.objects.filter(status=PartnerStatus.ACTIVE).select_related("city", "home", "standing")
    partner = get_object_or_404(active, reference=reference)
    now = timezone.now()
    wish = _carried(request, partner, now)
    wanted = _usual(partner, now) if wish is None else wish.wanted
    start = None if wanted is None else _next(partner, wanted, is_asked=wish is not None, now=now)
    context: dict[str, Any] = {
        "name": public_partner(partner).name,
        "start": start,
        "now": now,
        "zone": partner.city.time_zone,
    }
    # The picker asks for itself as a part of this page.
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") != "times":
        return render(request, "pages/_next_arrival.html", context)
    context |= {
        "picker": None if wish is None else _picker(request, wish, partner, now),
        "wish": wish,
        "profile_url": reverse("partner_profile", args=[partner.reference]),
        "book_url": book_url(request, partner.reference),
    }
    return render(request, "pages/partner_times.html", context)


def _picker(request: HttpRequest, wish: Wish, partner: Partner, now: datetime) -> Picker:
    stand = Stand(
        address=reverse("partner_times", args=[partner.reference]),
        kept={"service": wish.service.slug, "place": str(wish.place)},
        lead=lambda day, text: wish.book_url(day, text, partner=partner.reference),
    )
    return picker_of(request, wish, stand, now=now, only=partner)


def _carried(request: HttpRequest, partner: Partner, now: datetime) -> Wish | None:
    """What a search on the way here knows, if this partner does it in that city."""
    form = SearchForm({name: request.GET.get(name, "") for name in ("service", "place")}, now=now)
    if not form.is_valid():
        return None
    wish = wish_of(form, now)
    is_theirs = wish.city == partner.city and wish.service.skill_id in partner.skill_ids
    return wish if is_theirs else None


def _usual(partner: Partner, now: datetime) -> Wanted | None:
    """Their shortest visit next door: where it is not known yet what is needed, no visit can be sooner."""
    theirs = Service.objects.filter(is_active=True, skill__in=partner.skill_ids)
    service = theirs.order_by("duration_minutes", "position").first()
    if service is None:
        return None
    soonest = soonest_arrival(now, ZoneInfo(partner.city.time_zone))
    return Wanted(
        service=service,
        city=partner.city,
        at=Point(partner.latitude, partner.longitude),
        postcode="" if partner.home is None else partner.home.postcode,
        arrives_from=soonest,
        arrives_until=soonest,
        duration=timedelta(minutes=service.duration_minutes),
    )


def _next(partner: Partner, wanted: Wanted, *, is_asked: bool, now: datetime) -> datetime | None:
    if is_asked and not services.able_partners(wanted).filter(pk=partner.pk).exists():
        return None
    return services.next_arrivals([partner], wanted, days=LOOKS_AHEAD_DAYS, now=now).get(partner.pk)
