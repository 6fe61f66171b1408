"""Waves and deadlines of a search."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.dispatch.policy import (
    LARGEST_WAVE,
    WIDEST_KM,
    Rule,
    SearchStep,
    can_search_again,
    earliest_start,
    next_wave_at,
    response_deadline,
    search_deadline,
    search_step,
    tempo_of,
    wave_of,
)
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DEFAULT = Rule()


@pytest.mark.parametrize(
    ("is_urgent", "arrives_in", "is_quick"),
    [(True, 48 * HOUR, True), (False, 4 * HOUR, True), (False, 4 * HOUR + MINUTE, False)],
)
def test_an_urgent_or_near_order_is_searched_for_in_minutes(
    is_urgent: bool, arrives_in: timedelta, is_quick: bool
) -> None:
    tempo = tempo_of(DEFAULT, is_urgent=is_urgent, arrives_until=NOW + arrives_in, now=NOW)
    assert tempo == (DEFAULT.urgent if is_quick else DEFAULT.planned)
    assert (DEFAULT.urgent.search, DEFAULT.urgent.wave) == (15 * MINUTE, 4 * MINUTE)
    assert DEFAULT.planned.search == 12 * HOUR


@pytest.mark.parametrize(
    ("arrives_in", "search_for"),
    [
        (48 * HOUR, 12 * HOUR),
        (12 * HOUR, 12 * HOUR - 30 * MINUTE),
        (60 * MINUTE, 30 * MINUTE),
        (45 * MINUTE, 15 * MINUTE),
        (40 * MINUTE, 15 * MINUTE),
        (15 * MINUTE, 15 * MINUTE),
        (10 * MINUTE, 10 * MINUTE),
        (MINUTE, MINUTE),
    ],
)
def test_a_search_ends_in_time_for_the_arrival(arrives_in: timedelta, search_for: timedelta) -> None:
    deadline = search_deadline(tempo=DEFAULT.planned, arrives_until=NOW + arrives_in, now=NOW)
    assert deadline == NOW + search_for


def test_who_asks_one_partner_first_has_time_for_others_after_that() -> None:
    far = NOW + timedelta(days=9)
    assert search_deadline(tempo=DEFAULT.urgent, arrives_until=far, now=NOW, stages=2) == NOW + 30 * MINUTE


def test_an_offer_is_open_as_long_as_a_search_and_never_longer_than_this_one() -> None:
    assert response_deadline(tempo=DEFAULT.urgent, search_until=NOW + HOUR, now=NOW) == NOW + 15 * MINUTE
    assert response_deadline(tempo=DEFAULT.planned, search_until=NOW + HOUR, now=NOW) == NOW + HOUR


def test_waves_grow_in_number_and_radius() -> None:
    waves = [wave_of(DEFAULT, number) for number in range(1, 6)]
    assert [wave.size for wave in waves] == [5, 10, 20, 40, LARGEST_WAVE]
    assert [wave.radius_km for wave in waves] == [8, 16, 32, WIDEST_KM, WIDEST_KM]
    assert [wave.is_widest for wave in waves] == [False, False, False, True, True]


@given(
    size=st.integers(1, 50),
    size_growth=st.floats(1, 10),
    radius=st.floats(1, WIDEST_KM),
    radius_growth=st.floats(1.1, 10),
)
def test_every_rule_ends_with_everybody_and_never_shrinks(
    size: int, size_growth: float, radius: float, radius_growth: float
) -> None:
    rule = Rule(first_size=size, size_growth=size_growth, first_radius_km=radius, radius_growth=radius_growth)
    waves = [wave_of(rule, number) for number in range(1, 50)]
    assert waves[-1].is_widest
    assert all(a.size <= b.size and a.radius_km <= b.radius_km for a, b in pairwise(waves))


def test_the_next_wave_comes_within_the_search_or_not_at_all() -> None:
    def following(minutes: int):
        return next_wave_at(tempo=DEFAULT.urgent, search_until=NOW + minutes * MINUTE, now=NOW)

    assert following(15) == NOW + 4 * MINUTE
    assert following(4) is None


@pytest.mark.parametrize(
    ("has_open_offers", "is_wave_due", "minutes_left", "step"),
    [
        (True, False, 1, SearchStep.WAIT),
        (True, True, 1, SearchStep.ASK),
        (False, False, 1, SearchStep.ASK),
        (False, True, 1, SearchStep.ASK),
        (True, True, 0, SearchStep.GIVE_UP),
        (False, False, 0, SearchStep.GIVE_UP),
    ],
)
def test_a_search_waits_asks_or_gives_up(
    has_open_offers: bool, is_wave_due: bool, minutes_left: int, step: SearchStep
) -> None:
    assert step is search_step(
        has_open_offers=has_open_offers,
        is_wave_due=is_wave_due,
        search_until=NOW + minutes_left * MINUTE,
        now=NOW,
    )


def test_there_is_time_to_search_again_until_half_an_hour_before() -> None:
    assert can_search_again(arrives_until=NOW + 31 * MINUTE, now=NOW)
    assert not can_search_again(arrives_until=NOW + 30 * MINUTE, now=NOW)


@pytest.mark.parametrize(
    ("from_in", "until_in", "start_in"),
    [(60, 60, 60), (1, 1, 1), (0, 0, 0), (-60, 120, 30), (-60, 20, 20)],
)
def test_a_visit_begins_in_its_window_and_not_before_anybody_can_be_there(
    from_in: int, until_in: int, start_in: int
) -> None:
    start = earliest_start(
        arrives_from=NOW + from_in * MINUTE, arrives_until=NOW + until_in * MINUTE, now=NOW
    )
    assert start == NOW + start_in * MINUTE
