"""Deadlines and choices around a visit."""

from datetime import timedelta

import pytest

from orders.visits.policy import contact_deadline, later_arrivals, mail_due_at, may_set_off
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def test_first_contact_is_due_within_twelve_hours() -> None:
    assert contact_deadline(slot_start=NOW + 48 * HOUR, now=NOW) == NOW + 12 * HOUR


def test_first_contact_is_never_due_after_the_beginning() -> None:
    assert contact_deadline(slot_start=NOW + 3 * HOUR, now=NOW) == NOW + 3 * HOUR


@pytest.mark.parametrize(
    ("latest", "due"),
    [
        (None, NOW),
        (NOW - 10 * MINUTE, NOW),
        (NOW - 10 * MINUTE + TICK, NOW + TICK),
        (NOW, NOW + 10 * MINUTE),
        (NOW + 4 * MINUTE, NOW + 4 * MINUTE),
    ],
)
def test_mails_about_messages_are_ten_minutes_apart_and_none_is_left_untold(latest, due) -> None:
    assert mail_due_at(latest=latest, now=NOW) == due


def test_one_sets_off_from_two_hours_before() -> None:
    assert may_set_off(slot_start=NOW + 2 * HOUR, now=NOW)
    assert not may_set_off(slot_start=NOW + 2 * HOUR + TICK, now=NOW)


def test_lateness_is_told_from_three_hours_before_in_six_steps() -> None:
    start = NOW + 3 * HOUR
    assert later_arrivals(slot_start=start, expected=None, now=NOW - TICK) == []
    found = later_arrivals(slot_start=start, expected=None, now=NOW)
    assert [(at - start) // MINUTE for at in found] == [10, 20, 30, 45, 60, 90]


def test_the_next_estimate_is_later_than_the_one_before() -> None:
    found = later_arrivals(slot_start=NOW, expected=NOW + 20 * MINUTE, now=NOW)
    assert [(at - NOW) // MINUTE for at in found] == [30, 40, 50, 65, 80, 110]


def test_an_arrival_that_is_over_is_not_announced() -> None:
    found = later_arrivals(slot_start=NOW, expected=None, now=NOW + 30 * MINUTE)
    assert [(at - NOW) // MINUTE for at in found] == [45, 60, 90]
