"""Whether a visit fits: hours, other visits, and the ways between them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mila.lib.geo import Point
from orders.schedule.policy import Day, Misfit, Visit, arrivals, feasible_starts, misfit

EIGHT = datetime(2026, 6, 1, 8, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HERE, THERE = Point(47.0, 8.0), Point(47.1, 8.0)
BUFFER = 10 * MINUTE


def travel(origin: Point, destination: Point) -> timedelta:
    """Half an hour there; back uphill takes ten minutes more."""
    if origin == destination:
        return timedelta()
    return 30 * MINUTE if origin == HERE else 40 * MINUTE


def day(*visits: Visit, hours: float = 10) -> Day:
    return Day(windows=[(EIGHT, EIGHT + hours * HOUR)], visits=visits, buffer=BUFFER)


def starts(of: Day, at: Point = HERE) -> list[tuple[float, float]]:
    spans = feasible_starts(of, duration=HOUR, at=at, travel=travel)
    return [((first - EIGHT) / HOUR, (last - EIGHT) / HOUR) for first, last in spans]


def test_a_free_day_takes_a_visit_from_the_first_minute_to_the_last_that_leaves_time() -> None:
    assert starts(day()) == [(0, 9)]


def test_a_window_shorter_than_the_visit_takes_none() -> None:
    assert starts(day(hours=0.9)) == []
    assert starts(day(hours=1)) == [(0, 0)]


def test_a_break_between_windows_takes_no_visit() -> None:
    noon = Day([(EIGHT, EIGHT + 4 * HOUR), (EIGHT + 5 * HOUR, EIGHT + 9 * HOUR)], [], BUFFER)
    assert starts(noon) == [(0, 3), (5, 8)]


def test_the_buffer_stands_around_a_visit_at_the_same_place() -> None:
    busy = day(Visit(EIGHT + 4 * HOUR, EIGHT + 5 * HOUR, HERE))
    assert starts(busy) == [(0, 4 - 1 - 10 / 60), (5 + 10 / 60, 9)]


def test_the_way_is_counted_in_its_direction() -> None:
    busy = day(Visit(EIGHT + 4 * HOUR, EIGHT + 5 * HOUR, THERE))
    assert starts(busy) == [(0, pytest.approx(4 - 1 - 40 / 60)), (pytest.approx(5 + 50 / 60), 9)]


def test_a_visit_at_an_unknown_place_keeps_its_buffer_only() -> None:
    busy = day(Visit(EIGHT + 4 * HOUR, EIGHT + 5 * HOUR, None))
    assert starts(busy, at=THERE) == [(0, 4 - 1 - 10 / 60), (5 + 10 / 60, 9)]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (EIGHT, None),
        (EIGHT - MINUTE, Misfit.OUTSIDE_HOURS),
        (EIGHT + 9 * HOUR, None),
        (EIGHT + 9 * HOUR + MINUTE, Misfit.OUTSIDE_HOURS),
        (EIGHT + 3 * HOUR + MINUTE, Misfit.OVERLAPS),
        (EIGHT + 4.5 * HOUR, Misfit.OVERLAPS),
        (EIGHT + 5 * HOUR + 49 * MINUTE, Misfit.TOO_FAR),
        (EIGHT + 5 * HOUR + 50 * MINUTE, None),
        (EIGHT + 2 * HOUR + 20 * MINUTE, None),
        (EIGHT + 2 * HOUR + 21 * MINUTE, Misfit.TOO_FAR),
    ],
)
def test_the_reason_is_named(start: datetime, expected: Misfit | None) -> None:
    busy = day(Visit(EIGHT + 4 * HOUR, EIGHT + 5 * HOUR, THERE))
    assert misfit(start, busy, duration=HOUR, at=HERE, travel=travel) is expected


def test_arrivals_are_the_instants_of_the_grid_that_lie_in_a_span() -> None:
    spans = [(EIGHT, EIGHT + HOUR), (EIGHT + 3 * HOUR, EIGHT + 3 * HOUR)]
    grid = [EIGHT + number * 30 * MINUTE for number in range(-1, 10)]
    found = [(moment - EIGHT) / HOUR for moment in arrivals(spans, grid)]
    assert found == [0, 0.5, 1, 3]


minutes = st.integers(0, 600)
visits = st.builds(
    lambda begins, length, at: Visit(EIGHT + begins * MINUTE, EIGHT + (begins + length) * MINUTE, at),
    minutes,
    st.integers(1, 120),
    st.sampled_from([HERE, THERE, None]),
)


@given(st.lists(visits, max_size=5), minutes, st.sampled_from([HERE, THERE]))
def test_what_is_offered_is_what_is_not_refused(planned: list[Visit], begins: int, at: Point) -> None:
    busy, start = day(*planned), EIGHT + begins * MINUTE
    spans = feasible_starts(busy, duration=HOUR, at=at, travel=travel)
    is_offered = any(first <= start <= last for first, last in spans)
    assert is_offered == (misfit(start, busy, duration=HOUR, at=at, travel=travel) is None)
