"""Who may work, and how a partner's status may change. Pure rules."""

from collections.abc import Mapping
from enum import StrEnum


class PartnerStatus(StrEnum):
    APPLICANT = "applicant"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXCLUDED = "excluded"
    LEFT = "left"


# An exclusion is final; everything before it can be undone (C30).
PARTNER_TRANSITIONS: Mapping[PartnerStatus, frozenset[PartnerStatus]] = {
    PartnerStatus.APPLICANT: frozenset({PartnerStatus.ACTIVE, PartnerStatus.LEFT}),
    PartnerStatus.ACTIVE: frozenset({PartnerStatus.SUSPENDED, PartnerStatus.EXCLUDED, PartnerStatus.LEFT}),
    PartnerStatus.SUSPENDED: frozenset({PartnerStatus.ACTIVE, PartnerStatus.EXCLUDED, PartnerStatus.LEFT}),
    PartnerStatus.EXCLUDED: frozenset(),
    PartnerStatus.LEFT: frozenset({PartnerStatus.ACTIVE}),
}


def may_take_jobs(status: PartnerStatus) -> bool:
    """Only an active partner is offered jobs and may accept them (C2)."""
    return status == PartnerStatus.ACTIVE


def may_finish_jobs(status: PartnerStatus) -> bool:
    """A suspended partner still finishes, or hands over, the jobs accepted before."""
    return status in (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)
