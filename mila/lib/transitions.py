"""A transition is a row: what it was, what it became, who did it, why and when."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

S = TypeVar("S", bound=StrEnum)


class IllegalTransition(Exception):
    """The table of transitions of `policy.py` does not know this step; nothing was changed."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__(f"{old} -> {new}")
        self.old, self.new = old, new


def require_transition(table: Mapping[S, frozenset[S]], old: S, new: S) -> None:
    """Raise `IllegalTransition` unless `table` allows the step from `old` to `new`."""
    if new not in table[old]:
        raise IllegalTransition(old, new)


class Transition(models.Model):
    """Base of the append-only tables that keep every change of state of one kind of thing."""

    old = models.CharField(max_length=20, blank=True, verbose_name=_("before"))
    new = models.CharField(max_length=20, verbose_name=_("after"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    reason = models.TextField(blank=True, verbose_name=_("reason"))
    at = models.DateTimeField(verbose_name=_("when"))

    class Meta:
        abstract = True
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.old or '·'} → {self.new}"
