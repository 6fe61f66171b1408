"""The tables of partners by topic: where mila works, who does the work, when, and for whom they are favourites."""

from partners.models import reach
from partners.models.availability import DayOff, WorkingHours
from partners.models.favourite import Favourite
from partners.models.partner import (
    City,
    Partner,
    PartnerQuerySet,
    PartnerReview,
    PartnerTransition,
    Place,
    Skill,
)

__all__ = [
    "City",
    "DayOff",
    "Favourite",
    "Partner",
    "PartnerQuerySet",
    "PartnerReview",
    "PartnerTransition",
    "Place",
    "Skill",
    "WorkingHours",
    "reach",
]
