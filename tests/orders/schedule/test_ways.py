"""Ways asked of a routing server before an acceptance, and what holds when it is silent."""

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.db import transaction

from mila.lib import travel
from mila.lib.geo import Point
from orders import services
from orders.models import Offer, Order
from orders.schedule.services import pace_of
from orders.schedule.wanted import Wanted
from orders.schedule.ways import ways_around
from partners.models import Partner
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START, accept, book

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 5000


class Handler(BaseHTTPRequestHandler):
    """Every way takes as long, whatever the distance."""

    def do_GET(self) -> None:
        chosen = parse_qs(urlsplit(self.path).query)
        rows, columns = (len(chosen[name][0].split(";")) for name in ("sources", "destinations"))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"durations": [[SECONDS] * columns] * rows}).encode())

    def log_message(self, *_anything: object) -> None:
        pass


@pytest.fixture
def server(settings: LazySettings) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        settings.ROUTING_URL = f"http://127.0.0.1:{running.server_port}"
        yield
        running.shutdown()
    travel.circuit.close()


@pytest.fixture
def day(db: None) -> tuple[Partner, Order]:
    """A visit from ten to eleven, and an offer for half past eleven in the same place."""
    client, partner = factories.UserFactory.create(), factories.PartnerFactory.create()
    accept(book(client), partner)
    return partner, book(client, slot_start=START + timedelta(minutes=90))


def test_the_server_knows_better_than_the_estimate(server: None, day: tuple[Partner, Order]) -> None:
    partner, order = day
    offer = Offer.objects.get(order=order, partner=partner)
    with pytest.raises(services.TooFar):
        services.accept_offer(offer_id=offer.pk, partner=partner, now=NOW)


def test_a_silent_server_leaves_the_estimate(settings: LazySettings, day: tuple[Partner, Order]) -> None:
    partner, order = day
    settings.ROUTING_URL = "http://127.0.0.1:9"
    assert accept(order, partner).partner == partner
    assert travel.circuit.is_open()
    travel.circuit.close()


def test_nobody_is_asked_inside_a_transaction(server: None, day: tuple[Partner, Order]) -> None:
    partner, order = day
    with transaction.atomic():
        assert ways_around(partner, Wanted.of(order), now=NOW) == pace_of(order.city)


def test_what_the_server_was_not_asked_for_is_estimated(server: None, day: tuple[Partner, Order]) -> None:
    partner, order = day
    wanted = Wanted.of(order)
    way = ways_around(partner, wanted, now=NOW)
    elsewhere = Point(46.0, 8.0)
    assert way(wanted.at, wanted.at) == timedelta(seconds=SECONDS)
    assert way(wanted.at, elsewhere) == pace_of(order.city)(wanted.at, elsewhere)
