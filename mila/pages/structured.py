"""What search engines read of a public page, in the words of schema.org: only what the page itself says."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.templatetags.static import static
from django.utils.translation import get_language

from mila.pages.addresses import HOME, SITE
from mila.pages.figures import StarsOfMany
from orders.models import Service
from partners.models import City
from ratings.policy import MAX_STARS, MIN_STARS

Data = dict[str, Any]


def graph(*things: Data) -> Data:
    return {"@context": "https://schema.org", "@graph": list(things)}


def organisation() -> Data:
    return {
        "@type": "Organization",
        "@id": f"{SITE}/#mila",
        "name": "mila",
        "url": f"{SITE}/",
        "logo": SITE + static("img/mark.svg"),
    }


def website() -> Data:
    return {
        "@type": "WebSite",
        "name": "mila",
        "url": HOME.canonical,
        "inLanguage": get_language(),
        "publisher": {"@id": f"{SITE}/#mila"},
    }


def breadcrumbs(steps: Sequence[tuple[str, str]]) -> Data:
    """`steps`: name and address, from the start page to the page itself."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": url}
            for position, (name, url) in enumerate(steps, start=1)
        ],
    }


def help_in(city: City, url: str, services: Iterable[Service], stars: StarsOfMany) -> Data:
    """All that can be booked in a city; stars only where the page shows them."""
    found = list(services)
    data = _service(f"mila {city.local_name}", url, [city])
    if found:
        data["offers"] = {
            "@type": "AggregateOffer",
            "priceCurrency": found[0].currency,
            "lowPrice": str(min(service.price for service in found)),
            "highPrice": str(max(service.price for service in found)),
            "offerCount": len(found),
        }
    if stars.mean is not None:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": str(stars.mean),
            "ratingCount": stars.ratings,
            "bestRating": MAX_STARS,
            "worstRating": MIN_STARS,
        }
    return data


def service_at(service: Service, url: str, cities: Iterable[City]) -> Data:
    """One service; offered only where somebody does it."""
    where = list(cities)
    data = _service(service.name, url, where) | {"description": service.summary}
    if where:
        data["offers"] = _offer(service.price, service.currency, url)
    return data


def _service(name: str, url: str, cities: Sequence[City]) -> Data:
    return {
        "@type": "Service",
        "name": name,
        "url": url,
        "provider": organisation(),
        "areaServed": [{"@type": "City", "name": city.local_name} for city in cities],
    }


def _offer(price: Decimal, currency: str, url: str) -> Data:
    return {"@type": "Offer", "price": str(price), "priceCurrency": currency, "url": url}
