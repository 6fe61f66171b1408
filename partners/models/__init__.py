"""The tables of partners by topic: where mila works, who does the work, and when they do."""

from partners.models import reach
from partners.models.availability import DayOff, WorkingHours
from partners.models.interest import CityInterest
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
    "CityInterest",
    "DayOff",
    "Partner",
    "PartnerQuerySet",
    "PartnerReview",
    "PartnerTransition",
    "Place",
    "Skill",
    "WorkingHours",
    "reach",
]
