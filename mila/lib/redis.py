"""The addresses of our databases within one Redis, and not waiting for a Redis that is down."""

import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit, urlunsplit

# Kept apart, so that emptying the cache never empties the queue.
BROKER, CACHE = 0, 2


@dataclass(frozen=True)
class RedisAddresses:
    """`redis[s]://…[/n]` or `unix:///path[?db=n]`; n is the first of our database numbers, 0 by default."""

    url: str

    def broker(self) -> str:
        """The queue's address as Celery writes it."""
        parts = urlsplit(self.url)
        if parts.scheme == "unix":
            return f"redis+socket://{parts.path}?virtual_host={self._number(BROKER)}"
        return self._with_number(BROKER)

    def cache(self) -> str:
        """The cache's address as redis-py writes it."""
        return self._with_number(CACHE)

    def channel(self, name: str) -> str:
        """The name of a channel of ours: messages know no database numbers, so it holds the number."""
        return f"{name}-{self._number(0)}"

    def _number(self, offset: int) -> int:
        parts = urlsplit(self.url)
        first = parse_qs(parts.query).get("db", ["0"])[0] if parts.scheme == "unix" else parts.path.strip("/")
        return int(first or 0) + offset

    def _with_number(self, offset: int) -> str:
        parts = urlsplit(self.url)
        number = self._number(offset)
        if parts.scheme == "unix":
            return f"unix://{parts.path}?db={number}"
        return urlunsplit(parts._replace(path=f"/{number}"))


@dataclass
class Circuit:
    """Remembers a failure for `pause` seconds, so that only one caller pays for finding Redis down."""

    pause: float = 5.0
    _open_until: float = field(default=0.0, init=False)

    def is_open(self) -> bool:
        return time.monotonic() < self._open_until

    def fail(self) -> None:
        self._open_until = time.monotonic() + self.pause

    def close(self) -> None:
        self._open_until = 0.0
