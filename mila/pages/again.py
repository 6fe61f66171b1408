"""The same again: service, address, words and person of an earlier order; only the time is chosen anew."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mila.accounts.requests import SignedIn
from mila.pages.figures import public_partner
from mila.pages.week import Stand, picker_of
from mila.pages.wish import wish_like
from orders.clients.policy import may_book_again
from orders.clients.services import partner_again, place_of
from orders.models import Order
from orders.policy import OrderStatus
from orders.services import able_partners

ANYBODY = "anybody"


def order_again(request: SignedIn, reference: str) -> HttpResponse:
    """When the same person could come again; when others could, if that person takes no orders or was let go."""
    mine = Order.objects.for_client(request.user).select_related(
        "service", "city", "requested_partner__standing"
    )
    order = get_object_or_404(mine, reference=reference)
    if not may_book_again(OrderStatus(order.status)):
        messages.info(request, _("This order is still under way."))
        return redirect("order_detail", reference=reference)
    now = timezone.now()
    place = place_of(order)
    if place is None or not (order.service.is_active and order.city.is_open):
        messages.info(request, _("This cannot be booked as it was. Please choose what you need now."))
        return redirect("search")
    wish = wish_like(order, place, now)
    usual = partner_again(order)
    is_able = usual is not None and able_partners(wish.wanted).filter(pk=usual.pk).exists()
    asked = usual if is_able and request.GET.get("who") != ANYBODY else None
    more = {"again": order.reference} | ({} if asked is None else {"partner": asked.reference})
    stand = Stand(
        address=reverse("order_again", args=[reference]),
        kept={"who": ANYBODY} if is_able and asked is None else {},
        lead=lambda day, text: wish.book_url(day, text, **more),
    )
    context = {
        "order": order,
        "wish": wish,
        "now": now,
        "usual": None if usual is None else public_partner(usual),
        "is_able": is_able,
        "asked": asked,
        "picker": picker_of(request, wish, stand, now=now, only=asked, own_id=request.user.pk),
    }
    return render(request, "pages/again.html", context)
