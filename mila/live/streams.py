"""How one stream opens, what it says, and when it ends."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError

from mila.live.hub import Hub, NotHearing, Stream, TooMany, stopped
from mila.live.rights import NotLoggedIn, NotYours, Ticket, ticket_for

logger = structlog.get_logger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# The page hears from us at least so often; it gives a stream up that says nothing for twice as long.
BEAT_SECONDS = 20
# Then the page opens a new one: by that nothing is for ever, whatever went wrong.
LIFE_SECONDS = 15 * 60
# Whoever does not take what is sent for so long is gone.
SEND_SECONDS = 30
# Rights are read by as many threads, each with one connection to the database, however many streams there are.
READERS = 4

# In the order in which they are tried.
REFUSALS: dict[type[Exception], int] = {
    NotLoggedIn: 401,
    NotYours: 404,
    TooMany: 429,
    NotHearing: 503,
    DatabaseError: 503,
}


class Live:
    """The whole process: its streams, what it hears, and the threads that read rights."""

    def __init__(self) -> None:
        self.hub = Hub(settings.WATCHING_URL, settings.WATCHING_CHANNEL)
        self.readers = ThreadPoolExecutor(READERS, thread_name_prefix="rights")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        listening = asyncio.create_task(self.hub.listen())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await stopped(listening)
        self.readers.shutdown(wait=False)
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        request = ASGIRequest(dict(scope), BytesIO())
        status = _refusal_of(request)
        headers = _headers_for(request)
        if status is None and request.path != "/healthz":
            with suppress(OSError, TimeoutError):
                status = await self._stream(request, headers, receive, send)
        elif status is None:
            status = 200
        if status is not None:
            # No body: nothing that could be mistaken for an event.
            start = {"type": "http.response.start", "status": status}
            await send(start | {"headers": [*headers, (b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

    async def _stream(
        self, request: ASGIRequest, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send
    ) -> int | None:
        """Tell until one side ends it. Returns the status of a refusal before it began."""
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        try:
            ticket = await self._ticket(session, request.path)
            stream = self.hub.enter(ticket)
        except tuple(REFUSALS) as error:
            return next(status for kind, status in REFUSALS.items() if isinstance(error, kind))
        gone = asyncio.create_task(_hang_up(receive, stream))
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [
                        *headers,
                        (b"content-type", b"text/event-stream"),
                        # Proxies shall pass on each word at once.
                        (b"x-accel-buffering", b"no"),
                    ],
                }
            )
            await self._tell(stream, session, request.path, send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.hub.leave(stream)
            await stopped(gone)
        return None

    async def _tell(self, stream: Stream, session: str | None, path: str, send: Send) -> None:
        """The page asks for itself when it hears the first beat, so what changes while it opens is not missed."""
        ends_at = asyncio.get_running_loop().time() + LIFE_SECONDS
        version = 0
        await _say(send, "beat", version)
        while asyncio.get_running_loop().time() < ends_at:
            with suppress(TimeoutError):
                await asyncio.wait_for(stream.news.wait(), BEAT_SECONDS)
            stream.news.clear()
            if stream.is_over or not await self._still_holds(stream.ticket, session, path):
                return
            changed, stream.has_changed = stream.has_changed, False
            version += changed
            await _say(send, "changed" if changed else "beat", version)

    async def _still_holds(self, ticket: Ticket, session: str | None, path: str) -> bool:
        """Before each word: the session may have ended, the job may be somebody else's by now."""
        try:
            return await self._ticket(session, path) == ticket
        except (NotLoggedIn, NotYours, DatabaseError):
            return False

    async def _ticket(self, session: str | None, path: str) -> Ticket:
        return await asyncio.get_running_loop().run_in_executor(self.readers, ticket_for, session, path)


async def _say(send: Send, event: str, version: int) -> None:
    """An event rather than a comment also for the beat: a page can't hear comments."""
    body = f"event: {event}\ndata: {version}\n\n".encode()
    await asyncio.wait_for(
        send({"type": "http.response.body", "body": body, "more_body": True}), SEND_SECONDS
    )


async def _hang_up(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


def _refusal_of(request: ASGIRequest) -> int | None:
    """The status for what nobody may do here, whoever asks."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return 400
    if request.method != "GET":
        return 405
    origin = request.headers.get("Origin")
    if origin is not None and origin not in settings.LIVE_ORIGINS and origin.partition("://")[2] != host:
        return 403
    return None


def _headers_for(request: ASGIRequest) -> list[tuple[bytes, bytes]]:
    """A page of the site may read the answer though it comes from another port or host; nobody else may."""
    headers = [
        (b"cache-control", b"no-store"),
        (b"vary", b"Origin, Cookie"),
        (b"x-content-type-options", b"nosniff"),
    ]
    origin = request.headers.get("Origin", "")
    if origin in settings.LIVE_ORIGINS:
        headers += [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
        ]
    return headers
