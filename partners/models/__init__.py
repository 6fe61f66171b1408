"""The tables of partners by topic: where mila works, who does the work, when, who likes whom, and who asks to join."""

from partners.models import reach
from partners.models.application import Application, ApplicationQuerySet
from partners.models.availability import DayOff, WorkingHours
from partners.models.favourite import Favourite
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
    "Application",
    "ApplicationQuerySet",
    "City",
    "CityInterest",
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
