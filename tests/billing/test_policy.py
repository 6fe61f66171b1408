"""What a completed job means in the books."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.policy import Account, DatedRate, NoRateInForce, amounts_of, rate_at

START = datetime(2026, 1, 1, tzinfo=UTC)
CENTS = st.decimals("0.01", "99999.99", places=2)
RATES = st.decimals("0", "0.9999", places=4)


def test_client_owes_the_price_and_partner_and_platform_share_it() -> None:
    assert amounts_of(Decimal("89.00"), Decimal("0.2000")) == {
        Account.CLIENT_RECEIVABLE: Decimal("89.00"),
        Account.PARTNER_PAYABLE: Decimal("-71.20"),
        Account.COMMISSION: Decimal("-17.80"),
    }


def test_half_a_cent_of_commission_is_rounded_up() -> None:
    assert amounts_of(Decimal("0.05"), Decimal("0.1000"))[Account.COMMISSION] == Decimal("-0.01")


@given(price=CENTS, rate=RATES)
def test_postings_always_sum_to_zero_in_whole_cents(price: Decimal, rate: Decimal) -> None:
    amounts = amounts_of(price, rate)
    assert sum(amounts.values()) == 0
    assert all(amount == amount.quantize(Decimal("0.01")) for amount in amounts.values())
    assert amounts[Account.PARTNER_PAYABLE] <= 0


def test_rate_holds_from_its_own_instant_on() -> None:
    old = DatedRate(1, START, Decimal("0.2"))
    new = DatedRate(2, START + timedelta(days=1), Decimal("0.25"))
    assert rate_at([new, old], START + timedelta(days=1) - timedelta(microseconds=1)) == old
    assert rate_at([new, old], START + timedelta(days=1)) == new


def test_before_the_first_rate_there_is_none() -> None:
    with pytest.raises(NoRateInForce):
        rate_at([DatedRate(1, START, Decimal("0.2"))], START - timedelta(seconds=1))
