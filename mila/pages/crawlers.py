"""What search engines are told about the site: which pages there are, and which are not for them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.contrib.sitemaps import Sitemap
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language

from mila.pages.addresses import FALLBACK, HOME, SITE, PublicPage
from orders.models import Service
from partners.models import City

# By how their addresses begin; `$` is the end of one. Profiles may be fetched: else nobody would read their `noindex`.
NOT_FOR_CRAWLERS = (
    "/account",
    "/admin/",
    "/api/",
    "/book",
    "/orders",
    "/partner$",
    "/partner/",
    "/search",
    "/start",
    "/tell-me",
    "/visits/",
)


class PublicPages(Sitemap["PublicPage"]):
    """Every public page in every language, each with its siblings."""

    i18n = True
    alternates = True

    def items(self) -> list[PublicPage]:
        return list(public_pages())

    def location(self, item: PublicPage) -> str:
        return item.path(get_language() or FALLBACK)

    def get_domain(self, site: object = None) -> str:  # noqa: ARG002 - Django's signature
        return urlsplit(SITE).netloc

    def get_protocol(self, protocol: str | None = None) -> str:  # noqa: ARG002
        return urlsplit(SITE).scheme

    def _urls(self, page: Any, protocol: str, domain: str) -> list[dict[str, Any]]:
        """Django's own default address would be one without a language, which only the start page has."""
        urls: list[dict[str, Any]] = super()._urls(page, protocol, domain)  # type: ignore[misc]
        for url in urls:
            public_page, _language = url["item"]
            url["alternates"].append({"location": public_page.default_url, "lang_code": "x-default"})
        return urls


SITEMAPS = {"public": PublicPages}


def public_pages() -> Iterator[PublicPage]:
    """The start page, the cities, the services, and each service in each city."""
    cities = list(City.objects.filter(is_open=True).values_list("slug", flat=True))
    services = list(Service.objects.filter(is_active=True).values_list("slug", flat=True))
    yield HOME
    yield from (PublicPage("city_page", city=city) for city in cities)
    yield from (PublicPage("service_page", service=service) for service in services)
    yield from (
        PublicPage("city_service_page", city=city, service=service) for city in cities for service in services
    )


def robots(_request: HttpRequest) -> HttpResponse:
    """Forms and people's own pages are left alone; nothing is kept secret by this."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_CRAWLERS)]
    lines += ["", f"Sitemap: {SITE}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
