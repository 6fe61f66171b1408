from orders.policy import (
    JOB_TRANSITIONS,
    OFFER_TRANSITIONS,
    ORDER_TRANSITIONS,
    JobState,
    OfferStatus,
    OrderStatus,
    client_may_cancel,
)


def test_every_state_has_its_row_in_the_tables() -> None:
    assert set(ORDER_TRANSITIONS) == set(OrderStatus)
    assert set(OFFER_TRANSITIONS) == set(OfferStatus)
    assert set(JOB_TRANSITIONS) == set(JobState)


def test_a_client_cancels_until_the_partner_has_checked_in() -> None:
    assert {status for status in OrderStatus if client_may_cancel(status)} == {
        OrderStatus.SEARCHING,
        OrderStatus.CONFIRMED,
    }
