"""The same again: service, address, words and person of an earlier order; only the time is chosen anew."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from mila.accounts.requests import SignedIn
from mila.pages.figures import public_partner
from mila.pages.wish import DAYS_SHOWN, Wish, week_of, wish_like
from orders.clients.policy import may_book_again
from orders.clients.services import partner_again, place_of
from orders.models import Order
from orders.policy import OrderStatus
from orders.services import able_partners
from orders.slots import BOOKABLE_DAYS

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
    wish = _from_day(wish_like(order, place, now), request.GET.get("from", ""))
    usual = partner_again(order)
    is_able = usual is not None and able_partners(wish.wanted).filter(pk=usual.pk).exists()
    asked = usual if is_able and request.GET.get("who") != ANYBODY else None
    more = {"again": order.reference} | ({} if asked is None else {"partner": asked.reference})
    week = week_of(wish, now=now, page="book", more=more, partner=asked)
    context = {
        "order": order,
        "wish": wish,
        "now": now,
        "usual": None if usual is None else public_partner(usual),
        "is_able": is_able,
        "asked": asked,
        "week": week,
        "anything": any(day.times for day in week),
        "later": _later(wish, now),
    }
    return render(request, "pages/again.html", context)


def _from_day(wish: Wish, text: str) -> Wish:
    """The same wish on a later day; an odd day changes nothing."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return wish
    first = wish.arrives_from
    last = first + timedelta(days=BOOKABLE_DAYS)
    if not first.date() < day <= last.date():
        return wish
    begins = datetime.combine(day, first.timetz())
    return replace(wish, arrives_from=begins, arrives_until=begins)


def _later(wish: Wish, now: datetime) -> date | None:
    """The day after those shown, while it can be booked."""
    day = wish.arrives_from.date() + timedelta(days=DAYS_SHOWN)
    return day if day <= (now + timedelta(days=BOOKABLE_DAYS)).date() else None
