"""From "what do you need?" to a placed order."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mila.accounts.requests import SignedIn
from mila.accounts.services import introduce
from mila.lib.answers import words_of
from mila.lib.locks import Busy
from mila.lib.refusals import Refusal
from mila.pages.figures import PublicPartner, public_partner
from mila.pages.profile import SHOWN
from mila.pages.telling import tell_me_url
from mila.pages.wish import Wish, later_url, week_of, wish_of
from orders import services
from orders.clients.services import remember_address
from orders.forms import BookingForm, SearchForm
from orders.models import Order
from orders.services import Match, candidates
from partners.favourites import favourite_ids
from partners.fields import one_of_each_town, places_meant
from partners.models import City, Partner, Place

PER_PAGE = 12
SUGGESTED_PLACES = 12
# Nobody turns over more pages than these fill.
MOST_SHOWN = 60


def search(request: HttpRequest) -> HttpResponse:
    """Who can come: the first person free on top, then everybody by the published rank."""
    now = timezone.now()
    if not {"service", "place"} <= request.GET.keys():
        initial = {name: request.GET.get(name) for name in ("service", "place")}
        form = SearchForm(now=now, initial=initial)
        return render(request, "pages/search_form.html", _form_context(form))
    form = SearchForm(request.GET, now=now)
    if not form.is_valid():
        context = _form_context(form) | {
            "suggestions": _suggestions(request.GET, form),
            "tell_me_url": tell_me_url(request.GET) if form.has_error("place", code="unserved") else "",
        }
        return render(request, "pages/search_form.html", context)
    wish = wish_of(form, now)
    matches = candidates(wish.wanted, limit=MOST_SHOWN, now=now)
    page = Paginator(matches, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "wish": wish,
        "now": now,
        "page": page,
        "partners": _shown(wish, list(page.object_list)),
        "favourites": _hearts(request, page.object_list),
        "anybody_url": _book_url(wish),
        "week": week_of(wish, now=now),
        "later_url": later_url(wish),
        "anybody_at_all": bool(matches) or services.able_partners(wish.wanted).exists(),
        "tell_me_url": tell_me_url(wish.query),
    }
    return render(request, "pages/search.html", context | _form_context(form))


def book(request: SignedIn) -> HttpResponse:
    """The address and the details; then the order is placed."""
    now = timezone.now()
    wanted = SearchForm(request.GET, now=now)
    if not wanted.is_valid():
        return redirect(f"{reverse('search')}?{request.GET.urlencode()}")
    wish = wish_of(wanted, now)
    partner = _requested(request.GET)
    initial = {"submission_key": uuid4(), "place": wish.place} | _as_before(request)
    form = BookingForm(request.POST or None, city=wish.city, client=request.user, initial=initial)
    if request.method == "POST":
        if form.is_valid():
            try:
                order = _place(request, wish, partner, form.cleaned_data, now)
            except (Refusal, Busy) as outcome:
                form.add_error(None, words_of(outcome))
            else:
                _remember(request, form.cleaned_data, now)
                return redirect("order_detail", reference=order.reference)
    elif partner is not None and not services.can_come(partner, wish.wanted, now=now):
        messages.warning(request, _("%(name)s is no longer free then. Here is who is.") % {"name": partner})
        return redirect(f"{reverse('search')}?{urlencode(wish.query)}")
    context = {
        "form": form,
        "wish": wish,
        "now": now,
        "partner": None if partner is None else public_partner(partner, near=wish.place),
        "search_url": f"{reverse('search')}?{urlencode(wish.query)}",
    }
    return render(request, "pages/book.html", context)


def _place(
    request: SignedIn, wish: Wish, partner: Partner | None, given: dict[str, Any], now: datetime
) -> Order:
    introduce(user=request.user, first_name=given.get("first_name", ""), phone=given.get("phone", ""))
    return services.place_order(
        client=request.user,
        service=wish.service,
        city=wish.city,
        place=given["place"],
        street=given["street"],
        details=given["details"],
        slot_start=wish.arrives_from,
        arrives_until=wish.arrives_until,
        is_urgent=wish.is_urgent,
        requested_partner=partner,
        submission_key=given["submission_key"],
        now=now,
    )


def _remember(request: SignedIn, given: dict[str, Any], now: datetime) -> None:
    """For the next booking; this one stands even if somebody else holds the rows."""
    with suppress(Busy):
        remember_address(client=request.user, street=given["street"], place=given["place"], now=now)


def _shown(wish: Wish, matches: Sequence[Match]) -> list[tuple[PublicPartner, Match, str]]:
    """The partners of a page in their order, with when they could come and the link to book them."""
    known = Partner.objects.select_related("standing").in_bulk([match.partner_id for match in matches])
    zone = ZoneInfo(wish.city.time_zone)
    return [
        (
            public_partner(partner, near=wish.place),
            replace(match, start=match.start.astimezone(zone)),
            _book_url(wish, partner),
        )
        for match in matches
        if (partner := known.get(match.partner_id)) is not None
    ]


def _hearts(request: HttpRequest, matches: Iterable[Match]) -> set[int] | None:
    """The favourites among them; None for visitors, who keep nobody. It changes nothing about the order (C11)."""
    if not request.user.is_authenticated:
        return None
    return favourite_ids(request.user, [match.partner_id for match in matches])


def _as_before(request: SignedIn) -> dict[str, str]:
    """The address and the words of an order that came to nothing, for whoever tries again."""
    again = request.GET.get("again", "")
    earlier = Order.objects.for_client(request.user).filter(reference=again).first()
    return {} if earlier is None else {"street": earlier.street, "details": earlier.details}


def _requested(query: QueryDict) -> Partner | None:
    """Whoever has a public page: whether this person can come is asked of `candidates`, like for everybody."""
    reference = query.get("partner")
    if not reference:
        return None
    known = Partner.objects.filter(status__in=SHOWN).select_related("standing")
    return get_object_or_404(known, reference=reference)


def _book_url(wish: Wish, partner: Partner | None = None) -> str:
    chosen = {} if partner is None else {"partner": partner.reference}
    return f"{reverse('book')}?{urlencode(wish.query | chosen)}"


def _form_context(form: SearchForm) -> dict[str, Any]:
    return {"form": form, "cities": City.objects.filter(is_open=True)}


def _suggestions(query: QueryDict, form: SearchForm) -> list[tuple[Place, str]]:
    """Links that complete an unclear place, for whoever has no script."""
    if not form.has_error("place", code="ambiguous"):
        return []
    kept = {name: query[name] for name in ("service", "date", "time") if query.get(name)}
    towns = one_of_each_town(places_meant(query.get("place", "")))
    served_first = sorted(towns, key=lambda place: place.city_id is None)
    return [
        (place, f"{reverse('search')}?{urlencode(kept | {'place': str(place)})}")
        for place in served_first[:SUGGESTED_PLACES]
    ]
