"""Gives every city its first policy, with the defaults. Used by the first migration, and by tests that empty tables."""

from datetime import UTC, datetime
from typing import Any

FIRST_IN_FORCE_FROM = datetime(2000, 1, 1, tzinfo=UTC)


def load(apps: Any) -> None:
    """Insert what is missing; running it again changes nothing."""
    rows = apps.get_model("compliance", "CityPolicy").objects
    for city in apps.get_model("partners", "City").objects.all():
        rows.get_or_create(city=city, in_force_from=FIRST_IN_FORCE_FROM)
