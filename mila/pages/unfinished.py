"""The unfinished booking of whoever asks for a page: found by the account, or by the session of the browser."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from mila.accounts.models import User
from mila.lib.locks import Busy
from orders.models import BookingDraft
from orders.services import drafts

# In the session; nothing of the booking itself is kept by the browser.
BROWSER = "booking"
# The draft that somebody has taken along by logging in: others may have begun it.
TAKEN_ALONG = "booking_taken_along"


def client_of(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


def owner_of(request: HttpRequest) -> drafts.Owner:
    """For reading: a browser that has begun nothing is given nothing."""
    return drafts.Owner(client=client_of(request), token=request.session.get(BROWSER, ""))


def writer_of(request: HttpRequest) -> drafts.Owner:
    """For writing: an anonymous browser is remembered from now on."""
    if client_of(request) is None and BROWSER not in request.session:
        request.session[BROWSER] = drafts.new_token()
    return owner_of(request)


def draft_of(request: HttpRequest) -> BookingDraft | None:
    return drafts.find_draft(owner_of(request), now=timezone.now())


def unfinished(request: HttpRequest) -> dict[str, Any]:
    """For every template, asked of session and database only by those that show it."""
    return {
        "unfinished": SimpleLazyObject(lambda: draft_of(request)),
        "other_unfinished": SimpleLazyObject(lambda: _other_of(request)),
        "taken_along": SimpleLazyObject(lambda: request.session.get(TAKEN_ALONG)),
    }


def _other_of(request: HttpRequest) -> BookingDraft | None:
    """Beside the one that is gone on with: the account's own, or the one begun in this browser before the log-in."""
    owner = owner_of(request)
    if owner.client is None or not owner.token:
        return None
    return next(iter(drafts.find_drafts(owner, now=timezone.now())[1:]), None)


def claim_for(request: HttpRequest) -> bool:
    """Whoever has just logged in takes the draft of the browser along; whether there was one.

    When the account is busy, or has a draft of its own, the browser keeps its token, and the next page tries again.
    """
    owner = owner_of(request)
    if owner.client is None or not owner.token:
        return False
    now = timezone.now()
    try:
        drafts.claim(owner, now=now)
    except Busy:
        return False
    found = drafts.find_drafts(owner, now=now)
    begun_here = next((draft for draft in found if draft.token == owner.token), None)
    if begun_here is not None:
        request.session[TAKEN_ALONG] = begun_here.pk
    if len(found) < 2:
        del request.session[BROWSER]
    return bool(found)
