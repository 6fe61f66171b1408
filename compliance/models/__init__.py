"""The tables of compliance by topic: the rules of a city, the stored figures, and what followed from them."""

from compliance.models.decision import Grounds, Notice, Sanction
from compliance.models.figures import CityAssessment, Standing
from compliance.models.rules import CityPolicy

__all__ = ["CityAssessment", "CityPolicy", "Grounds", "Notice", "Sanction", "Standing"]
