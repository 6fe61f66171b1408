"""What partners and ops are told about figures and verdicts, pure (charter C12, C15, C16, C29).

The numbers come from the same functions that decide: `ratings.policy` and `compliance.policy`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from compliance.policy import (
    Finding,
    History,
    Level,
    PolicyParameters,
    Rule,
    Verdict,
    active_notices,
    cancellation_finding,
    cancellation_limit,
    is_time_to_improve,
)
from ratings.policy import (
    Standing,
    accepted_jobs_needed,
    average_stars,
    cancellation_rate,
    five_star_jobs_needed,
    rate_after_cancelling,
)

Plain = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Pause:
    """Time to improve: the rule waits until `until` and until `jobs_left` more jobs are accepted, both."""

    until: datetime
    jobs_left: int


@dataclass(frozen=True, slots=True)
class WayBack:
    """How many further good jobs end a breach (`to_limit`) and end every alert (`to_fine`).

    Good jobs: completed with five stars for the rating rule, accepted and kept for the cancellation rule.
    0 if there already; None if no number of jobs gets there.
    """

    to_limit: int | None
    to_fine: int | None


@dataclass(frozen=True, slots=True)
class CancellationEffect:
    """What cancelling one accepted job would do (C16): shown before it is confirmed. Rates are fractions."""

    rate_now: Decimal
    rate_after: Decimal
    limit: Decimal | None
    level_now: Level
    level_after: Level


def pause_for(rule: Rule, policy: PolicyParameters, history: History, now: datetime) -> Pause | None:
    """The time to improve that an active notice of this rule grants at `now`; None if it does not wait."""
    active = active_notices(rule, policy, history, now)
    if not active:
        return None
    latest = active[-1]
    if not is_time_to_improve(latest.issued_at, latest.accepted_since, policy, now):
        return None
    until = latest.issued_at + timedelta(days=policy.notice_interval_days)
    return Pause(until=until, jobs_left=max(0, policy.notice_interval_jobs - latest.accepted_since))


def notices_left(rule: Rule, policy: PolicyParameters, history: History, now: datetime) -> int:
    """How many more notices of this rule come before a breach means suspension."""
    return max(0, policy.notices_before_suspension - len(active_notices(rule, policy, history, now)))


def rating_way_back(finding: Finding, policy: PolicyParameters, window: Sequence[int | None]) -> WayBack:
    """Five-star jobs needed, for a `rating_finding`; `window` as in `ratings.policy.what_if`."""
    if finding.level is Level.FINE:
        return WayBack(0, 0)
    return WayBack(
        to_limit=five_star_jobs_needed(window, policy.min_rating),
        to_fine=five_star_jobs_needed(window, policy.min_rating, policy.rating_margin),
    )


def cancellation_way_back(finding: Finding, standing: Standing) -> WayBack:
    """Accepted jobs needed without a cancellation, for a `cancellation_finding` of this standing."""
    if finding.level is Level.FINE or finding.limit is None or finding.alert is None:
        return WayBack(0, 0)
    return WayBack(
        to_limit=accepted_jobs_needed(standing, finding.limit),
        to_fine=accepted_jobs_needed(standing, min(finding.limit, finding.alert)),
    )


def effect_of_cancelling(
    standing: Standing, policy: PolicyParameters, city_average: Decimal | None
) -> CancellationEffect:
    """The rate and level before and after cancelling one accepted job. ValueError without an accepted job.

    The city average is taken as it stands: one cancellation of this partner is not fed back into it.
    """
    rate_now = cancellation_rate(standing)
    if rate_now is None:
        raise ValueError("there is no accepted job to cancel")
    after = replace(standing, cancelled=standing.cancelled + 1)
    return CancellationEffect(
        rate_now=rate_now,
        rate_after=rate_after_cancelling(standing),
        limit=cancellation_limit(city_average, policy),
        level_now=cancellation_finding(standing, policy, city_average).level,
        level_after=cancellation_finding(after, policy, city_average).level,
    )


def grounds(verdict: Verdict) -> dict[str, object]:
    """What a verdict was based on, ready for JSON (C29): figures, limits, parameters; Decimals as strings.

    The caller adds what only the database knows: the policy version and the ids of the jobs counted.
    """
    standing = verdict.standing
    return {
        "assessed_at": verdict.assessed_at.isoformat(),
        "standing": {
            **_plain(asdict(standing)),
            "cancellation_rate": _text(cancellation_rate(standing)),
            "average_stars": _text(average_stars(standing)),
        },
        "city_cancellation_average": _text(verdict.city_average),
        "policy": _plain(asdict(verdict.policy)),
        "findings": [_plain(asdict(finding)) for finding in verdict.findings],
    }


def _plain(values: dict[str, object]) -> dict[str, Plain]:
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: object) -> Plain:
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else str(figure)
