"""Where things lie on the clock of a day, also on the days on which it is set."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orders.calendar.policy import (
    Span,
    beside_each_other,
    hours_shown,
    month_away,
    span_on,
    week_with,
    weeks_of_month,
)

ZURICH = ZoneInfo("Europe/Zurich")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
HOUR = timedelta(hours=1)


def at(day: date, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    local = datetime(day.year, day.month, day.day, hour, minute, fold=fold, tzinfo=ZURICH)
    return local.astimezone(UTC)


def lanes(*spans: Span) -> list[tuple[int, int]]:
    return [(placed.lane, placed.lanes) for placed in beside_each_other((None, span) for span in spans)]


class TestOneDay:
    DAY = date(2026, 11, 23)

    def test_a_visit_lies_where_the_clock_of_the_city_says(self):
        assert span_on(self.DAY, at(self.DAY, 9, 30), at(self.DAY, 11), ZURICH) == Span(570, 660)

    def test_it_is_widened_to_five_minutes(self):
        span = span_on(self.DAY, at(self.DAY, 9, 32), at(self.DAY, 10, 33), ZURICH)

        assert span == Span(570, 635)

    def test_over_midnight_each_day_has_its_part(self):
        start = at(self.DAY, 23)
        next_day = self.DAY + timedelta(days=1)

        assert span_on(self.DAY, start, start + 2 * HOUR, ZURICH) == Span(1380, 1440)
        assert span_on(next_day, start, start + 2 * HOUR, ZURICH) == Span(0, 60)

    def test_until_midnight_is_no_part_of_the_next_day(self):
        start = at(self.DAY, 23)

        assert span_on(self.DAY, start, start + HOUR, ZURICH) == Span(1380, 1440)
        assert span_on(self.DAY + timedelta(days=1), start, start + HOUR, ZURICH) is None

    def test_another_day_has_none_of_it(self):
        assert span_on(date(2026, 11, 22), at(self.DAY, 9), at(self.DAY, 10), ZURICH) is None

    def test_the_end_of_a_day_is_24_00(self):
        assert Span(480, 1440).words == "08:00 – 24:00"
        assert Span(480, 1440).place == "h8 m0 until-h24 until-m0"


class TestTheClockIsSet:
    def test_in_spring_an_hour_is_missing(self):
        assert span_on(SPRING, at(SPRING, 1, 30), at(SPRING, 1, 30) + HOUR, ZURICH) == Span(90, 210)

    @pytest.mark.parametrize("day", [SPRING, AUTUMN])
    def test_by_day_nothing_is_moved(self, day):
        assert span_on(day, at(day, 9), at(day, 10), ZURICH) == Span(540, 600)

    @pytest.mark.parametrize("day", [SPRING, AUTUMN])
    def test_the_whole_day_is_the_whole_clock(self, day):
        assert span_on(day, at(day, 0), at(day + timedelta(days=1), 0), ZURICH) == Span(0, 1440)

    def test_in_autumn_what_ends_on_the_minute_it_began_is_as_long_as_it_lasts(self):
        start = at(AUTUMN, 2, 30)
        assert start + HOUR == at(AUTUMN, 2, 30, fold=1)

        assert span_on(AUTUMN, start, start + HOUR, ZURICH) == Span(150, 210)


class TestBesideEachOther:
    def test_what_follows_has_the_whole_width(self):
        assert lanes(Span(540, 600), Span(600, 660)) == [(1, 1), (1, 1)]

    def test_what_overlaps_shares_it(self):
        assert lanes(Span(540, 600), Span(570, 630), Span(600, 660)) == [(1, 2), (2, 2), (1, 2)]

    def test_a_fourth_hides_behind_the_third(self):
        assert lanes(*[Span(540, 600)] * 4) == [(1, 3), (2, 3), (3, 3), (3, 3)]

    def test_the_classes_name_the_lane(self):
        (placed,) = beside_each_other([("visit", Span(545, 600))])

        assert placed.place == "h9 m1 until-h10 until-m0 lane1of1"


def test_a_week_shows_the_usual_hours_and_all_that_is_in_it():
    assert hours_shown([]) == (8, 18)
    assert hours_shown([Span(415, 500), Span(1200, 1205)]) == (6, 21)


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2026, 11, 29)])
def test_a_week_begins_on_monday(day):
    assert week_with(day)[0] == date(2026, 11, 23)
    assert week_with(day)[-1] == date(2026, 11, 29)


def test_a_month_is_shown_in_whole_weeks():
    weeks = weeks_of_month(date(2026, 10, 1))

    assert (weeks[0][0], weeks[-1][-1]) == (date(2026, 9, 28), date(2026, 11, 1))
    assert {len(week) for week in weeks} == {7}


@pytest.mark.parametrize(
    ("months", "there"), [(1, date(2027, 1, 1)), (-1, date(2026, 11, 1)), (-12, date(2025, 12, 1))]
)
def test_a_month_away(months, there):
    assert month_away(date(2026, 12, 15), months) == there
