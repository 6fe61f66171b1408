"""What an application needs, and who may apply: tables of the rules."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from partners.applying.policy import (
    APPLICATION_TRANSITIONS,
    REST_AFTER_REFUSAL,
    ApplicationStatus,
    Hindrance,
    Step,
    hindrance,
    may_apply_again_at,
    missing_steps,
)
from partners.policy import PartnerStatus
from tests.factories import NOW


@dataclass(frozen=True)
class Answers:
    first_name: str = "Aline"
    languages: tuple[str, ...] = ("fr",)
    home_id: int | None = 1
    any_time: bool = False
    hours: tuple[tuple[int, ...], ...] = field(default=((0, 480, 600),))


@pytest.mark.parametrize(
    ("answers", "skills", "missing"),
    [
        (Answers(), 1, []),
        (Answers(hours=(), any_time=True), 1, []),
        (Answers(first_name=""), 1, [Step.DETAILS]),
        (Answers(languages=()), 1, [Step.DETAILS]),
        (Answers(), 0, [Step.SKILLS]),
        (Answers(home_id=None), 1, [Step.AREA]),
        (Answers(hours=()), 1, [Step.HOURS]),
        (Answers(first_name="", home_id=None, hours=()), 0, list(Step)),
    ],
)
def test_each_step_that_is_missing_is_named_in_its_order(
    answers: Answers, skills: int, missing: list[Step]
) -> None:
    assert missing_steps(answers, skill_count=skills) == missing


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, None),
        (PartnerStatus.APPLICANT, Hindrance.IS_PARTNER),
        (PartnerStatus.ACTIVE, Hindrance.IS_PARTNER),
        (PartnerStatus.SUSPENDED, Hindrance.IS_PARTNER),
        (PartnerStatus.EXCLUDED, Hindrance.WAS_EXCLUDED),
        (PartnerStatus.LEFT, Hindrance.HAS_LEFT),
    ],
)
def test_who_is_or_was_a_partner_cannot_apply(
    status: PartnerStatus | None, expected: Hindrance | None
) -> None:
    assert hindrance(partner_status=status, refused_at=None, now=NOW) == expected


def test_who_was_refused_waits_to_the_second() -> None:
    again = may_apply_again_at(NOW)
    assert again == NOW + REST_AFTER_REFUSAL
    just_before = again - timedelta(seconds=1)
    assert hindrance(partner_status=None, refused_at=NOW, now=just_before) == Hindrance.REFUSED_LATELY
    assert hindrance(partner_status=None, refused_at=NOW, now=again) is None


def test_a_decision_is_final_and_comes_only_after_sending() -> None:
    decided = {ApplicationStatus.APPROVED, ApplicationStatus.REFUSED}
    assert {old for old, new in APPLICATION_TRANSITIONS.items() if not new} == decided
    assert {old for old, new in APPLICATION_TRANSITIONS.items() if new & decided} == {ApplicationStatus.SENT}
