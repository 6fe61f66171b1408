"""The open offers of a partner, and what became of those that were on the page a moment ago."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.services import commissions_on
from mila.accounts.requests import SignedIn
from mila.lib.geo import distance_km
from orders.models import Job, Offer
from orders.policy import OfferStatus, OrderStatus
from partners.models import Partner

# Of those that have gone while the page was open.
GONE_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Gone:
    """An offer that can no longer be accepted, and why, said calmly."""

    offer: Offer
    words: str


def partner_offers(request: SignedIn) -> HttpResponse:
    """The open offers alone; the dashboard asks for them again and again. 204 while they are the `seen` ones."""
    if not request.headers.get("HX-Request"):
        return redirect("partner_dashboard")
    partner = request.user.partner
    now = timezone.now()
    seen = request.GET.get("seen", "")
    context = {"partner": partner, "now": now} | offers_context(partner, now)
    if seen == context["offers_seen"]:
        return HttpResponse(status=204)
    return render(request, "pages/_offers.html", context | {"gone": _gone(partner, seen)})


def offers_context(partner: Partner, now: datetime) -> dict[str, Any]:
    """Each open offer with the way there in metres and the commission on its price, known before one accepts."""
    offers = list(
        Offer.objects.for_partner(partner)
        .open_at(now)
        .select_related("order__service", "order__city")
        .order_by("expires_at", "id")
    )
    kept = commissions_on(offer.order for offer in offers)
    return {
        "offers": [(offer, _metres(partner, offer), kept.get(offer.order_id)) for offer in offers],
        "offers_seen": f"{partner.status}-" + "-".join(str(offer.pk) for offer in offers),
    }


def _gone(partner: Partner, seen: str) -> list[Gone]:
    """Those that were shown and have ended without the partner's doing."""
    shown = [int(part) for part in seen.split("-")[1:] if part.isdecimal() and len(part) < 19]
    ended = Offer.objects.for_partner(partner).filter(
        pk__in=shown, status__in=(OfferStatus.WITHDRAWN, OfferStatus.LAPSED)
    )
    offers = list(ended.select_related("order__service", "order__city").order_by("-answered_at")[:GONE_SHOWN])
    taken = set(
        Job.objects.alive()
        .filter(order__in=[offer.order_id for offer in offers])
        .values_list("order", flat=True)
    )
    return [Gone(offer, _why(offer, is_taken=offer.order_id in taken)) for offer in offers]


def _why(offer: Offer, *, is_taken: bool) -> str:
    if offer.status == OfferStatus.LAPSED:
        return _("The time to answer is over")
    if offer.order.status == OrderStatus.CANCELLED:
        return _("The client has cancelled")
    return _("Somebody else was faster") if is_taken else _("This offer is no longer open")


def _metres(partner: Partner, offer: Offer) -> float:
    order = offer.order
    return 1000 * distance_km(partner.latitude, partner.longitude, order.latitude, order.longitude)
