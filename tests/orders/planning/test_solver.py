"""The order that is found is the best there is, by the pure rule, and by trying all of them."""

from datetime import timedelta

import pytest

from mila.lib.geo import Point
from mila.lib.travel import Pace
from orders.planning.assigning import Candidate, OpenOrder, OwnVisit, propose
from orders.planning.exact import search
from orders.planning.policy import timetable, travel_of
from orders.planning.solver import best_order, improved
from orders.schedule.policy import Day
from partners.availability.policy import Window
from tests.orders.planning.days import at, least_travel, random_day

DAYS = range(200)
HOUR = timedelta(hours=1)
HERE, NEAR, FAR = Point(47.37, 8.54), Point(47.38, 8.55), Point(47.50, 8.72)


def travel_found(seed: int) -> int | None:
    day = random_day(seed)
    order = best_order(day)
    assert order is None or timetable(order, day) is not None
    return None if order is None else travel_of(order, day)


@pytest.mark.parametrize("tenth", range(10))
def test_the_travel_found_is_the_least_by_trying_every_order(tenth: int) -> None:
    seeds = [seed for seed in DAYS if seed % 10 == tenth]
    assert {seed: travel_found(seed) for seed in seeds} == {
        seed: least_travel(random_day(seed)) for seed in seeds
    }


def test_some_of_these_days_are_impossible_and_most_are_not() -> None:
    impossible = sum(search(random_day(seed)).order is None for seed in DAYS)
    assert 20 <= impossible <= 100


def test_vroom_is_asked_the_same_question() -> None:
    """Beginning from the best order it takes that order as allowed, and finds none that travels less."""
    for seed in DAYS:
        day = random_day(seed)
        best = search(day).order
        if best is not None:
            found = improved(day, best)
            assert found is not None
            assert travel_of(found, day) == travel_of(best, day), seed


def test_vroom_alone_makes_nothing_of_an_impossible_day() -> None:
    impossible = [day for day in map(random_day, DAYS) if search(day).order is None]
    assert [improved(day, None) for day in impossible] == [None] * len(impossible)


def test_a_search_that_leaves_things_out_says_so_and_vroom_takes_over() -> None:
    days = [day for day in map(random_day, range(60)) if len(day.stops) > 5 and search(day).order is not None]
    cut = [search(day, width=3) for day in days]
    assert not any(found.is_best for found in cut)
    for day, found in zip(days, cut, strict=True):
        better = improved(day, found.order)
        if found.order is not None:
            assert better is not None
            assert travel_of(better, day) <= travel_of(found.order, day)


def test_a_day_without_visits_has_an_empty_order() -> None:
    assert best_order(random_day(1).__class__((), [], HOUR)) == ()


# --- Many partners --------------------------------------------------------------------------------------------


def order(number: int, place: Point, first: float = 0, last: float = 8) -> OpenOrder:
    return OpenOrder(number, place, at(first), at(last), HOUR)


def candidate(
    number: int,
    *,
    home: Point | None = HERE,
    may_do: tuple[int, ...] = (1, 2, 3),
    windows: tuple[Window, ...] = ((at(0), at(10)),),
    visits: tuple[OwnVisit, ...] = (),
    buffer: int = 10,
) -> Candidate:
    around = Day(windows, (), timedelta(minutes=buffer))
    return Candidate(number, home, around, visits, frozenset(may_do))


def who_does(orders: list[OpenOrder], candidates: list[Candidate]) -> dict[int, int]:
    return {one.order_id: one.partner_id for one in propose(orders, candidates).proposed}


def test_the_nearer_partner_is_proposed() -> None:
    assert who_does([order(1, FAR)], [candidate(7), candidate(8, home=FAR)]) == {1: 8}


def test_only_those_are_proposed_who_may_be_asked() -> None:
    assert who_does([order(1, FAR)], [candidate(7), candidate(8, home=FAR, may_do=(2,))]) == {1: 7}


def test_an_order_that_nobody_can_do_stays_open() -> None:
    assert who_does([order(1, HERE), order(2, HERE)], [candidate(7, may_do=(1,))]) == {1: 7}


def test_a_partner_who_is_off_is_not_proposed() -> None:
    assert who_does([order(1, HERE)], [candidate(7, windows=())]) == {}


def test_no_visit_reaches_into_a_break() -> None:
    hours = ((at(0), at(1)), (at(3), at(4)))
    found = propose([order(1, HERE), order(2, NEAR)], [candidate(7, windows=hours)]).proposed
    assert sorted(one.arrives_at for one in found) == [at(0), at(3)]


def test_accepted_visits_keep_their_time_and_the_ways_to_and_from_them() -> None:
    busy = candidate(7, visits=(OwnVisit(at(2), at(3), FAR),))
    assert propose([order(1, HERE, 1.5, 3.5)], [busy]).proposed == ()
    (found,) = propose([order(1, HERE, 1.5, 6)], [busy]).proposed
    assert found.arrives_at >= at(3) + timedelta(minutes=10) + Pace()(FAR, HERE)


def test_the_way_may_be_made_during_a_break() -> None:
    hours = ((at(0), at(1)), (at(2), at(3)))
    assert (
        len(
            propose(
                [order(1, HERE, 0, 0), order(2, FAR, 2, 2)], [candidate(7, windows=hours, buffer=0)]
            ).proposed
        )
        == 2
    )


def test_a_visit_accepted_outside_the_hours_is_kept() -> None:
    late = OwnVisit(at(12), at(13), HERE)
    assert who_does([order(1, HERE, 0, 1)], [candidate(7, visits=(late,))]) == {1: 7}


def test_a_partner_whose_own_visits_cannot_be_kept_is_left_alone() -> None:
    clash = (OwnVisit(at(2), at(3), FAR), OwnVisit(at(3), at(4), HERE))
    assert who_does([order(1, HERE)], [candidate(7, visits=clash)]) == {}


def test_each_partner_keeps_their_own_buffer() -> None:
    orders = [order(1, HERE, 0, 0), order(2, HERE, 1.25, 1.25)]
    assert len(who_does(orders, [candidate(7, buffer=15)])) == 2
    assert len(who_does(orders, [candidate(7, buffer=20)])) == 1
    assert len(who_does(orders, [candidate(7, buffer=20), candidate(8, home=FAR, buffer=0)])) == 2


def test_without_a_home_the_way_to_the_first_visit_is_not_counted() -> None:
    routes = propose([order(1, FAR)], [candidate(7, home=None)])
    assert (routes.seconds, [one.leg.seconds for one in routes.proposed]) == (0, [0])
