"""What is true for a client about all orders together, and whom "the same again" means. Pure rules."""

from datetime import date, timedelta

from orders.policy import OrderStatus, Outcome

MOST_ADDRESSES = 10

COMING = (OrderStatus.SEARCHING, OrderStatus.CONFIRMED, OrderStatus.IN_PROGRESS)
AGREED = (OrderStatus.CONFIRMED, OrderStatus.IN_PROGRESS)


def week_after(today: date) -> date:
    """The Monday on which this week is over."""
    return today + timedelta(days=7 - today.weekday())


def may_book_again(status: OrderStatus) -> bool:
    """Whatever has ended, well or not."""
    return status not in COMING


def is_wanted_again(status: OrderStatus, outcome: Outcome | None) -> bool:
    """Whether the same again means the same person: who has done it, or would have, had the client not cancelled.

    Who was not free, or did not come, is not put forward a second time; nobody is told why (C1).
    """
    if status is OrderStatus.COMPLETED:
        return outcome is Outcome.COMPLETED
    return status is OrderStatus.CANCELLED and outcome in (None, Outcome.CLIENT_CANCELLED)
