"""A client's own pages: all orders, and the addresses kept for the next one."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mila.accounts.requests import SignedIn
from mila.lib.answers import RefusalsTold, words_of
from mila.lib.refusals import Refusal
from mila.lib.templatetags.mila import clock, day
from orders.clients import services
from orders.clients.forms import AddressForm
from orders.clients.policy import COMING, MOST_ADDRESSES
from orders.models import ClientAddress, Job, Order, Service
from orders.policy import Outcome

PER_PAGE = 20
COMING_ONLY, PAST_ONLY = "coming", "past"


def order_list(request: SignedIn) -> HttpResponse:
    """What is to come, the next first, then the past; all, one of the two, or one service."""
    now = timezone.now()
    mine = Order.objects.for_client(request.user)
    show, slug = request.GET.get("show", ""), request.GET.get("service", "")
    booked = Service.objects.filter(pk__in=mine.values("service")).order_by("position")
    services_booked = list(booked)
    chosen = next((service for service in services_booked if service.slug == slug), None)
    found = mine if chosen is None else mine.filter(service=chosen)
    if show == COMING_ONLY:
        found = found.filter(status__in=COMING)
    elif show == PAST_ONLY:
        found = found.exclude(status__in=COMING)
    # Of the partners who were on an order, the one who comes or has come.
    who = Job.objects.filter(outcome__isnull=True) | Job.objects.filter(outcome=Outcome.COMPLETED)
    visits = Prefetch("jobs", queryset=who.select_related("partner"), to_attr="visits")
    listed = services.coming_first(found).select_related("service", "city").prefetch_related(visits)
    title, below = _what_is_true(services.outlook_of(request.user, now=now), now)
    context = {
        "page": Paginator(listed, PER_PAGE).get_page(request.GET.get("page")),
        "now": now,
        "title": title,
        "below": below,
        "show": show if show in (COMING_ONLY, PAST_ONLY) else "",
        "services": services_booked if len(services_booked) > 1 else [],
        "chosen": chosen,
        "anything": bool(services_booked),
    }
    return render(request, "orders/list.html", context)


def addresses(request: SignedIn) -> HttpResponse:
    """Where partners have been asked to come to, and may be again."""
    kept = list(services.addresses_of(request.user))
    context = {"addresses": kept, "is_full": len(kept) >= MOST_ADDRESSES, "most": MOST_ADDRESSES}
    return render(request, "orders/addresses.html", context)


def add_address(request: SignedIn) -> HttpResponse:
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_address(client=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, words_of(refusal))
        else:
            messages.success(request, _("The address is kept for your next booking."))
            return redirect("addresses")
    return render(request, "orders/address.html", {"form": form, "address": None})


def change_address(request: SignedIn, address_id: int) -> HttpResponse:
    address = _own_address(request, address_id)
    kept = {"label": address.label, "street": address.street, "place": address.place}
    form = AddressForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_address(client=request.user, address_id=address.pk, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, words_of(refusal))
        else:
            messages.success(request, _("The address is changed. Visits booked before stay where they are."))
            return redirect("addresses")
    return render(request, "orders/address.html", {"form": form, "address": address})


def make_default(request: SignedIn, address_id: int) -> HttpResponse:
    address = _own_address(request, address_id)
    with RefusalsTold(request):
        services.make_default(client=request.user, address_id=address.pk)
        messages.success(request, _("%(address)s is proposed first from now on.") % {"address": address})
    return redirect("addresses")


def remove_address(request: SignedIn, address_id: int) -> HttpResponse:
    address = _own_address(request, address_id)
    with RefusalsTold(request):
        services.remove_address(client=request.user, address_id=address.pk)
        messages.info(request, _("%(address)s is removed.") % {"address": address})
    return redirect("addresses")


def _what_is_true(outlook: services.Outlook, now: datetime) -> tuple[str, str]:
    """The heading of the list, and the line below it."""
    what = _("The next: %(visit)s") % {"visit": _visit(outlook.next_visit, now)} if outlook.next_visit else ""
    if outlook.this_week == 1 and outlook.next_visit:
        return _("One visit this week"), _visit(outlook.next_visit, now)
    if outlook.this_week:
        several = ngettext("%(count)s visit this week", "%(count)s visits this week", outlook.this_week)
        return several % {"count": outlook.this_week}, what
    if what:
        return _("No more visits this week"), what
    if outlook.searching:
        return _("We are looking for somebody for you"), ""
    return _("No visit is planned"), ""


def _visit(order: Order, now: datetime) -> str:
    with timezone.override(ZoneInfo(order.city.time_zone)):
        return _("%(service)s, %(day)s, %(time)s") % {
            "service": order.service.name,
            "day": day(order.starts_at, now),
            "time": clock(order.starts_at),
        }


def _own_address(request: SignedIn, address_id: int) -> ClientAddress:
    mine = services.addresses_of(request.user)
    return get_object_or_404(mine, pk=address_id)
