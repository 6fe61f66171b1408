"""Working windows: the week's hours without days off and holidays, on the city's clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from partners.availability.policy import Availability, Hours, HoursProblem, hours_problem, windows

ZURICH = ZoneInfo("Europe/Zurich")
MONDAY = date(2026, 6, 1)
WEEK = (Hours(0, 8 * 60, 12 * 60), Hours(0, 13 * 60, 17 * 60), Hours(2, 9 * 60, 10 * 60))


def found(
    availability: Availability,
    *,
    first: date = MONDAY,
    days: int = 7,
    holidays: frozenset[date] = frozenset(),
):
    return [
        tuple(f"{moment.astimezone(ZURICH):%a %H:%M}" for moment in window)
        for window in windows(availability, first=first, days=days, holidays=holidays, zone=ZURICH)
    ]


def test_the_weeks_hours_are_the_windows_with_a_break_between() -> None:
    assert found(Availability(WEEK)) == [
        ("Mon 08:00", "Mon 12:00"),
        ("Mon 13:00", "Mon 17:00"),
        ("Wed 09:00", "Wed 10:00"),
    ]


def test_who_has_set_no_hours_is_asked_at_any_time() -> None:
    assert found(Availability(None), days=2) == [("Mon 00:00", "Wed 00:00")]


def test_who_has_set_hours_for_no_day_never_works() -> None:
    assert found(Availability(())) == []


def test_a_day_off_has_no_window_and_the_days_beside_it_do() -> None:
    off = Availability(None, days_off=((MONDAY + timedelta(1), MONDAY + timedelta(2)),))
    assert found(off, days=4) == [("Mon 00:00", "Tue 00:00"), ("Thu 00:00", "Fri 00:00")]


@pytest.mark.parametrize(("works", "count"), [(False, 1), (True, 3)])
def test_a_public_holiday_is_free_unless_wanted(works: bool, count: int) -> None:
    assert len(found(Availability(WEEK, works_on_holidays=works), holidays=frozenset({MONDAY}))) == count


def test_who_has_set_no_hours_is_asked_on_holidays_too() -> None:
    assert len(found(Availability(None), holidays=frozenset({MONDAY}))) == 1


def test_hours_are_those_of_the_clock_when_it_changes() -> None:
    """On the last Sunday of March 02:00 to 03:00 does not exist: four hours on the clock are three."""
    sunday = date(2026, 3, 29)
    hours = Availability((Hours(6, 0, 4 * 60),))
    assert windows(hours, first=sunday, days=1, holidays=(), zone=ZURICH) == [
        (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC))
    ]


def test_windows_that_touch_over_midnight_are_one() -> None:
    night = Availability((Hours(0, 20 * 60, 24 * 60), Hours(1, 0, 2 * 60)))
    assert found(night) == [("Mon 20:00", "Tue 02:00")]


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        (WEEK, None),
        ((), None),
        ((Hours(0, 600, 600),), HoursProblem.BACKWARDS),
        ((Hours(0, 700, 600),), HoursProblem.BACKWARDS),
        ((Hours(7, 60, 120),), HoursProblem.OUTSIDE_THE_DAY),
        ((Hours(0, 60, 1455),), HoursProblem.OUTSIDE_THE_DAY),
        ((Hours(0, 61, 120),), HoursProblem.NOT_A_STEP),
        ((Hours(0, 60, 180), Hours(0, 120, 240)), HoursProblem.OVERLAP),
        ((Hours(0, 120, 240), Hours(0, 60, 120)), None),
        ((Hours(0, 60, 180), Hours(1, 120, 240)), None),
    ],
)
def test_a_weeks_problems_are_named(hours: tuple[Hours, ...], problem: HoursProblem | None) -> None:
    assert hours_problem(hours) is problem
