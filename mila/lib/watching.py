"""Tells whoever watches a thing on a page that it has changed, once this transaction has committed.

Only that it has changed is told, never what: the page asks for itself again, with the rights of its reader. Telling may
fail, or nobody may be there to hear: pages that hear nothing ask every few seconds.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import redis
import structlog
from django.conf import settings
from django.db import transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

from mila.lib import doorbell
from mila.lib.redis import Circuit

logger = structlog.get_logger(__name__)

Kind = Literal["order", "offers"]
KINDS: tuple[Kind, ...] = ("order", "offers")

# Longer than Redis ever takes when it is well; whoever books does not wait for it.
TELL_SECONDS = 0.3

circuit = Circuit()


@dataclass(frozen=True, slots=True)
class Topic:
    """What is watched: one order, or the offers to one partner; `key` is the row's."""

    kind: Kind
    key: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"

    @classmethod
    def read(cls, text: str) -> "Topic | None":
        """The topic that was written so; None for what is none."""
        kind, _colon, key = text.partition(":")
        known = next((name for name in KINDS if name == kind), None)
        return cls(known, int(key)) if known and key.isdecimal() else None


@dataclass(frozen=True, slots=True)
class _Told:
    """Equal for equal topics, so that the second change in one transaction is recognised."""

    topic: Topic

    def __call__(self) -> None:
        publish(self.topic)


def tell_watchers(kind: Kind, key: int) -> None:
    """Say after the commit that it has changed; several changes in one transaction are told once."""
    told = _Told(Topic(kind, key))
    connection = transaction.get_connection()
    savepoints = set(connection.savepoint_ids)
    if any(call == told and sids == savepoints for sids, call, *_ in connection.run_on_commit):
        return
    transaction.on_commit(told, robust=True)


def publish(topic: Topic) -> None:
    """Say it now. While Redis is known to be down nobody waits for it."""
    if doorbell.is_silent() or circuit.is_open():
        return
    try:
        _client(settings.WATCHING_URL).publish(settings.WATCHING_CHANNEL, str(topic))
    except redis.RedisError as error:
        circuit.fail()
        logger.warning("watchers_not_told", error=type(error).__name__)


@cache
def _client(url: str) -> redis.Redis:
    """One pool of connections per process; a second try would only make somebody wait."""
    return redis.Redis.from_url(
        url,
        socket_timeout=TELL_SECONDS,
        socket_connect_timeout=TELL_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
