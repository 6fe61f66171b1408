"""What a completed job means in the books, pure (C27): the client owes price and approved extras, partner
and platform share them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from mila.lib.money import share


class Account(StrEnum):
    """Accounts of the ledger; an amount is signed, debit positive."""

    CLIENT_RECEIVABLE = "client_receivable"
    PARTNER_PAYABLE = "partner_payable"
    COMMISSION = "commission"


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A commission rate (a fraction) and when it came into force; `id` is of its row."""

    id: int
    in_force_from: datetime
    rate: Decimal


class NoRateInForce(LookupError):
    """No commission rate holds at this instant."""


def rate_at(rates: Iterable[DatedRate], at: datetime) -> DatedRate:
    """The rate of one city in force at `at`. Raises `NoRateInForce`."""
    held = [rate for rate in rates if rate.in_force_from <= at]
    if not held:
        raise NoRateInForce(at.isoformat())
    return max(held, key=lambda rate: rate.in_force_from)


def amounts_of(total: Decimal, rate: Decimal) -> Mapping[Account, Decimal]:
    """The three postings of a completed job; they sum to zero. The commission is rounded to cents, half up.

    `total` is the price with the approved extras: the commission is on the whole.
    """
    commission, partner_share = share(total, rate)
    return {
        Account.CLIENT_RECEIVABLE: total,
        Account.PARTNER_PAYABLE: -partner_share,
        Account.COMMISSION: -commission,
    }
