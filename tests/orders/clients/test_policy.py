"""What the week is, what can be booked again, and with whom."""

from datetime import date

import pytest

from orders.clients.policy import is_wanted_again, may_book_again, week_after
from orders.policy import OrderStatus, Outcome


@pytest.mark.parametrize("today", [date(2026, 6, 1), date(2026, 6, 4), date(2026, 6, 7)])
def test_a_week_ends_with_its_sunday(today: date) -> None:
    assert week_after(today) == date(2026, 6, 8)


def test_what_has_ended_can_be_booked_again() -> None:
    ended = {OrderStatus.COMPLETED, OrderStatus.EXPIRED, OrderStatus.CANCELLED, OrderStatus.FAILED}

    assert {status for status in OrderStatus if may_book_again(status)} == ended


def test_the_same_again_is_who_was_there_or_would_have_been() -> None:
    wanted = {
        (status, outcome)
        for status in OrderStatus
        for outcome in (None, *Outcome)
        if is_wanted_again(status, outcome)
    }

    assert wanted == {
        (OrderStatus.COMPLETED, Outcome.COMPLETED),
        (OrderStatus.CANCELLED, Outcome.CLIENT_CANCELLED),
        (OrderStatus.CANCELLED, None),
    }
