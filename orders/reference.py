"""Loads the services on offer. Used by the first migration, and by tests that empty tables."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def load(apps: Any) -> None:
    """Insert what is missing; running it again changes nothing."""
    skills = {skill.slug: skill for skill in apps.get_model("partners", "Skill").objects.all()}
    services = apps.get_model("orders", "Service").objects
    for position, row in enumerate(json.loads((DATA / "services.json").read_text(encoding="utf-8"))):
        texts = {f"name_{language}": text for language, text in row["name"].items()}
        texts |= {f"summary_{language}": text for language, text in row["summary"].items()}
        services.get_or_create(
            slug=row["slug"],
            defaults={
                **texts,
                "skill": skills[row["skill"]],
                "price": Decimal(row["price"]),
                "duration_minutes": row["minutes"],
                "position": position,
            },
        )
