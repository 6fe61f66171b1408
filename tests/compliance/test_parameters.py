"""What a city's policy may contain."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from compliance.parameters import parameter_problems
from compliance.policy import PolicyParameters

DEFAULTS = PolicyParameters()


def test_the_defaults_are_sound() -> None:
    assert parameter_problems(DEFAULTS) == ()


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("min_rating", Decimal("0.99"), Decimal("1.00")),
        ("min_rating", Decimal("5.01"), Decimal("4.80")),
        ("rating_margin", Decimal("-0.01"), Decimal("0.00")),
        ("rating_margin", Decimal("0.81"), Decimal("0.80")),
        ("min_rated_jobs", 51, 50),
        ("min_rated_jobs", 0, 1),
        ("min_accepted_jobs", 0, 1),
        ("cancellation_factor", Decimal(0), Decimal("0.01")),
        ("cancellation_floor", Decimal("-0.0001"), Decimal("0.0000")),
        ("cancellation_floor", Decimal("0.2001"), Decimal("0.2000")),
        ("cancellation_floor", Decimal("0.00001"), Decimal("0.0001")),
        ("cancellation_ceiling", Decimal("1.0001"), Decimal("1.0000")),
        ("cancellation_ceiling", Decimal("0.20001"), Decimal("0.20000")),
        ("notices_before_suspension", 0, 1),
        ("notice_interval_days", -1, 0),
        ("notice_interval_jobs", -1, 0),
        ("notice_validity_days", 0, 1),
    ],
)
def test_each_parameter_has_its_bounds(name: str, wrong: Any, right: Any) -> None:
    problems = parameter_problems(replace(DEFAULTS, **{name: wrong}))
    assert name in [problem.name for problem in problems]
    assert parameter_problems(replace(DEFAULTS, **{name: right})) == ()


def test_every_message_is_a_filled_in_sentence() -> None:
    worst = PolicyParameters(
        Decimal(0), Decimal(-1), 51, 0, Decimal(0), Decimal(2), Decimal("0.00001"), 0, -1, -1, 0
    )
    messages = [str(problem) for problem in parameter_problems(worst)]
    assert "The minimum average must be between 1 and 5 stars." in messages
    assert "The lowest limit must not be higher than the highest limit." in messages
    assert all(message.endswith(".") and "%" not in message for message in messages)
    assert len(messages) == 12
