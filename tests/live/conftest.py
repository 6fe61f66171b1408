"""The live process within the test: a browser that listens, without sockets, on a hub that hears what the test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.db import connections
from django.test import Client

from mila.accounts.models import User
from mila.live.streams import Live

SOON = 5  # seconds; a thread of a busy machine is slow, not broken


class Listener:
    """One open stream as the browser has it."""

    def __init__(self, live: Live, path: str, cookie: str, headers: dict[str, str]) -> None:
        named = {"host": "testserver", "cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"} | headers
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.hung_up = asyncio.Event()
        self.task = asyncio.create_task(live(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message.get("body"):
            self.heard.put_nowait(message["body"].decode())

    async def hears(self, event: str, version: int) -> None:
        said = await asyncio.wait_for(self.heard.get(), SOON)
        assert said == f"event: {event}\ndata: {version}\n\n"

    async def is_ended(self) -> None:
        """By the other side, and nothing more has been said."""
        await asyncio.wait_for(self.task, SOON)
        assert self.heard.empty()

    async def refused(self) -> int | None:
        await self.is_ended()
        return self.status


Listen = Callable[..., Listener]
Scene = Callable[[Live, Listen], Awaitable[None]]
Play = Callable[[Scene], None]


@pytest.fixture
def session_of() -> Callable[[User | None], str]:
    def log_in(user: User | None) -> str:
        if user is None:
            return ""
        client = Client()
        client.force_login(user)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    return log_in


@asynccontextmanager
async def _opened(live: Live) -> AsyncIterator[Listen]:
    listeners: list[Listener] = []

    def listen(path: str, cookie: str, **headers: str) -> Listener:
        listeners.append(Listener(live, path, cookie, headers))
        return listeners[-1]

    try:
        yield listen
    finally:
        for listener in listeners:
            listener.task.cancel()
            with suppress(asyncio.CancelledError):
                await listener.task


@pytest.fixture
def play(transactional_db: None, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Plays a scene in an event loop of its own. The threads that read rights keep no connection for the next test."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)

    def run(scene: Scene) -> None:
        async def whole() -> None:
            live = Live()
            live.hub.is_hearing = True
            async with _opened(live) as listen:
                await scene(live, listen)
            live.readers.shutdown()

        # In a thread of its own: a browser of an earlier test may have a loop running in this one.
        with ThreadPoolExecutor(1) as stage:
            stage.submit(asyncio.run, whole()).result()

    return run


async def in_thread(act: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """What the pages do meanwhile, beside the event loop."""
    work: Coroutine[Any, Any, Any] = asyncio.to_thread(_and_close, act, *args, **named)
    return await work


def _and_close(act: Callable[..., Any], *args: Any, **named: Any) -> Any:
    try:
        return act(*args, **named)
    finally:
        connections.close_all()
