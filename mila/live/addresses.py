"""Where a page finds the stream of what it shows. Empty: it asks every few seconds by itself."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

ORDERS, OFFERS = "/live/orders/", "/live/offers"


def order_stream(request: HttpRequest, reference: str) -> str:
    return _address(request, f"{ORDERS}{reference}")


def offers_stream(request: HttpRequest) -> str:
    return _address(request, OFFERS)


def _address(request: HttpRequest, path: str) -> str:
    return "" if settings.LIVE_URL == "off" or _is_refused(request) else f"{settings.LIVE_URL}{path}"


def _is_refused(request: HttpRequest) -> bool:
    """Whether a stream on a host of its own would turn away the page, opened under a name that is not the site's."""
    if "://" not in settings.LIVE_URL:
        return False
    return request.get_host() not in {urlsplit(origin).netloc for origin in settings.LIVE_ORIGINS}
