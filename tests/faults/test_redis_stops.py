"""Redis goes away while people book and rate, and comes back: nobody notices but the log."""

import time
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from compliance.models import Standing
from mila.accounts.models import User
from mila.celery import app
from mila.lib import cache, doorbell
from mila.lib.redis import RedisAddresses
from mila.notifications.models import Mail, Notification
from orders.models import Order
from partners.models import Partner
from ratings.models import Rating
from tests.faults.conftest import StartWorker
from tests.faults.processes import OwnRedis, eventually, verified
from tests.pages.scenes import completed_visit, in_days, new_client, new_partner, shown_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

NOBODY_WAITS_LONGER = 10  # seconds for one request on a busy machine; Redis alone may cost a fraction of one


@pytest.fixture
def wired(own_redis: OwnRedis, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process rings, and caches, in the Redis that will be stopped."""
    addresses = RedisAddresses(own_redis.url)
    settings.DOORBELL = True
    here = settings.CACHES["default"] | {"LOCATION": addresses.cache()}
    settings.CACHES = settings.CACHES | {"default": here}
    monkeypatch.setattr(app.conf, "broker_url", addresses.broker())
    yield
    for circuit in (doorbell.circuit, cache.circuit):
        circuit.close()


def browser_of(user: User | None) -> Client:
    assert user is not None
    browser = Client()
    browser.force_login(user)
    return browser


def book(browser: Client) -> Order:
    """Take a link of the search, say what is missing, and confirm the summary; the answer is the page of the order."""
    wish = {"service": "home-wifi", "place": "8001 Zürich", "date": f"{in_days(3):%Y-%m-%d}", "time": "10:00"}
    assert browser.get(reverse("book"), wish | {"anybody": "1"}).status_code == 302
    post(browser, reverse("book_service"), {"service": "home-wifi", "when": "day", "day": wish["date"]})
    post(browser, reverse("book_address"), {"street": "Seestrasse 1", "place": "8001 Zürich"})
    answer = post(browser, reverse("book_summary"), shown_in(browser.get(reverse("book_summary"))))
    return Order.objects.get(reference=answer.strip("/").split("/")[-1])


def post(browser: Client, path: str, form: dict[str, object]) -> str:
    """Where the answer leads; nobody waits for Redis."""
    begun = time.monotonic()
    response = browser.post(path, form)
    assert response.status_code == 302, response.content.decode()
    assert time.monotonic() - begun < NOBODY_WAITS_LONGER
    return response.headers["Location"]


def all_sent() -> bool:
    return not Notification.objects.filter(sent_at=None).exists()


def all_posted() -> bool:
    return not Order.objects.filter(posting_due_at__isnull=False).exists()


def all_reviewed() -> bool:
    return not Partner.objects.filter(review__due_at__isnull=False).exists()


@pytest.mark.usefixtures("wired")
def test_booking_and_rating_go_on_without_redis_and_the_rest_follows(
    own_redis: OwnRedis, start_worker: StartWorker
) -> None:
    visit = completed_visit(new_partner())
    client, partner = browser_of(visit.order.client), browser_of(visit.partner.user)
    another = browser_of(new_client())
    worker = start_worker(beat=True)
    assert eventually(lambda: all_sent() and all_reviewed()), worker.log.read_text()
    mails = Mail.objects.count()

    own_redis.stop()
    order = book(another)
    post(client, reverse("order_rate", args=[visit.order.reference]), {"stars": 2, "comment": "Late."})
    post(partner, reverse("job_rate", args=[visit.pk]), {"stars": 5, "comment": "Patient."})
    assert client.get(reverse("order_detail", args=[visit.order.reference])).status_code == 200
    assert Rating.objects.filter(published_at__isnull=False).count() == 2
    waiting = Notification.objects.filter(sent_at=None)
    assert "rating_published" in set(waiting.values_list("kind", flat=True))
    assert not all_reviewed()
    assert another.get(reverse("order_detail", args=[order.reference])).status_code == 200
    assert not order.offers.exists()

    own_redis.start()
    assert eventually(order.offers.exists), worker.log.read_text()
    assert eventually(lambda: all_sent() and all_reviewed() and all_posted()), worker.log.read_text()
    assert Standing.objects.get(partner=visit.partner).stars_in_window == 2
    assert order.offers.count() == 1
    assert Mail.objects.count() == Notification.objects.count() > mails
    assert Notification.objects.exclude(attempts=1).count() == 0
    assert verified() == ["nothing found"]
