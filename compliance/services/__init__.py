"""The verbs of compliance by topic; other apps and the roof import them from here."""

from compliance.services.city import (
    CitySummary,
    EarlierThanLatestAssessment,
    assess_city,
    assess_city_nightly,
    assess_city_now,
    latest_assessment_of,
    recompute_all,
    recompute_city,
)
from compliance.services.decisions import (
    AlreadyDecided,
    AlreadyWithdrawn,
    NoLongerHere,
    NotActive,
    NotSuspended,
    ReasonMissing,
    SecondPersonNeeded,
    decide_sanction,
    reinstate_partner,
    suspend_partner,
    withdraw_notice,
)
from compliance.services.export import ExportedStanding, exported_standings
from compliance.services.pages import StandingPage, WindowJob, cancelling_would, standing_page
from compliance.services.review import review_due, review_partner
from compliance.services.rules import CityRules, NoPolicyInForce, city_average, policy_at, rules_at

__all__ = [
    "AlreadyDecided",
    "AlreadyWithdrawn",
    "CityRules",
    "CitySummary",
    "EarlierThanLatestAssessment",
    "ExportedStanding",
    "NoLongerHere",
    "NoPolicyInForce",
    "NotActive",
    "NotSuspended",
    "ReasonMissing",
    "SecondPersonNeeded",
    "StandingPage",
    "WindowJob",
    "assess_city",
    "assess_city_nightly",
    "assess_city_now",
    "cancelling_would",
    "city_average",
    "decide_sanction",
    "exported_standings",
    "latest_assessment_of",
    "policy_at",
    "recompute_all",
    "recompute_city",
    "reinstate_partner",
    "review_due",
    "review_partner",
    "rules_at",
    "standing_page",
    "suspend_partner",
    "withdraw_notice",
]
