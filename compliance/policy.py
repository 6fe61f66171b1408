"""The rules of compliance, pure: from a partner's standing to notices and sanctions.

Sources: policy "City average", "City policy" and "Assessment at T"; charter C12, C15, C17, C30. Decides only:
services lock, read, ask `assess`, and write what it says. Nothing here reads a clock or a database.

Choices made where the text leaves room, each in favour of its wording:

* A partner is assessed at T on what existed at T: notices issued after T do not exist yet, and a notice
  withdrawn after T is not withdrawn yet.
* An interval counts from the latest *active* notice. When none is active, nothing is waited for.
* "At most N days before T" includes exactly N days. "Fewer than N full days" ends at exactly N x 24 hours.
  "After the last reinstatement" excludes a notice of that very instant.
* "Assessing twice at the same T changes nothing": a notice of the rule issued at exactly T rules out another
  one at T, even with intervals of zero and even if it was withdrawn in between.
* A proposed sanction suspends nobody unless it says so, so later rules still run after one.
* While a proposal is open for a rule, a person has the matter in hand: that rule brings no further sanction,
  whatever `automatic_suspension` has become meanwhile.
* People decide about people (C30), and are not overruled on the same facts: no-shows that a person has
  already decided on bring nothing until one is added, and after a dismissed suspension proposal the rule
  brings no sanction before the intervals between notices have passed again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache

from ratings.policy import RATE_PLACES, Standing, average_stars, cancellation_rate, half_up_ratio

EXCLUSION_FROM_NO_SHOWS = 2

_RATE_STEP = Decimal(1).scaleb(-RATE_PLACES)


class Rule(StrEnum):
    """The rules, in the order in which they run."""

    NO_SHOW = "no_show"
    RATING = "rating"
    CANCELLATION = "cancellation"


class NoticeKind(StrEnum):
    ADVICE = "advice"
    WARNING = "warning"
    FINAL_WARNING = "final_warning"


class SanctionKind(StrEnum):
    SUSPENSION = "suspension"
    EXCLUSION = "exclusion"


class Level(StrEnum):
    FINE = "fine"
    APPROACHING = "approaching"
    BREACH = "breach"


@dataclass(frozen=True, slots=True)
class PolicyParameters:
    """One version of a city's policy (policy: city policy). Rates are fractions.

    `compliance.parameters.parameter_problems` says what is wrong with a version before it is stored.
    """

    min_rating: Decimal = Decimal("4.20")
    rating_margin: Decimal = Decimal("0.20")
    min_rated_jobs: int = 20
    min_accepted_jobs: int = 20
    cancellation_factor: Decimal = Decimal("1.50")
    cancellation_floor: Decimal = Decimal("0.0500")
    cancellation_ceiling: Decimal = Decimal("0.2000")
    notices_before_suspension: int = 2
    notice_interval_days: int = 14
    notice_interval_jobs: int = 10
    notice_validity_days: int = 180
    automatic_suspension: bool = True


# --- City average and limit ---------------------------------------------------------------------------------


def city_cancellation_average(
    rates_with_accepted: Iterable[tuple[Decimal | None, int]], min_accepted: int
) -> Decimal | None:
    """Mean of the four-decimal rates of a city's partners, not excluded, four decimals, half up (C15).

    Takes `(cancellation_rate, accepted)` pairs; below `min_accepted` one does not count. None if nobody does.
    """
    total = counted = 0
    for rate, accepted in rates_with_accepted:
        if rate is not None and accepted >= min_accepted:
            total += int(rate.scaleb(RATE_PLACES))
            counted += 1
    return half_up_ratio(total, counted * 10**RATE_PLACES, RATE_PLACES) if counted else None


def cancellation_limit(city_average: Decimal | None, policy: PolicyParameters) -> Decimal | None:
    """The city's maximum rate: average x factor, four decimals, half up, then clamped. None without one."""
    if city_average is None:
        return None
    raw = (city_average * policy.cancellation_factor).quantize(_RATE_STEP, rounding=ROUND_HALF_UP)
    return min(max(raw, policy.cancellation_floor), policy.cancellation_ceiling)


# --- What a partner's figures mean --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """Where one figure of a partner stands.

    Ratings: stars; below `limit` is a breach, below `alert` is approaching it. Cancellations: a rate; above
    `limit` is a breach, above `alert` approaching. No-shows: a number, read like a rate. A rule rests while
    there are too few facts to judge: it is FINE then, and a missing figure or limit is None.
    """

    rule: Rule
    level: Level
    figure: Decimal | None
    limit: Decimal | None
    alert: Decimal | None
    rests: bool = False


def no_show_finding(standing: Standing) -> Finding:
    """One confirmed no-show in all is approaching, two or more are a breach (C17)."""
    return _finding_on_no_shows(standing.no_shows)


@lru_cache(maxsize=64)
def _finding_on_no_shows(no_shows: int) -> Finding:
    figure, limit, alert = Decimal(no_shows), Decimal(EXCLUSION_FROM_NO_SHOWS - 1), Decimal(0)
    return Finding(Rule.NO_SHOW, _level_above(figure, limit, alert), figure, limit, alert)


def rating_finding(standing: Standing, policy: PolicyParameters) -> Finding:
    """The average against the city's minimum (C12); rests below `min_rated_jobs` ratings in the window."""
    figure, limit = average_stars(standing), policy.min_rating
    alert = limit + policy.rating_margin
    if figure is None or standing.rated_in_window < policy.min_rated_jobs:
        return Finding(Rule.RATING, Level.FINE, figure, limit, alert, rests=True)
    return Finding(Rule.RATING, _level_below(figure, limit, alert), figure, limit, alert)


def cancellation_finding(
    standing: Standing, policy: PolicyParameters, city_average: Decimal | None
) -> Finding:
    """The rate against the city's limit (C15); rests below `min_accepted_jobs` and without a city average."""
    figure, limit = cancellation_rate(standing), cancellation_limit(city_average, policy)
    too_few = standing.accepted < policy.min_accepted_jobs
    if figure is None or limit is None or city_average is None or too_few:
        return Finding(Rule.CANCELLATION, Level.FINE, figure, limit, city_average, rests=True)
    level = _level_above(figure, limit, city_average)
    return Finding(Rule.CANCELLATION, level, figure, limit, city_average)


def _level_below(figure: Decimal, limit: Decimal, alert: Decimal) -> Level:
    if figure < limit:
        return Level.BREACH
    return Level.APPROACHING if figure < alert else Level.FINE


def _level_above(figure: Decimal, limit: Decimal, alert: Decimal) -> Level:
    if figure > limit:
        return Level.BREACH
    return Level.APPROACHING if figure > alert else Level.FINE


# --- What has happened before -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PastNotice:
    """A notice of this partner. `accepted_since`: jobs with `accepted_at` after its issue, up to T."""

    rule: Rule
    kind: NoticeKind
    issued_at: datetime
    withdrawn_at: datetime | None = None
    accepted_since: int = 0


@dataclass(frozen=True, slots=True)
class Dismissal:
    """A person's decision not to suspend although this rule had proposed it; else like a notice."""

    rule: Rule
    decided_at: datetime
    accepted_since: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """What a partner has been told and what people have decided, as known at T.

    `last_reinstated_at`: the latest reinstatement at or before T.
    `final_warning_issued`: a final warning was given, or it was withdrawn while its no-show still counts.
    `exclusion_decided_at_no_shows`: how many of the no-shows in the standing were before a person already, in
    an exclusion proposal that was decided (declined, or revoked by a reinstatement).
    `open_proposals`: rules with a proposed suspension or exclusion that waits for a person.
    """

    notices: tuple[PastNotice, ...] = ()
    last_reinstated_at: datetime | None = None
    final_warning_issued: bool = False
    exclusion_decided_at_no_shows: int = 0
    open_proposals: frozenset[Rule] = frozenset()
    dismissals: tuple[Dismissal, ...] = ()


def active_notices(
    rule: Rule, policy: PolicyParameters, history: History, now: datetime
) -> tuple[PastNotice, ...]:
    """The notices that count towards a suspension at `now`, oldest first.

    ADVICE or WARNING of this rule, not withdrawn, at most `notice_validity_days` old, and after the latest
    reinstatement.
    """
    active = [n for n in history.notices if n.rule is rule and _is_active(n, policy, history, now)]
    return tuple(sorted(active, key=lambda notice: notice.issued_at))


def _is_active(notice: PastNotice, policy: PolicyParameters, history: History, now: datetime) -> bool:
    if notice.kind is NoticeKind.FINAL_WARNING or notice.issued_at > now or _is_withdrawn(notice, now):
        return False
    if history.last_reinstated_at is not None and notice.issued_at <= history.last_reinstated_at:
        return False
    return now - notice.issued_at <= timedelta(days=policy.notice_validity_days)


def _is_withdrawn(notice: PastNotice, now: datetime) -> bool:
    return notice.withdrawn_at is not None and notice.withdrawn_at <= now


def is_time_to_improve(since: datetime, accepted_since: int, policy: PolicyParameters, now: datetime) -> bool:
    """Whether a rule still waits at `now`: too few full days have passed, or too few jobs accepted, since."""
    too_soon = now - since < timedelta(days=policy.notice_interval_days)
    return too_soon or accepted_since < policy.notice_interval_jobs


# --- The verdict --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do because of `finding`: exactly one of `notice` and `sanction` is given.

    `proposed`: a person decides on the sanction. `suspends`: access ends now. An exclusion may be both.
    """

    finding: Finding
    notice: NoticeKind | None = None
    sanction: SanctionKind | None = None
    proposed: bool = False
    suspends: bool = False

    @property
    def rule(self) -> Rule:
        return self.finding.rule

    @property
    def level(self) -> Level:
        return self.finding.level


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an assessment found and what it calls for, in order, with everything that it was based on.

    `findings` names all rules, also those skipped because an earlier one suspended.
    """

    assessed_at: datetime
    standing: Standing
    policy: PolicyParameters
    city_average: Decimal | None
    findings: tuple[Finding, ...]
    actions: tuple[Action, ...] = field(default=())

    @property
    def suspends(self) -> bool:
        """Whether the partner loses access now."""
        return any(action.suspends for action in self.actions)


def assess(
    *,
    standing: Standing,
    policy: PolicyParameters,
    city_average: Decimal | None,
    history: History,
    now: datetime,
) -> Verdict:
    """Judge one ACTIVE partner at `now` (policy: assessment at T); others are not to be asked about.

    `standing` is at `now`; `policy` is the city's version in force at `now`; `city_average` was computed once
    for the city, before any partner changed. Choices of reading are listed at the top of this module.
    """
    findings = findings_for(standing, policy, city_average)
    actions: list[Action] = []
    for finding in findings:
        action = _action_for(finding, standing, policy, history, now)
        if action is not None:
            actions.append(action)
            if action.suspends:
                break
    return Verdict(now, standing, policy, city_average, findings, tuple(actions))


def findings_for(
    standing: Standing, policy: PolicyParameters, city_average: Decimal | None
) -> tuple[Finding, Finding, Finding]:
    """What each rule finds, in the order of the rules; needs no history, so pages may show it at any time."""
    return (
        no_show_finding(standing),
        rating_finding(standing, policy),
        cancellation_finding(standing, policy, city_average),
    )


def is_fine(standing: Standing, policy: PolicyParameters, city_average: Decimal | None) -> bool:
    """Whether no rule finds anything, so that nothing can follow whatever has happened before."""
    return (
        no_show_finding(standing).level is Level.FINE
        and cancellation_finding(standing, policy, city_average).level is Level.FINE
        and rating_finding(standing, policy).level is Level.FINE
    )


def _action_for(
    finding: Finding, standing: Standing, policy: PolicyParameters, history: History, now: datetime
) -> Action | None:
    if finding.level is Level.FINE:
        return None
    if finding.rule is Rule.NO_SHOW:
        return _action_on_no_shows(finding, standing, policy, history, now)
    return _action_on_level(finding, policy, history, now)


def _action_on_no_shows(
    finding: Finding, standing: Standing, policy: PolicyParameters, history: History, now: datetime
) -> Action | None:
    if standing.no_shows <= history.exclusion_decided_at_no_shows:
        return None
    if finding.level is Level.APPROACHING:
        told = history.final_warning_issued or _final_warning_stands(history, now)
        return None if told else Action(finding, notice=NoticeKind.FINAL_WARNING)
    if Rule.NO_SHOW in history.open_proposals:
        return None
    suspends = policy.automatic_suspension
    return Action(finding, sanction=SanctionKind.EXCLUSION, proposed=True, suspends=suspends)


def _final_warning_stands(history: History, now: datetime) -> bool:
    """A final warning of this very instant stands even if withdrawn: the same T twice changes nothing."""
    given = [n for n in history.notices if n.kind is NoticeKind.FINAL_WARNING and n.issued_at <= now]
    return any(notice.issued_at == now or not _is_withdrawn(notice, now) for notice in given)


def _action_on_level(
    finding: Finding, policy: PolicyParameters, history: History, now: datetime
) -> Action | None:
    rule, active = finding.rule, active_notices(finding.rule, policy, history, now)
    if any(notice.rule is rule and notice.issued_at == now for notice in history.notices):
        return None
    if active and is_time_to_improve(active[-1].issued_at, active[-1].accepted_since, policy, now):
        return None
    if finding.level is Level.APPROACHING:
        return Action(finding, notice=NoticeKind.ADVICE)
    if len(active) < policy.notices_before_suspension:
        return Action(finding, notice=NoticeKind.WARNING)
    if rule in history.open_proposals or _was_just_dismissed(rule, policy, history, now):
        return None
    automatic = policy.automatic_suspension
    return Action(finding, sanction=SanctionKind.SUSPENSION, proposed=not automatic, suspends=automatic)


def _was_just_dismissed(rule: Rule, policy: PolicyParameters, history: History, now: datetime) -> bool:
    return any(
        past.decided_at == now or is_time_to_improve(past.decided_at, past.accepted_since, policy, now)
        for past in history.dismissals
        if past.rule is rule and past.decided_at <= now
    )
