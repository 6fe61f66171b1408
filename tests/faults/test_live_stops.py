"""Redis or the live process goes away while pages are open, and comes back: the pages ask by themselves meanwhile."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.conf import settings as site
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mila.lib import watching
from mila.lib.redis import RedisAddresses
from mila.lib.watching import Topic, publish
from mila.live.hub import Hub, NotHearing
from mila.live.rights import Ticket
from orders import services as orders
from tests.faults.processes import LiveProcess, OwnRedis, eventually
from tests.pages.scenes import in_days, new_client, new_partner, placed_order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

NOBODY_WAITS_LONGER = 5  # seconds


@pytest.fixture
def wired(own_redis: OwnRedis, settings: LazySettings) -> Iterator[None]:
    settings.DOORBELL = True
    settings.WATCHING_URL = RedisAddresses(own_redis.url).cache()
    settings.CELERY_BROKER_URL = RedisAddresses(own_redis.url).broker()
    yield
    watching.circuit.close()


@pytest.fixture
def live(process_environment: dict[str, str], own_redis: OwnRedis, tmp_path: Path) -> Iterator[LiveProcess]:
    process = LiveProcess(process_environment | {"REDIS_URL": own_redis.url}, tmp_path / "live.log")
    process.start()
    yield process
    process.stop()


@pytest.mark.usefixtures("wired")
def test_a_hub_hears_again_after_redis_was_away(own_redis: OwnRedis, settings: LazySettings):
    ticket = Ticket(1, Topic("order", 7))

    async def until(condition, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end
            await asyncio.sleep(0.02)

    async def scene() -> None:
        hub = Hub(settings.WATCHING_URL, settings.WATCHING_CHANNEL)
        listening = asyncio.create_task(hub.listen())
        await until(lambda: hub.is_hearing)
        stream = hub.enter(ticket)
        await asyncio.to_thread(publish, ticket.topic)
        await until(lambda: stream.has_changed)

        await asyncio.to_thread(own_redis.stop)
        await until(lambda: stream.is_over)
        hub.leave(stream)
        with pytest.raises(NotHearing):
            hub.enter(ticket)

        await asyncio.to_thread(own_redis.start)
        await until(lambda: hub.is_hearing)
        stream = hub.enter(ticket)
        watching.circuit.close()
        await asyncio.to_thread(publish, ticket.topic)
        await until(lambda: stream.has_changed)
        listening.cancel()

    # In a thread of its own: a browser of an earlier test may have a loop running in this one.
    with ThreadPoolExecutor(1) as stage:
        stage.submit(asyncio.run, scene()).result()


@pytest.mark.usefixtures("wired")
def test_without_redis_people_book_and_read_and_streams_are_refused(own_redis: OwnRedis, live: LiveProcess):
    buyer, partner = new_client(), new_partner()
    order = placed_order(buyer, partner=partner, slot_start=in_days(3))
    browser = Client()
    browser.force_login(buyer)
    own_redis.stop()

    begun = time.monotonic()
    orders.accept_offer(offer_id=order.offers.get().pk, partner=partner, now=timezone.now())
    page = browser.get(reverse("order_state", args=[order.reference]))

    assert time.monotonic() - begun < NOBODY_WAITS_LONGER
    assert b'data-pace="10"' in page.content
    assert watching.circuit.is_open()
    cookie = browser.cookies[site.SESSION_COOKIE_NAME].value
    path = f"/live/orders/{order.reference}"
    assert eventually(lambda: _status(live, path, cookie) == 503)
    own_redis.start()
    assert eventually(lambda: _status(live, path, cookie) == 200)
    connections.close_all()


def _status(live: LiveProcess, path: str, cookie: str) -> int:
    """What a new stream is answered; it is hung up at once."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {site.SESSION_COOKIE_NAME}={cookie}\r\n\r\n"
    return int(live.says(request.encode()).split(b" ", 2)[1])
