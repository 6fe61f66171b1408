"""One subscription per process, fanned out to the streams that are open in it."""

import asyncio
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from mila.lib.watching import Topic
from mila.live.rights import Ticket

logger = structlog.get_logger(__name__)

STREAMS_PER_USER = 6
STREAMS_PER_PROCESS = 2000
# Redis is asked for a sign of life after so many seconds without a word, and given up after as many again.
SILENCE_SECONDS = 5
RECONNECT_SECONDS = 1


class NotHearing(Exception):
    """Redis can't be heard at the moment; a stream would promise what it can't keep."""


class TooMany(Exception):
    """As many streams are open as one person, or one process, may have."""


@dataclass(eq=False, slots=True)
class Stream:
    """One open page. However much has changed since it was last told, it is told once."""

    ticket: Ticket
    news: asyncio.Event = field(default_factory=asyncio.Event)
    has_changed: bool = False
    is_over: bool = False

    def change(self) -> None:
        self.has_changed = True
        self.news.set()

    def end(self) -> None:
        self.is_over = True
        self.news.set()


class Hub:
    """The open streams by what they watch. Everything here runs in the one event loop of the process."""

    def __init__(self, url: str, channel: str) -> None:
        self.url, self.channel = url, channel
        self.is_hearing = False
        self._streams: defaultdict[Topic, set[Stream]] = defaultdict(set)
        self._per_user: Counter[int] = Counter()

    def enter(self, ticket: Ticket) -> Stream:
        """Raises `NotHearing` and `TooMany`."""
        if not self.is_hearing:
            raise NotHearing
        if (
            self._per_user[ticket.user_id] >= STREAMS_PER_USER
            or self._per_user.total() >= STREAMS_PER_PROCESS
        ):
            raise TooMany
        stream = Stream(ticket)
        self._streams[ticket.topic].add(stream)
        self._per_user[ticket.user_id] += 1
        return stream

    def leave(self, stream: Stream) -> None:
        topic, user_id = stream.ticket.topic, stream.ticket.user_id
        self._streams[topic].discard(stream)
        if not self._streams[topic]:
            del self._streams[topic]
        self._per_user[user_id] -= 1
        if not self._per_user[user_id]:
            del self._per_user[user_id]

    def tell(self, topic: Topic) -> None:
        for stream in self._streams.get(topic, ()):
            stream.change()

    def end_all(self) -> None:
        """Their pages ask by themselves from now on, until they get a stream again."""
        for streams in self._streams.values():
            for stream in streams:
                stream.end()

    async def listen(self) -> None:
        """Hear what is told for as long as the process lives. While Redis is away no stream is open."""
        while True:
            try:
                await self._listen_once()
            except (redis.RedisError, OSError, TimeoutError) as error:
                if self.is_hearing:
                    logger.warning("live_not_hearing", error=type(error).__name__)
            except Exception as error:
                # A process that has stopped listening would look healthy for ever.
                logger.exception("live_listening_failed", error=type(error).__name__)
            finally:
                self.is_hearing = False
                self.end_all()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        client = redis.asyncio.Redis.from_url(
            self.url,
            socket_connect_timeout=SILENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        async with client, client.pubsub() as subscription:
            await subscription.subscribe(self.channel)
            asked = False
            while True:
                said = await subscription.get_message(timeout=SILENCE_SECONDS)
                if said is not None:
                    asked = False
                    self._hear(said["type"], said["data"])
                elif asked:
                    raise TimeoutError
                else:
                    asked = True
                    await subscription.ping()

    def _hear(self, kind: str, data: object) -> None:
        if kind == "subscribe":
            if self.is_hearing:
                # The client has connected anew by itself: who knows what was said meanwhile.
                raise redis.ConnectionError("subscribed twice")
            self.is_hearing = True
        elif kind == "message" and isinstance(data, bytes):
            topic = Topic.read(data.decode())
            if topic is not None:
                self.tell(topic)


async def stopped(task: "asyncio.Task[None]") -> None:
    """End the task and wait for it."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
