"""What a feasible day is: windows, buffer, ways; and what a plan may move."""

from datetime import timedelta

from mila.lib.geo import Point
from mila.lib.travel import Pace
from orders.planning.policy import (
    STEP,
    DayToPlan,
    PlannedVisit,
    Stop,
    best_times,
    clipped,
    is_locked,
    keeps,
    spans_of,
    timetable,
    travel_of,
)
from orders.schedule.policy import Day, Visit, misfit
from partners.availability.policy import Window
from tests.orders.planning.days import at, random_day

HOUR = timedelta(hours=1)
# Two stops twenty minutes apart, ten minutes from home.
TRAVEL = [[0, 1200, 600], [1200, 0, 600], [600, 600, 0]]
HERE, THERE = Point(47.37, 8.54), Point(47.42, 8.60)


def day(*spans: list[Window], buffer: int = 10, home: int | None = 2) -> DayToPlan:
    stops = tuple(Stop(n, n, tuple(each), HOUR) for n, each in enumerate(spans))
    return DayToPlan(stops, TRAVEL, timedelta(minutes=buffer), home, home)


def visit(first: float, last: float, start: float | None = None, has_set_out: bool = False) -> PlannedVisit:
    begins = at(first if start is None else start)
    return PlannedVisit(1, begins, begins + HOUR, at(first), at(last), HERE, has_set_out)


def test_the_next_arrival_is_after_the_visit_the_buffer_and_the_way():
    assert timetable([0, 1], day([(at(0), at(5))], [(at(0), at(5))])) == [at(0), at(1.5)]


def test_an_arrival_at_the_very_end_of_a_span_is_in_time():
    assert timetable([0, 1], day([(at(0), at(0))], [(at(0), at(1.5))])) == [at(0), at(1.5)]


def test_a_second_later_is_too_late():
    assert timetable([0, 1], day([(at(0), at(0))], [(at(0), at(1.5) - timedelta(seconds=1))])) is None


def test_a_visit_waits_for_the_span_after_a_break():
    assert timetable([0, 1], day([(at(0), at(0))], [(at(0), at(1)), (at(3), at(5))])) == [at(0), at(3)]


def test_the_way_counts_from_home_and_back_and_waiting_does_not():
    assert travel_of([0, 1], day([(at(0), at(0))], [(at(4), at(5))])) == 600 + 1200 + 600


def test_without_a_home_only_the_ways_between_count():
    assert travel_of([1, 0], day([(at(0), at(0))], [(at(4), at(5))], home=None)) == 1200


def test_nobody_is_late_because_of_the_way_from_home():
    assert timetable([0], day([(at(0), at(0))])) == [at(0)]


def test_arrivals_are_rounded_up_to_the_step_within_their_span():
    one = DayToPlan(
        (Stop(0, 0, ((at(0), at(0)),), HOUR), Stop(1, 1, ((at(0), at(5)),), HOUR)), [[0, 61], [61, 0]], HOUR
    )
    assert timetable([0, 1], one, STEP) == [at(0), at(2) + timedelta(minutes=5)]


def test_what_the_timetable_gives_is_what_the_schedule_takes():
    """The same rule as for an acceptance: each visit fits a day that holds the others."""
    where, when = [HERE, THERE], [at(0), at(0) + HOUR + timedelta(minutes=10) + Pace()(HERE, THERE)]
    table = [[int(Pace()(one, other).total_seconds()) for other in where] for one in where]
    stops = tuple(Stop(n, n, ((at(0), at(9)),), HOUR) for n in range(2))
    assert timetable([0, 1], DayToPlan(stops, table, timedelta(minutes=10))) == when
    held = Day([(at(0), at(10))], [Visit(when[0], when[0] + HOUR, HERE)], timedelta(minutes=10))
    assert misfit(when[1], held, duration=HOUR, at=THERE, travel=Pace()) is None
    second = timedelta(seconds=1)
    assert misfit(when[1] - second, held, duration=HOUR, at=THERE, travel=Pace()) is not None


def test_every_timetable_keeps_its_own_day():
    for seed in range(100):
        one = random_day(seed)
        order = list(range(len(one.stops)))
        times = timetable(order, one)
        assert times is None or keeps(times, order, one)


class TestWhatMayMove:
    around = Day([(at(0), at(5)), (at(6), at(10))], [], timedelta(minutes=10))

    def spans(self, one: PlannedVisit, now: float = -24):
        return spans_of(one, self.around, travel=Pace(), now=at(now))

    def test_a_flexible_visit_moves_within_its_window_and_the_hours(self):
        assert self.spans(visit(1, 8)) == ((at(1), at(4)), (at(6), at(8)))

    def test_a_booked_time_stays(self):
        assert self.spans(visit(3, 3)) == ((at(3), at(3)),)

    def test_a_visit_that_begins_within_the_hour_stays(self):
        assert self.spans(visit(1, 8, start=2), now=1) == ((at(2), at(2)),)

    def test_no_visit_is_moved_into_the_next_hour(self):
        assert self.spans(visit(1, 8, start=4), now=1.5)[0] == (at(2.5), at(4))

    def test_whoever_has_set_out_goes_on(self):
        assert self.spans(visit(1, 8, has_set_out=True)) == ((at(1), at(1)),)

    def test_a_visit_outside_the_hours_as_they_are_now_stays(self):
        assert self.spans(visit(11, 12)) == ((at(11), at(11)),)

    def test_the_day_is_locked_while_somebody_is_on_the_way(self):
        assert is_locked([visit(1, 8), visit(1, 8, has_set_out=True)])
        assert not is_locked([visit(1, 8)])


class TestBestTimes:
    free = [(at(0), at(8))]

    def test_times_stay_where_nothing_is_gained(self):
        one = day(self.free, self.free)
        assert best_times([at(1), at(5)], one, [1, 0]) == [at(1), at(5)]

    def test_a_day_that_cannot_be_kept_as_it_is_gets_the_order_found(self):
        one = day(self.free, self.free)
        assert best_times([at(1), at(2)], one, [0, 1]) == [at(0), at(1.5)]

    def test_without_any_feasible_order_there_are_no_times(self):
        assert best_times([at(1), at(2)], day([(at(1), at(1))], [(at(2), at(2))]), None) is None


def test_clipped_keeps_what_lies_between():
    spans = [(at(0), at(2)), (at(3), at(4)), (at(6), at(7))]
    assert clipped(spans, at(1), at(6)) == ((at(1), at(2)), (at(3), at(4)), (at(6), at(6)))
