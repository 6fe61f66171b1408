"""Applications as the pages would make them."""

from datetime import datetime
from typing import Any

from mila.accounts.models import User
from partners.applying import services
from partners.availability.policy import Hours
from partners.models import Application, Skill
from tests.factories import NOW, UserFactory, place

WEEK = (Hours(0, 540, 720), Hours(0, 780, 1020), Hours(4, 540, 1020))


def draft(user: User | None = None, *, now: datetime = NOW, **changes: Any) -> Application:
    """All four steps done, not sent."""
    author: User = user or UserFactory.create(first_name="")
    said = {
        "first_name": "Aline",
        "languages": ["de", "fr"],
        "about": "Patient.",
        "skills": ["tv", "network"],
    } | changes
    skills = Skill.objects.filter(slug__in=said["skills"])
    services.save_details(
        user=author, first_name=said["first_name"], languages=said["languages"], about=said["about"], now=now
    )
    services.save_skills(user=author, skills=skills, now=now)
    services.save_area(user=author, place=place("8800"), radius_km=7, postcodes=[], now=now)
    services.save_hours(user=author, hours=WEEK, works_on_holidays=True, buffer_minutes=20, now=now)
    return Application.objects.open().get(user=author)


def sent(user: User | None = None, *, now: datetime = NOW, **changes: Any) -> Application:
    begun = draft(user, now=now, **changes)
    services.send_application(user=begun.user, now=now)
    begun.refresh_from_db()
    return begun
