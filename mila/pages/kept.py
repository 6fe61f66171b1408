"""Parts of a page, kept for five minutes at most under the version of what they show.

What is kept belongs to one viewer, one browser and one language, for it may hold the viewer's own words and the tokens
of forms. What must be new in each answer (keys that tell one sending of a form from the next) is left out of it.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache as cache_once
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import timezone, translation

Part = TypeVar("Part")

# What is due by the clock is at most so old; a day begins on time.
SECONDS = 300


@cache_once
def _release() -> str:
    """Another one when anything has changed that a part is made of: while two releases run, each reads its own."""
    made_of = [*(settings.BASE_DIR / "templates").rglob("*.html"), *Path(__file__).parent.rglob("*.py")]
    digest = blake2b(getattr(staticfiles_storage, "manifest_hash", "").encode(), digest_size=8)
    for file in sorted(made_of):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def kept(request: HttpRequest, name: str, version: str, now: datetime, build: Callable[[], Part]) -> Part:
    """What `build` makes, or has made for the same viewer within these minutes of the same version."""
    # Makes the secret of this browser's forms, if it has none yet.
    get_token(request)
    mine = (request.user.pk, request.META.get("CSRF_COOKIE"))
    return _kept(name, (version, *mine), now, build)


def kept_for_all(name: str, version: str, now: datetime, build: Callable[[], Part]) -> Part:
    """As `kept`, for parts without a form or a word that not everybody may read."""
    return _kept(name, (version,), now, build)


def _kept(name: str, version: tuple[Any, ...], now: datetime, build: Callable[[], Part]) -> Part:
    told = (
        _release(),
        name,
        translation.get_language(),
        timezone.localdate(now),
        int(now.timestamp()) // SECONDS,
        *version,
    )
    key = f"part:{blake2b(repr(told).encode(), digest_size=20).hexdigest()}"
    part: Part | None = cache.get(key)
    if part is None:
        part = build()
        cache.set(key, part, SECONDS)
    return part
