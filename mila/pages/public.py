"""What everybody and every search engine may read: the start page, cities, services, services in a city (C28)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from mila.pages import structured
from mila.pages.addresses import FALLBACK, HOME, PublicPage
from mila.pages.figures import stars_of_many
from mila.pages.telling import tell_me_form
from orders.dispatch.policy import Rule
from orders.forms import SearchForm
from orders.models import Service
from partners.models import City
from partners.services import able_by_city, able_by_skill, active_by_city, towns_around
from ratings.policy import MIN_PUBLIC_RATINGS, RATING_PERIOD, WINDOW

TOWNS_SHOWN = 24
# The view takes the language from the address, before it is called: see `mila.language`.
Language = str


@dataclass(frozen=True, slots=True)
class Offered:
    """A service with the page that tells more, and how many partners do it (there)."""

    service: Service
    url: str
    partners: int = 0


@dataclass(frozen=True, slots=True)
class Served:
    """A city with the page that tells more, and how many partners work (and do this) there."""

    city: City
    url: str
    partners: int


def home(request: HttpRequest, language: Language = "") -> HttpResponse:  # noqa: ARG001
    """What do you need, where, when. Without a language in the address it is negotiated."""
    cities = _served(active_by_city())
    context = {
        "form": SearchForm(now=timezone.now()),
        "services": [Offered(service, _path("service_page", service=service.slug)) for service in _offer()],
        "served": cities,
        "partners": sum(served.partners for served in cities),
        "stars": stars_of_many(),
        "public_page": HOME,
        "data": structured.graph(structured.organisation(), structured.website()),
    }
    return render(request, "pages/home.html", context)


def city_page(request: HttpRequest, language: Language, city: str) -> HttpResponse:  # noqa: ARG001
    """Who works in a city, what can be booked there, and what others say."""
    here = get_object_or_404(City, slug=city, is_open=True)
    page = PublicPage("city_page", city=here.slug)
    able, stars = able_by_skill(city=here), stars_of_many(here)
    services = _offered_in(here, able)
    bookable = [offered.service for offered in services if offered.partners]
    context = {
        "city": here,
        "partners": active_by_city().get(here.pk, 0),
        "services": services,
        "cheapest": min(bookable, key=lambda service: service.price, default=None),
        "stars": stars,
        "towns": [
            (town, _search_url(place=str(town))) for town in towns_around(city=here, limit=TOWNS_SHOWN)
        ],
        "search_url": _search_url(place=here.name),
        "tell_me_form": None if bookable else tell_me_form(request, place=here.name),
        "public_page": page,
        "crumbs": [_home_crumb(), (here.local_name, page.canonical)],
    }
    data = structured.help_in(here, page.canonical, bookable, stars)
    return _rendered(request, "pages/city.html", context, data)


def service_page(request: HttpRequest, language: Language, service: str) -> HttpResponse:  # noqa: ARG001
    """What a service covers and costs, and in which cities somebody does it."""
    offered = _service(service)
    page = PublicPage("service_page", service=offered.slug)
    cities = _served(able_by_city(skill=offered.skill), offered)
    context = {
        "service": offered,
        "served": cities,
        "search_url": _search_url(service=offered.slug),
        "rules": _rules(),
        "public_page": page,
        "crumbs": [_home_crumb(), (offered.name, page.canonical)],
    }
    data = structured.service_at(
        offered, page.canonical, [served.city for served in cities if served.partners]
    )
    return _rendered(request, "pages/service.html", context, data)


def city_service_page(
    request: HttpRequest,
    language: Language,  # noqa: ARG001
    city: str,
    service: str,
) -> HttpResponse:
    """What a service costs in a city, and how many people there do it."""
    here, offered = get_object_or_404(City, slug=city, is_open=True), _service(service)
    page = PublicPage("city_service_page", city=here.slug, service=offered.slug)
    able = able_by_skill(city=here)
    partners = able.get(offered.skill_id, 0)
    city_url = PublicPage("city_page", city=here.slug).canonical
    context = {
        "city": here,
        "service": offered,
        "partners": partners,
        "others": [one for one in _offered_in(here, able) if one.partners and one.service != offered],
        "city_path": _path("city_page", city=here.slug),
        "service_path": _path("service_page", service=offered.slug),
        "search_url": _search_url(service=offered.slug, place=here.name),
        "rules": _rules(),
        "tell_me_form": None if partners else tell_me_form(request, service=offered.slug, place=here.name),
        "public_page": page,
        "crumbs": [_home_crumb(), (here.local_name, city_url), (offered.name, page.canonical)],
    }
    data = structured.service_at(offered, page.canonical, [here] if partners else [])
    return _rendered(request, "pages/city_service.html", context, data)


def _rendered(
    request: HttpRequest, template: str, context: Mapping[str, Any], data: structured.Data
) -> HttpResponse:
    told = structured.graph(structured.breadcrumbs(context["crumbs"]), data)
    return render(request, template, {**context, "data": told})


def _offer() -> list[Service]:
    return list(Service.objects.filter(is_active=True).order_by("position", "slug"))


def _service(slug: str) -> Service:
    return get_object_or_404(Service.objects.select_related("skill"), slug=slug, is_active=True)


def _served(partners: Mapping[int, int], service: Service | None = None) -> list[Served]:
    """The open cities with the number of partners of each; where there are most come first."""
    name, more = ("city_page", {}) if service is None else ("city_service_page", {"service": service.slug})
    found = [
        Served(city, _path(name, city=city.slug, **more), partners.get(city.pk, 0))
        for city in City.objects.filter(is_open=True)
    ]
    return sorted(found, key=lambda served: (-served.partners, served.city.slug))


def _offered_in(city: City, able: Mapping[int, int]) -> list[Offered]:
    return [
        Offered(
            service,
            _path("city_service_page", city=city.slug, service=service.slug),
            able.get(service.skill_id, 0),
        )
        for service in _offer()
    ]


def _path(name: str, **slugs: str) -> str:
    return PublicPage(name, **slugs).path(get_language() or FALLBACK)


def _search_url(**known: str) -> str:
    return f"{reverse('search')}?{urlencode(known)}"


def _home_crumb() -> tuple[str, str]:
    return "mila", HOME.canonical


def _rules() -> dict[str, int]:
    """The figures in the explanations, from the rules themselves."""
    rule = Rule()
    return {
        "urgent_minutes": rule.urgent.search // timedelta(minutes=1),
        "planned_hours": rule.planned.search // timedelta(hours=1),
        "rating_days": RATING_PERIOD.days,
        "window": WINDOW,
        "least_ratings": MIN_PUBLIC_RATINGS,
    }
