"""Where a page finds the stream of what it shows. Empty: it asks every few seconds by itself."""

from django.conf import settings

from orders.models import Order

ORDERS, OFFERS = "/live/orders/", "/live/offers"


def order_stream(order: Order) -> str:
    return _address(f"{ORDERS}{order.reference}")


def offers_stream() -> str:
    return _address(OFFERS)


def _address(path: str) -> str:
    return "" if settings.LIVE_URL == "off" else f"{settings.LIVE_URL}{path}"
