"""Which step of a booking comes next, and which may be opened."""

from datetime import UTC, datetime, timedelta

import pytest

from orders.booking.policy import (
    ANONYMOUS_CONTACT_KEPT_FOR,
    KEPT_FOR,
    LEADS_TO,
    Obstacle,
    Progress,
    Step,
    expires_at,
    may_open,
    next_step,
)


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ((False, False, False, False), Step.SERVICE),
        ((True, False, False, False), Step.ADDRESS),
        ((True, True, False, False), Step.TIME),
        ((True, True, True, False), Step.PARTNER),
        ((True, True, True, True), Step.SUMMARY),
        # A partner's profile and a search know later things first.
        ((False, False, False, True), Step.SERVICE),
        ((True, False, True, True), Step.ADDRESS),
        ((True, True, False, True), Step.TIME),
    ],
)
def test_the_next_step_is_the_first_at_which_something_is_missing(
    said: tuple[bool, bool, bool, bool], step: Step
) -> None:
    assert next_step(Progress(*said)) is step


def test_every_step_up_to_the_next_one_may_be_opened_and_none_behind_it() -> None:
    addressed = Progress(is_described=True, has_address=True)
    assert [step for step in Step if may_open(step, addressed)] == [Step.SERVICE, Step.ADDRESS, Step.TIME]


def test_every_obstacle_leads_to_a_step_where_another_choice_is_made() -> None:
    assert set(LEADS_TO) == set(Obstacle)
    assert Step.SUMMARY not in LEADS_TO.values()


def test_contact_without_an_account_is_forgotten_before_the_booking() -> None:
    changed_at = datetime(2026, 6, 1, tzinfo=UTC)
    assert expires_at(changed_at) == changed_at + timedelta(days=7)
    assert ANONYMOUS_CONTACT_KEPT_FOR < KEPT_FOR
