"""What do you need, and who could come: the way into a booking."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from mila.pages.cards import Card, cards_of
from mila.pages.profile import profile_url
from mila.pages.telling import tell_me_url
from mila.pages.week import Picker, Stand, picker_of
from mila.pages.wish import Wish, is_done_nearby, wish_of
from orders import services
from orders.booking.policy import SOON
from orders.forms import SearchForm
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
        "cards": _cards(wish, list(page.object_list), now),
        "favourites": _hearts(request, page.object_list),
        "anybody_url": _book_url(wish),
        # Who can come then is what was asked; other times are looked for when nobody can, or when they are asked for.
        "picker": None if matches else _other_times(request, wish, now),
        "times_url": f"{reverse('search_times')}?{urlencode(wish.query)}",
        "anybody_at_all": bool(matches) or services.able_partners(wish.wanted).exists(),
        "anybody_in_city": bool(matches) or is_done_nearby(wish),
        "tell_me_url": tell_me_url(wish.query),
    }
    return render(request, "pages/search.html", context | _form_context(form))


def search_times(request: HttpRequest) -> HttpResponse:
    """The other times of a search: without script a page of their own, of which the search takes the picker."""
    now = timezone.now()
    form = SearchForm(request.GET, now=now)
    if not form.is_valid():
        return redirect(f"{reverse('search')}?{request.GET.urlencode()}")
    wish = wish_of(form, now)
    context = {"wish": wish, "now": now, "picker": _other_times(request, wish, now)}
    return render(request, "pages/search_times.html", context)


def _other_times(request: HttpRequest, wish: Wish, now: datetime) -> Picker:
    """Of anybody; each time is the same search then."""
    stand = Stand(
        address=reverse("search_times"),
        kept=wish.query,
        lead=lambda day, text: f"{reverse('search')}?{urlencode(wish.query_at(day, text))}",
        wished=wish.arrives_from.date(),
        chosen=f"{wish.arrives_from:%Y-%m-%d} {wish.time_text}",
        offers_soonest=False,
    )
    return picker_of(request, wish, stand, now=now)


def _cards(wish: Wish, matches: Sequence[Match], now: datetime) -> list[Card]:
    """With where one goes on from each."""
    return [
        replace(card, book_url=_book_url(wish, partner), profile_url=profile_url(partner, wish))
        for card in cards_of(wish, matches, now)
        for partner in [card.public.partner]
    ]


def _hearts(request: HttpRequest, matches: Iterable[Match]) -> set[int] | None:
    """The favourites among them; None for visitors, who keep nobody. It changes nothing about the order (C11)."""
    if not request.user.is_authenticated:
        return None
    return favourite_ids(request.user, [match.partner_id for match in matches])


def _book_url(wish: Wish, partner: Partner | None = None) -> str:
    chosen = {"anybody": "1"} if partner is None else {"partner": partner.reference}
    if wish.is_soon:
        return wish.book_url(None, SOON, **chosen)
    return wish.book_url(wish.arrives_from.date(), wish.time_text, **chosen)


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
