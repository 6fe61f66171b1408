"""A chart is drawn where the numbers say."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from mila.lib.charts import Event, Mark, Point, draw_chart, moments_between

START = datetime(2026, 3, 2, tzinfo=UTC)


def points(*values: str | None) -> list[Point]:
    """One a week."""
    return [
        (START + timedelta(weeks=week), None if value is None else Decimal(value))
        for week, value in enumerate(values)
    ]


def test_a_line_goes_from_point_to_point_and_a_limit_in_steps() -> None:
    chart = draw_chart(
        kind="stars",
        figures=points("4", "5", "4.5"),
        limits=points("4.2", "4.2", "4.4"),
        counted=points(None, "4.2", "4.4"),
    )
    assert chart.line == "M0.0 1000.0 L500.0 0.0 L1000.0 500.0"
    assert chart.limit == "M0.0 800.0 H1000.0 V600.0 H1000.0"
    assert chart.beyond == "M500.0 800.0 H1000.0 V600.0 H1000.0 V1000.0 H500.0 Z"
    assert chart.latest == Mark("98.00%", "48.50%", "latest")


def test_of_a_rate_what_lies_above_the_limit_is_beyond_it() -> None:
    chart = draw_chart(
        kind="rate",
        figures=points("0", "0.10"),
        limits=points("0.05", "0.05"),
        counted=points("0.05", "0.05"),
    )
    assert chart.line == "M0.0 1000.0 L1000.0 0.0"
    assert chart.beyond == "M0.0 500.0 H1000.0 V0.0 H0.0 Z"


def test_a_gap_is_left_where_there_is_no_figure_and_a_lone_point_is_a_dot() -> None:
    chart = draw_chart(
        kind="stars",
        figures=points("4", "5", None, "5", None),
        limits=points(None, "4", "4", None, None),
        counted=points(None, None, None, None, None),
    )
    assert chart.line == "M0.0 1000.0 L250.0 0.0 M750.0 0.0 L750.0 0.0"
    assert chart.limit == "M250.0 1000.0 H750.0"
    assert chart.beyond == ""


@pytest.mark.parametrize(
    ("lowest", "levels"),
    [
        ("4.60", ["4.0", "4.5", "5.0"]),
        ("3.99", ["3.5", "4.0", "4.5", "5.0"]),
        ("2.40", ["2", "3", "4", "5"]),
        ("1.00", ["1", "2", "3", "4", "5"]),
    ],
)
def test_levels_of_stars_reach_down_to_the_lowest_figure(lowest: str, levels: list[str]) -> None:
    chart = draw_chart(kind="stars", figures=points(lowest, "5"), limits=[], counted=[])
    assert [Decimal(level) for level in levels] == [level.value for level in chart.levels]


@pytest.mark.parametrize(
    ("highest", "top", "number"),
    [("0", "0.10", 3), ("0.11", "0.15", 4), ("0.26", "0.30", 4), ("0.51", "0.75", 4), ("1", "1", 5)],
)
def test_levels_of_a_rate_reach_up_to_the_highest_figure(highest: str, top: str, number: int) -> None:
    levels = draw_chart(kind="rate", figures=points("0", highest), limits=[], counted=[]).levels
    assert (levels[-1].value, len(levels)) == (Decimal(top), number)


def test_marks_stand_at_their_instant_and_not_outside_of_the_time_shown() -> None:
    events = [Event(START + timedelta(days=day), "warning") for day in (-1, 0, 7, 15)]
    chart = draw_chart(kind="stars", figures=points("4", "5", "5"), limits=[], counted=[], events=events)
    assert [mark.x for mark in chart.marks] == ["11.00%", "54.50%"]


def test_a_year_is_marked_by_months_and_a_few_weeks_by_days() -> None:
    zone = ZoneInfo("Europe/Zurich")
    start = datetime(2025, 11, 27, 9, tzinfo=zone)

    def moments(weeks: int) -> tuple[list[str], bool]:
        figures = [(start, Decimal(4)), (start + timedelta(weeks=weeks), Decimal(4))]
        chart = draw_chart(kind="stars", figures=figures, limits=[], counted=[])
        return [f"{moment.at:%d.%m.%y}" for moment in chart.moments], chart.by_month

    assert moments(52) == (["01.12.25", "01.03.26", "01.06.26", "01.09.26"], True)
    assert moments(8) == (["27.11.25", "25.12.25", "22.01.26"], False)


@pytest.mark.parametrize(("days", "number", "apart"), [(364, 53, 7), (70, 36, 2), (52, 53, 1), (3, 4, 1)])
def test_instants_end_now_and_are_not_too_many(days: int, number: int, apart: int) -> None:
    end = START + timedelta(days=days)
    moments = moments_between(START, end)
    assert len(moments) == number
    assert moments[-1] == end
    assert moments[0] >= START
    assert {later - earlier for earlier, later in pairwise(moments)} == {timedelta(days=apart)}


def test_who_begins_today_has_one_instant() -> None:
    assert moments_between(START, START) == [START]
