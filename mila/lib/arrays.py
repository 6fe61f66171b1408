"""Long lists for SQL, as one literal: a thousand numbers are then read as text, not parsed one by one."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import BooleanField, F, Func, Value


def numbers(values: Iterable[int | Decimal | None]) -> str:
    """`{1,2,NULL}`, for a parameter that the statement casts (`%(ids)s::bigint[]`)."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def instants(moments: Iterable[datetime]) -> str:
    """The same for instants with an offset (`%(moments)s::timestamptz[]`)."""
    return "{" + ",".join([moment.isoformat() for moment in moments]) + "}"


def any_of(field: str, ids: Iterable[int]) -> Func:
    """A condition for `filter`: like `field__in=ids`, without a parameter for each."""
    return Func(
        F(field),
        Value(numbers(ids)),
        template="%(expressions)s::bigint[])",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
