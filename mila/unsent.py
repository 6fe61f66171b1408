"""What somebody typed and could not send, because their session or their form had become too old.

It waits for half an hour and is offered to the same person (`mila.pages.unsent`): no files, no passwords, no forms of
the accounts, at most 32 kB. Who that person is says a signed cookie of their last log-in; it outlives the session.

The session of the browser lives for two weeks, too long for what people type. So the form is a row of its own in the
table of sessions, which lives as long as it may be offered; the session knows its key. The sweep that deletes expired
sessions takes it away within the hour, whether anybody comes back or not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.utils.http import escape_leading_slashes, url_has_allowed_host_and_scheme

from mila.accounts.models import User

KEEPS_FOR = timedelta(minutes=30)
LARGEST = 32 * 1024
UNSENT = "unsent"
LAST_PERSON = "last_person"
# A little longer than a session lives.
LAST_PERSON_AGE = settings.SESSION_COOKIE_AGE + 24 * 3600
# Codes and passwords are typed anew, and no switch of the frame is worth a question.
NEVER_KEPT = ("account_", "mfa_", "api_", "admin:", "set_", "unsent")
LEFT_OUT = ("password", "csrfmiddlewaretoken")

Person = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Unsent:
    """A form on its way to `path`; `back` is the page it stood on. `owner` none: whoever holds this session."""

    path: str
    back: str
    fields: list[list[str]]
    until: float
    owner: int | None
    had_files: bool

    def words(self) -> list[str]:
        """What was written in free text; choices and figures mean little without their labels."""
        return [value for _name, value in self.fields if " " in value.strip() or "\n" in value.strip()]


def keep(request: HttpRequest, now: datetime, owner: int | None) -> bool:
    """Keep the form of this POST for this session, if it is not too large."""
    fields = [[name, value] for name, value in _fields(request)]
    if not fields or sum(len(name.encode()) + len(value.encode()) for name, value in fields) > LARGEST:
        return False
    kept = Unsent(
        path=request.get_full_path(),
        back=_page_before(request),
        fields=fields,
        until=(now + KEEPS_FOR).timestamp(),
        owner=owner,
        had_files=bool(request.FILES),
    )
    forget(request.session)
    row = SessionStore()
    row[UNSENT] = asdict(kept)
    row.set_expiry(now + KEEPS_FOR)
    row.save()
    request.session[UNSENT] = {"key": row.session_key, "path": kept.path}
    return True


def find(session: SessionBase, person: Person, now: datetime) -> Unsent | None:
    """What waits for this person. What is too old, or another person's, is forgotten at once.

    A visitor sees only what belongs to nobody in particular; what belongs to somebody waits for them to log in.
    """
    if not waits(session):
        return None
    stored: Mapping[str, Any] | None = SessionStore(session[UNSENT].get("key")).get(UNSENT)
    if stored is None:
        forget(session)
        return None
    kept = Unsent(**stored)
    if now.timestamp() > kept.until or (person.is_authenticated and kept.owner not in {None, person.pk}):
        forget(session)
        return None
    return kept if kept.owner in {None, person.pk} else None


def waits(session: SessionBase) -> bool:
    """Whether anything waits here, for whomever."""
    return UNSENT in session


def forget(session: SessionBase) -> None:
    pointer = session.pop(UNSENT, None)
    if pointer is not None and "key" in pointer:
        SessionStore().delete(pointer["key"])


def forget_if_sent(request: HttpRequest) -> None:
    """Somebody who sends a form to that address has sent it: it is not offered twice."""
    pointer = request.session.get(UNSENT)
    if pointer is not None and pointer["path"] == request.get_full_path():
        forget(request.session)


def is_kept(request: HttpRequest) -> bool:
    """Whether a form to this address may be kept at all."""
    match = request.resolver_match
    return bool(request.method == "POST" and match and not match.view_name.startswith(NEVER_KEPT))


def is_from_our_page(request: HttpRequest) -> bool:
    """Whether a browser vouches that one of our own pages sent this: a foreign page's form must never be offered."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def last_person(request: HttpRequest) -> int | None:
    """Who was logged in last in this browser, if anybody."""
    value = request.get_signed_cookie(LAST_PERSON, default=None, max_age=LAST_PERSON_AGE)
    return int(value) if value else None


def remember_person(request: HttpRequest, response: HttpResponse) -> None:
    """Note in the browser who is logged in, once a log-in."""
    if not request.user.is_authenticated or last_person(request) == request.user.pk:
        return
    response.set_signed_cookie(
        LAST_PERSON,
        str(request.user.pk),
        max_age=LAST_PERSON_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _fields(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for name, values in request.POST.lists():
        if not any(word in name.lower() for word in LEFT_OUT):
            yield from ((name, str(value)) for value in values)


def _page_before(request: HttpRequest) -> str:
    """The page of ours on which the form stood, by the Referer; empty if unknown."""
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(referer)
    path = escape_leading_slashes(parts.path)
    return f"{path}?{parts.query}" if parts.query else path
