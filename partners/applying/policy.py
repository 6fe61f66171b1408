"""What an application needs, how its state may change, and who may apply (again). Pure rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from partners.policy import PartnerStatus

MOST_ABOUT = 1000
# Whoever was refused may try again when this is over: long enough for something to have changed.
REST_AFTER_REFUSAL = timedelta(days=30)


class ApplicationStatus(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    APPROVED = "approved"
    REFUSED = "refused"


# What was sent can be taken back to change it, as long as nobody has decided; a decision is final.
APPLICATION_TRANSITIONS: Mapping[ApplicationStatus, frozenset[ApplicationStatus]] = {
    ApplicationStatus.DRAFT: frozenset({ApplicationStatus.SENT}),
    ApplicationStatus.SENT: frozenset(
        {ApplicationStatus.DRAFT, ApplicationStatus.APPROVED, ApplicationStatus.REFUSED}
    ),
    ApplicationStatus.APPROVED: frozenset(),
    ApplicationStatus.REFUSED: frozenset(),
}
# Of these a person has one at a time.
OPEN = (ApplicationStatus.DRAFT, ApplicationStatus.SENT)
DECIDED = (ApplicationStatus.APPROVED, ApplicationStatus.REFUSED)


class Step(StrEnum):
    """The steps of an application, in their order."""

    DETAILS = "details"
    SKILLS = "skills"
    AREA = "area"
    HOURS = "hours"


class Answers(Protocol):
    """What of an application the steps ask for."""

    @property
    def first_name(self) -> str: ...
    @property
    def languages(self) -> Sequence[str]: ...
    @property
    def home_id(self) -> int | None: ...
    @property
    def any_time(self) -> bool: ...
    @property
    def hours(self) -> Sequence[Sequence[int]]: ...


def missing_steps(answers: Answers, *, skill_count: int) -> list[Step]:
    """The steps without which it can't be sent, in their order."""
    given = {
        Step.DETAILS: bool(answers.first_name and answers.languages),
        Step.SKILLS: skill_count > 0,
        Step.AREA: answers.home_id is not None,
        Step.HOURS: answers.any_time or bool(answers.hours),
    }
    return [step for step in Step if not given[step]]


class Hindrance(StrEnum):
    """Why somebody can't apply at present."""

    IS_PARTNER = "is_partner"
    WAS_EXCLUDED = "was_excluded"
    HAS_LEFT = "has_left"
    REFUSED_LATELY = "refused_lately"


def may_apply_again_at(refused_at: datetime) -> datetime:
    return refused_at + REST_AFTER_REFUSAL


def hindrance(
    *, partner_status: PartnerStatus | None, refused_at: datetime | None, now: datetime
) -> Hindrance | None:
    """`partner_status` of somebody who is, or was, a partner; `refused_at` of the latest refusal.

    One person is one partner for good, so that nobody sheds a record by beginning anew (C23).
    """
    if partner_status == PartnerStatus.EXCLUDED:
        return Hindrance.WAS_EXCLUDED
    if partner_status == PartnerStatus.LEFT:
        return Hindrance.HAS_LEFT
    if partner_status is not None:
        return Hindrance.IS_PARTNER
    if refused_at is not None and now < may_apply_again_at(refused_at):
        return Hindrance.REFUSED_LATELY
    return None
