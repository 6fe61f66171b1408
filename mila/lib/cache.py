"""A Redis cache whose absence nobody notices but the log."""

from collections.abc import Callable
from typing import Any

import redis
import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from mila.lib.redis import Circuit

logger = structlog.get_logger(__name__)

# Shared by the threads of the process: the first to find Redis down spares the others the wait.
circuit = Circuit()


class _Client(RedisCacheClient):
    """Django makes a client for each call, which takes longer than the call; they are safe to share among threads."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._clients: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if write not in self._clients:
            self._clients[write] = super().get_client(key, write=write)
        return self._clients[write]


class ForgivingRedisCache(RedisCache):
    """Falls back to a cache in the process while Redis is down.

    What has been cached is lost meanwhile, and counters (rate limits) count per process: weaker, but in force.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client
        self._fallback = LocMemCache("while-redis-is-down", {"TIMEOUT": self.default_timeout})

    def _either(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if not circuit.is_open():
            call: Callable[..., Any] = getattr(super(), method)
            try:
                return call(*args, **kwargs)
            except redis.RedisError as error:
                circuit.fail()
                logger.warning("cache_unavailable", error=type(error).__name__)
        return getattr(self._fallback, method)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._either("add", *args, **kwargs))

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._either("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._either("touch", *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._either("delete", *args, **kwargs))

    def get_many(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._either("get_many", *args, **kwargs)
        return found

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._either("has_key", *args, **kwargs))

    def incr(self, *args: Any, **kwargs: Any) -> int:
        return int(self._either("incr", *args, **kwargs))

    def set_many(self, *args: Any, **kwargs: Any) -> list[str]:
        failed: list[str] = self._either("set_many", *args, **kwargs)
        return failed

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._either("delete_many", *args, **kwargs)

    def clear(self) -> None:
        self._either("clear")
