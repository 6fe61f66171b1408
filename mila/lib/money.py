"""Money is a `Decimal` with two places and a currency code beside it; nothing here knows a float."""

from decimal import ROUND_HALF_UP, Decimal

CURRENCY = "CHF"
CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    """Round to two places, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def share(amount: Decimal, rate: Decimal) -> tuple[Decimal, Decimal]:
    """Split `amount` into (part at `rate`, the rest); the two always add up to the amount."""
    part = to_cents(amount * rate)
    return part, amount - part
