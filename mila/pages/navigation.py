"""The places of the navigation, by who looks at the page, and which of them the page belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from mila.accounts.models import User


@dataclass(frozen=True, slots=True)
class _Place:
    """`also`: pages elsewhere that belong to it. `is_wide`: so do those below it and below the first of them."""

    label: str
    page: str
    also: tuple[str, ...] = ()
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """`current` is the value of `aria-current`: the page itself, or something below it; empty elsewhere."""

    url: str
    label: str
    current: Literal["page", "true", ""]


_OF_PARTNERS = (
    _Place(gettext_noop("Today"), "partner_dashboard"),
    _Place(gettext_noop("Calendar"), "calendar_week", ("my_day",), is_wide=True),
    _Place(gettext_noop("Jobs"), "job_list", is_wide=True),
    _Place(gettext_noop("Standing"), "partner_standing", ("partner_ratings",), is_wide=True),
    _Place(gettext_noop("Earnings"), "partner_earnings", is_wide=True),
    _Place(gettext_noop("Settings"), "partner_settings", ("partner_hours", "partner_area"), is_wide=True),
)
_OF_ALL = (_Place(gettext_noop("Get help"), "search"),)
_OF_CLIENTS = (
    _Place(gettext_noop("My orders"), "order_list"),
    _Place(gettext_noop("Favourites"), "favourite_list"),
)
_OF_APPLICANTS = (_Place(gettext_noop("Your application"), "application"),)
_OF_OPS = (_Place(gettext_noop("Operations"), "admin:index"),)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """For every template; worked out by those that show it."""
    return {"navigation": SimpleLazyObject(lambda: links_of(request.user, request.path))}


def links_of(user: User | AnonymousUser, path: str) -> list[Link]:
    """What somebody sees who looks at the page of that path."""
    return [Link(_address(place.page), _(place.label), _current(place, path)) for place in _places_of(user)]


def _places_of(user: User | AnonymousUser) -> Iterator[_Place]:
    if user.is_authenticated and user.is_partner:
        yield from _OF_PARTNERS
    elif not user.is_staff:
        yield from _OF_ALL
        if user.is_authenticated:
            yield from _OF_CLIENTS
            yield from _OF_APPLICANTS if user.has_applied else ()
    if user.is_staff:
        yield from _OF_OPS


def _current(place: _Place, path: str) -> Literal["page", "true", ""]:
    own, *others = [_address(page) for page in (place.page, *place.also)]
    if path in {own, *others}:
        return "page"
    wide = [own, *others[:1]] if place.is_wide else []
    return "true" if any(path.startswith(f"{address}/") for address in wide) else ""


@cache
def _address(page: str) -> str:
    return reverse(page)
