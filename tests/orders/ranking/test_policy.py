"""The published ranking: what moves a partner up or down, the newcomers' places, and what it can't know."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.ranking.policy import (
    MOST_IDLE_DAYS,
    NEWCOMER_BELOW_JOBS,
    NEWCOMER_EVERY,
    Candidate,
    is_newcomer,
    ranked,
    score,
)
from tests.factories import NOW

DAY = timedelta(days=1)
BASE = Candidate(partner_id=1, reference="a", merit=4.5, km=5.0, accepted=100, last_accepted_at=NOW - 2 * DAY)


def test_the_score_is_the_published_sum() -> None:
    assert score(BASE, NOW) == pytest.approx(4.5 - 0.02 * 5 + 0.02 * 2)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"merit": 4.6}, 0.1),
        ({"km": 6.0}, -0.02),
        ({"km": 25.0}, -0.4),
        ({"km": 90.0}, -0.4),
        ({"last_accepted_at": NOW - 3 * DAY}, 0.02),
        ({"last_accepted_at": NOW - 14 * DAY}, 0.24),
        ({"last_accepted_at": NOW - 99 * DAY}, 0.24),
        ({"last_accepted_at": NOW + DAY}, -0.04),
        ({"last_accepted_at": None}, 0.02 * (MOST_IDLE_DAYS - 2)),
        ({"accepted": 10}, 0.0),
    ],
)
def test_what_moves_the_score_and_by_how_much(change: dict[str, object], difference: float) -> None:
    assert score(replace(BASE, **change), NOW) - score(BASE, NOW) == pytest.approx(difference)


def test_the_ranking_can_know_nothing_else() -> None:
    """No protected attribute and no offer: they are not among what the rule is given."""
    assert [field.name for field in fields(Candidate)] == [
        "partner_id",
        "reference",
        "merit",
        "km",
        "accepted",
        "last_accepted_at",
    ]


def row(*kinds: str) -> list[Candidate]:
    """Candidates of falling merit; `n` is a newcomer, `e` an established partner."""
    return [
        replace(
            BASE,
            partner_id=number,
            reference=f"{kind}{number}",
            merit=5 - number / 10,
            accepted=NEWCOMER_BELOW_JOBS - (kind == "n"),
        )
        for number, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("by_score", "expected"),
    [
        ("eeeeen", "e0 e1 e2 n5 e3 e4"),
        ("eeene", "e0 e1 e2 n3 e4"),
        ("neeee", "n0 e1 e2 e3 e4"),
        ("neeeeen", "n0 e1 e2 e3 n6 e4 e5"),
        ("eeee", "e0 e1 e2 e3"),
        ("nnn", "n0 n1 n2"),
        ("een", "e0 e1 n2"),
        ("", ""),
    ],
)
def test_every_fourth_place_is_a_newcomers(by_score: str, expected: str) -> None:
    assert [one.reference for one in ranked(row(*by_score), NOW)] == expected.split()


def test_equals_are_in_the_order_of_their_references() -> None:
    second = replace(BASE, partner_id=2, reference="b")
    assert ranked([second, BASE], NOW) == [BASE, second]


candidates = st.lists(
    st.builds(
        Candidate,
        partner_id=st.integers(),
        reference=st.text(max_size=3),
        merit=st.floats(0, 5),
        km=st.floats(0, 100),
        accepted=st.integers(0, 20),
        last_accepted_at=st.none() | st.just(NOW - DAY),
    ),
    max_size=30,
    unique_by=(lambda one: one.partner_id, lambda one: one.reference),
)


@given(candidates)
def test_nobody_is_lost_and_no_newcomer_waits_longer_than_three(given_: list[Candidate]) -> None:
    found = ranked(given_, NOW)
    assert sorted(found, key=lambda one: one.partner_id) == sorted(given_, key=lambda one: one.partner_id)
    kinds = [is_newcomer(one) for one in found]
    last = max((place for place, newcomer in enumerate(kinds) if newcomer), default=-1)
    for place in range(last + 1 - NEWCOMER_EVERY):
        assert any(kinds[place : place + NEWCOMER_EVERY])


@given(candidates)
def test_within_their_kind_the_better_are_first(given_: list[Candidate]) -> None:
    found = ranked(given_, NOW)
    for kind in (True, False):
        scores = [score(one, NOW) for one in found if is_newcomer(one) is kind]
        assert scores == sorted(scores, reverse=True)
