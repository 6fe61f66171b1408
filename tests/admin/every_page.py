"""Every page that the admin has for staff, each with something to show; for the walk through all of them."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLResolver, reverse

from mila.accounts.models import User
from orders.models import Service
from partners.models import Skill
from tests.admin.market import rest_of_the_market, small_market

# What somebody of the scenes has written or is called.
WRITTEN_BY_PEOPLE = {"Complaints", "Too hard", "rude", "Hello", "See https://example.org/x"}

NOT_PAGES: Mapping[str, str] = {
    "search": "part of a page",
    "login": "leads on",
    "logout": "only sent to",
    "password_change": "leads on",
    "password_change_done": "leads on",
    "autocomplete": "data",
    "jsi18n": "a script",
    "view_on_site": "no model has it",
    "app_list": "leads nowhere that the side bar does not",
}


def every_admin_page(ops: User) -> dict[str, str]:
    """By the name of its address where each page is, for this member of staff."""
    rest_of_the_market(small_market(), ops)
    pages = {"index": reverse("admin:index")}
    for model, its_admin in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        pages[f"{name}_changelist"] = reverse(f"admin:{name}_changelist")
        if its_admin.has_add_permission(_asks(ops)):
            pages[f"{name}_add"] = reverse(f"admin:{name}_add")
        row = _most_open(its_admin, ops)
        for what in ("change", "history", *_decisions(its_admin)):
            pages[f"{name}_{what}"] = reverse(f"admin:{name}_{what}", args=[row.pk])
    return pages


def _asks(ops: User) -> HttpRequest:
    request = HttpRequest()
    request.user = ops
    return request


def _decisions(its_admin: Any) -> tuple[str, ...]:
    return tuple(getattr(its_admin, "decisions", ()))


def _most_open(its_admin: Any, ops: User) -> Model:
    """Of the latest rows the one about which most can be decided."""

    def open_decisions(row: Model) -> int:
        return sum(getattr(its_admin, name).obstacle(row, ops) is None for name in _decisions(its_admin))

    rows = its_admin.get_queryset(_asks(ops)).order_by("-pk")[:5]
    assert rows, f"nothing to show of {its_admin.model.__name__}"
    return max(rows, key=open_decisions)


def written_by_people() -> set[str]:
    """What is data, and stands in a list in one language or in all of them."""
    offered = [*Service.objects.all(), *Skill.objects.all()]
    names = {getattr(row, f"name_{language}") for row in offered for language, _name in settings.LANGUAGES}
    return names | WRITTEN_BY_PEOPLE


def names_of_admin() -> set[str]:
    """Every name of an address in the admin."""
    return {name for name in _names(admin.site.urls[0]) if name}


def _names(patterns: list[Any]) -> set[str | None]:
    names: set[str | None] = set()
    for pattern in patterns:
        names |= _names(pattern.url_patterns) if isinstance(pattern, URLResolver) else {pattern.name}
    return names
