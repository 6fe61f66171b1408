"""What may be wrong with the parameters of a city's policy, pure (policy: city policy).

Messages are English source strings marked for extraction; whoever shows one translates and fills it in:
`gettext(problem.message) % problem.values`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from compliance.policy import PolicyParameters
from ratings.policy import MAX_STARS, MIN_STARS, WINDOW

_COUNTS_FROM = {
    "min_rated_jobs": 1,
    "min_accepted_jobs": 1,
    "notices_before_suspension": 1,
    "notice_interval_days": 0,
    "notice_interval_jobs": 0,
    "notice_validity_days": 1,
}


def N_(message: str) -> str:  # noqa: N802 - the name that message extraction knows
    """Mark a source string for translation where it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class ParameterProblem:
    """One thing wrong: the parameter's name and a message with named placeholders, filled from `values`."""

    name: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.values


def parameter_problems(policy: PolicyParameters) -> tuple[ParameterProblem, ...]:
    """Everything wrong with these parameters; empty if a city may use them."""
    return (*_rating_problems(policy), *_cancellation_problems(policy), *_count_problems(policy))


def _rating_problems(policy: PolicyParameters) -> Iterator[ParameterProblem]:
    stars: Mapping[str, object] = {"least": MIN_STARS, "most": MAX_STARS}
    if not MIN_STARS <= policy.min_rating <= MAX_STARS:
        message = N_("The minimum average must be between %(least)s and %(most)s stars.")
        yield ParameterProblem("min_rating", message, stars)
    if policy.rating_margin < 0:
        yield ParameterProblem("rating_margin", N_("The margin must not be negative."))
    elif policy.min_rating + policy.rating_margin > MAX_STARS:
        message = N_("The minimum average and the margin together must not be more than %(most)s stars.")
        yield ParameterProblem("rating_margin", message, stars)
    if policy.min_rated_jobs > WINDOW:
        message = N_("The window holds %(window)s jobs; a higher number of ratings is never reached.")
        yield ParameterProblem("min_rated_jobs", message, {"window": WINDOW})


def _cancellation_problems(policy: PolicyParameters) -> Iterator[ParameterProblem]:
    if policy.cancellation_factor <= 0:
        yield ParameterProblem("cancellation_factor", N_("The factor must be greater than zero."))
    bounds = {name: getattr(policy, name) for name in ("cancellation_floor", "cancellation_ceiling")}
    for name, rate in bounds.items():
        if not 0 <= rate <= 1:
            yield ParameterProblem(name, N_("A cancellation rate must be between 0 and 1."))
        elif rate != rate.quantize(Decimal("0.0001")):
            yield ParameterProblem(name, N_("A cancellation rate has at most four decimals."))
    if policy.cancellation_floor > policy.cancellation_ceiling:
        message = N_("The lowest limit must not be higher than the highest limit.")
        yield ParameterProblem("cancellation_floor", message)


def _count_problems(policy: PolicyParameters) -> Iterator[ParameterProblem]:
    for name, least in _COUNTS_FROM.items():
        if getattr(policy, name) < least:
            yield ParameterProblem(name, N_("This number must be at least %(least)s."), {"least": least})
