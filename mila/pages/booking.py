"""From "what do you need?" to a placed order."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
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
from mila.pages.figures import public_partner
from mila.pages.profile import SHOWN
from orders import services
from orders.forms import BookingForm, SearchForm
from orders.models import Order, Service
from orders.slots import FIRST_ARRIVAL, LAST_ARRIVAL, is_bookable, is_urgent
from partners.fields import one_of_each_town, places_meant
from partners.models import City, Partner, PartnerQuerySet, Place

PER_PAGE = 12
SUGGESTED_PLACES = 12
SUGGESTED_TIMES = 4
# Each is one small query, until enough are found.
OTHER_TIMES = [timedelta(hours=hours) for hours in (2, 4)] + [
    timedelta(days=days) for days in (1, 2, 3, 4, 7)
]


@dataclass(frozen=True)
class Wish:
    """A complete search: what, where, when."""

    service: Service
    place: Place
    city: City
    start: datetime
    end: datetime
    is_urgent: bool

    @property
    def query(self) -> dict[str, str]:
        """As the address of a page carries it, the time spelt out so that it stays the same."""
        return {
            "service": self.service.slug,
            "place": str(self.place),
            "date": f"{self.start:%Y-%m-%d}",
            "time": f"{self.start:%H:%M}",
        }


def home(request: HttpRequest) -> HttpResponse:
    """What do you need, where, when."""
    offered = Service.objects.filter(is_active=True).order_by("position")
    context = _form_context(SearchForm(now=timezone.now())) | {"services": offered}
    return render(request, "pages/home.html", context)


def search(request: HttpRequest) -> HttpResponse:
    """Who can come: the first person free on top, then everybody by the published rank."""
    now = timezone.now()
    if not {"service", "place"} <= request.GET.keys():
        initial = {name: request.GET.get(name) for name in ("service", "place")}
        form = SearchForm(now=now, initial=initial)
        return render(request, "pages/search_form.html", _form_context(form))
    form = SearchForm(request.GET, now=now)
    if not form.is_valid():
        context = _form_context(form) | {"suggestions": _suggestions(request.GET, form)}
        return render(request, "pages/search_form.html", context)
    wish = _wish_of(form, now)
    page = Paginator(_candidates(wish, now), PER_PAGE).get_page(request.GET.get("page"))
    partners = [
        (public_partner(partner, near=wish.place), _book_url(wish, partner)) for partner in page.object_list
    ]
    context = {
        "form": form,
        "wish": wish,
        "now": now,
        "page": page,
        "partners": partners,
        "anybody_url": _book_url(wish),
        "other_times": _other_times(wish, now),
        "anybody_at_all": bool(partners) or _able(wish).exists(),
    }
    return render(request, "pages/search.html", context | _form_context(form))


def book(request: SignedIn) -> HttpResponse:
    """The address and the details; then the order is placed."""
    now = timezone.now()
    wanted = SearchForm(request.GET, now=now)
    if not wanted.is_valid():
        return redirect(f"{reverse('search')}?{request.GET.urlencode()}")
    wish = _wish_of(wanted, now)
    partner = _requested(request.GET)
    initial = {"submission_key": uuid4(), "place": wish.place}
    form = BookingForm(request.POST or None, city=wish.city, client=request.user, initial=initial)
    if request.method == "POST":
        if form.is_valid():
            try:
                order = _place(request, wish, partner, form.cleaned_data, now)
            except (Refusal, Busy) as outcome:
                form.add_error(None, words_of(outcome))
            else:
                return redirect("order_detail", reference=order.reference)
    elif partner is not None and not _candidates(wish, now).filter(pk=partner.pk).exists():
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
        slot_start=wish.start,
        is_urgent=wish.is_urgent,
        requested_partner=partner,
        submission_key=given["submission_key"],
        now=now,
    )


def _wish_of(form: SearchForm, now: datetime) -> Wish:
    service: Service = form.cleaned_data["service"]
    start = form.arrival
    return Wish(
        service=service,
        place=form.cleaned_data["place"],
        city=form.city,
        start=start,
        end=start + timedelta(minutes=service.duration_minutes),
        is_urgent=is_urgent(start, now),
    )


def _candidates(wish: Wish, now: datetime) -> PartnerQuerySet:
    return services.candidates(
        service=wish.service,
        city=wish.city,
        slot=DateTimeTZRange(wish.start, wish.end),
        latitude=wish.place.latitude,
        longitude=wish.place.longitude,
        postcode=wish.place.postcode,
        now=now,
    ).select_related("standing")


def _able(wish: Wish) -> PartnerQuerySet:
    place = wish.place
    return services.able_partners(
        service=wish.service,
        city=wish.city,
        latitude=place.latitude,
        longitude=place.longitude,
        postcode=place.postcode,
    )


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


def _other_times(wish: Wish, now: datetime) -> list[tuple[datetime, str]]:
    """A few arrivals at which somebody is free: later that day, and the same time on the next days."""
    others = (replace(wish, start=wish.start + shift, end=wish.end + shift) for shift in OTHER_TIMES)
    possible = (other for other in others if _is_offered(other.start, now))
    free = (other for other in possible if _candidates(other, now).exists())
    return [
        (other.start, f"{reverse('search')}?{urlencode(other.query)}")
        for other in islice(free, SUGGESTED_TIMES)
    ]


def _is_offered(arrival: datetime, now: datetime) -> bool:
    return FIRST_ARRIVAL <= arrival.time() <= LAST_ARRIVAL and is_bookable(arrival, now)


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
