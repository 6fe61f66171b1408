from datetime import timedelta

import pytest

from orders.policy import (
    JOB_TRANSITIONS,
    OFFER_TRANSITIONS,
    ORDER_TRANSITIONS,
    JobState,
    OfferStatus,
    OrderStatus,
    SearchStep,
    can_search_again,
    client_may_cancel,
    response_deadline,
    search_deadline,
    search_step,
)
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def test_every_state_has_its_row_in_the_tables() -> None:
    assert set(ORDER_TRANSITIONS) == set(OrderStatus)
    assert set(OFFER_TRANSITIONS) == set(OfferStatus)
    assert set(JOB_TRANSITIONS) == set(JobState)


@pytest.mark.parametrize(
    ("slot_in", "search_for"),
    [
        (48 * HOUR, 48 * HOUR - 30 * MINUTE),
        (60 * MINUTE, 30 * MINUTE),
        (45 * MINUTE, 15 * MINUTE),
        (40 * MINUTE, 15 * MINUTE),
        (15 * MINUTE, 15 * MINUTE),
        (10 * MINUTE, 10 * MINUTE),
        (MINUTE, MINUTE),
    ],
)
def test_a_search_ends_before_the_slot_and_lasts_a_while(slot_in: timedelta, search_for: timedelta) -> None:
    assert search_deadline(slot_start=NOW + slot_in, now=NOW) == NOW + search_for


@pytest.mark.parametrize(
    ("is_urgent", "slot_in", "search_for", "answer_in"),
    [
        (False, 48 * HOUR, 47 * HOUR, 12 * HOUR),
        (True, 48 * HOUR, 47 * HOUR, 15 * MINUTE),
        (False, 4 * HOUR, 3 * HOUR, 15 * MINUTE),
        (False, 4 * HOUR + MINUTE, 3 * HOUR, 3 * HOUR),
        (True, 11 * MINUTE, 10 * MINUTE, 10 * MINUTE),
    ],
)
def test_offers_can_be_answered_for_minutes_or_hours(
    is_urgent: bool, slot_in: timedelta, search_for: timedelta, answer_in: timedelta
) -> None:
    deadline = response_deadline(
        is_urgent=is_urgent, slot_start=NOW + slot_in, search_until=NOW + search_for, now=NOW
    )
    assert deadline == NOW + answer_in


@pytest.mark.parametrize(
    ("has_open_offers", "has_candidates", "minutes_left", "step"),
    [
        (True, True, 1, SearchStep.WAIT),
        (True, False, 1, SearchStep.WAIT),
        (False, True, 1, SearchStep.ASK),
        (False, False, 1, SearchStep.GIVE_UP),
        (True, True, 0, SearchStep.GIVE_UP),
        (False, True, 0, SearchStep.GIVE_UP),
    ],
)
def test_a_search_waits_asks_or_gives_up(
    has_open_offers: bool, has_candidates: bool, minutes_left: int, step: SearchStep
) -> None:
    assert step is search_step(
        has_open_offers=has_open_offers,
        has_candidates=has_candidates,
        search_until=NOW + minutes_left * MINUTE,
        now=NOW,
    )


def test_there_is_time_to_search_again_until_half_an_hour_before() -> None:
    assert can_search_again(slot_start=NOW + 31 * MINUTE, now=NOW)
    assert not can_search_again(slot_start=NOW + 30 * MINUTE, now=NOW)


def test_a_client_cancels_until_the_partner_has_checked_in() -> None:
    assert {status for status in OrderStatus if client_may_cancel(status)} == {
        OrderStatus.SEARCHING,
        OrderStatus.CONFIRMED,
    }
