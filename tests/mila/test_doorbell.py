import socket
import time
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.db import transaction
from kombu import Connection
from kombu.message import Message

from mila.celery import BELLS, HOUR, app, send_bell
from mila.lib import doorbell

# Half a second on an idle machine; without timeouts it would be for ever.
SOON = 3


@pytest.mark.django_db(transaction=True)
def test_a_bell_rings_after_the_commit_and_once_per_transaction(bells: list[str]) -> None:
    with transaction.atomic():
        doorbell.ring("review")
        doorbell.ring("review")
        doorbell.ring("notifications")
        assert bells == []
    assert bells == ["review", "notifications"]


@pytest.mark.django_db(transaction=True)
def test_a_bell_of_a_rolled_back_part_does_not_hide_a_later_ring(bells: list[str]) -> None:
    with transaction.atomic():
        try:
            with transaction.atomic():
                doorbell.ring("review")
                raise ValueError
        except ValueError:
            pass
        doorbell.ring("review")
    assert bells == ["review"]


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_rings_nothing(bells: list[str]) -> None:
    with pytest.raises(ValueError), transaction.atomic():
        doorbell.ring("review")
        raise ValueError
    assert bells == []


def test_an_unknown_bell_is_a_slip_in_the_code() -> None:
    with pytest.raises(doorbell.UnknownBell):
        doorbell.ring("no such bell")


def test_a_bell_lays_its_task_into_the_queue(real_bells: None) -> None:
    with app.connection_for_read() as wire:
        queue = wire.SimpleQueue("celery")
        queue.clear()
        doorbell.press("review")
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    assert message.headers["task"] == BELLS["review"]


@pytest.mark.parametrize(
    "url", ["redis+socket:///nowhere/redis.sock?virtual_host=0", "redis://127.0.0.1:1/0"]
)
def test_without_redis_the_first_ring_costs_little_and_the_next_nothing(
    real_bells: None, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.conf, "broker_url", url)
    started = time.monotonic()
    doorbell.press("review")
    assert time.monotonic() - started < SOON
    assert doorbell.circuit.is_open()
    monkeypatch.setattr(doorbell._Wiring, "send", staticmethod(lambda name: pytest.fail("rang again")))
    doorbell.press("review")


def test_bells_are_silent_in_tests_that_do_not_ask(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorbell._Wiring, "send", staticmethod(lambda name: pytest.fail("rang")))
    doorbell.press("review")


def test_every_bell_has_a_sender() -> None:
    assert set(doorbell._Wiring.names) == set(BELLS)
    assert doorbell._Wiring.send is send_bell


def test_a_bell_is_the_message_that_celery_itself_would_send(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.conf, "broker_url", "memory://")
    send_bell("review")
    with Connection("memory://") as wire:
        with wire.Producer() as producer:
            app.send_task(BELLS["review"], producer=producer, expires=HOUR)
        queue = wire.SimpleQueue(app.conf.task_default_queue)
        ours, theirs = queue.get(timeout=5), queue.get(timeout=5)
    assert ours.body == theirs.body
    assert _comparable(ours) == _comparable(theirs)
    assert ours.headers["id"] == ours.headers["root_id"] == ours.properties["correlation_id"]
    left = datetime.fromisoformat(ours.headers["expires"]) - datetime.now(UTC)
    assert HOUR - 60 < left.total_seconds() <= HOUR


def _comparable(message: Message) -> dict[str, object]:
    """All but what is another one in each message, where results would go (none are kept), and how long it may run.

    That `send_task` adds where the task has run before; the worker knows it in any case.
    """
    told: dict[str, object] = {**message.headers, **message.properties, "type": message.content_type}
    for name in (
        "id",
        "root_id",
        "correlation_id",
        "expires",
        "delivery_tag",
        "reply_to",
        "timelimit",
        "__django_structlog__",
    ):
        told.pop(name, None)
    return told


def test_a_redis_that_accepts_and_never_answers_costs_little(
    real_bells: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setattr(app.conf, "broker_url", f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        started = time.monotonic()
        doorbell.press("review")
        assert time.monotonic() - started < SOON
    assert doorbell.circuit.is_open()
