"""What earlier notices and decisions mean for the next one (policy: assessment at T)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from compliance.policy import Dismissal, Level, NoticeKind, PolicyParameters, Rule
from tests.compliance.cases import (
    APPROACHING,
    AVERAGE,
    BREACH,
    CANCELLING,
    DAY,
    FINE,
    MANUAL,
    NOW,
    POLICY,
    TICK,
    TWO_NOTICES,
    history,
    judge,
    notice,
    only,
    told,
)

# --- Time to improve ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "jobs", "what"),
    [
        (14 * DAY - timedelta(seconds=1), 10, ""),
        (14 * DAY - TICK, 10, ""),
        (14 * DAY, 10, "warning"),
        (14 * DAY, 9, ""),
        (14 * DAY, 11, "warning"),
        (100 * DAY, 9, ""),
        (TICK, 1000, ""),
    ],
)
def test_the_next_notice_waits_for_fourteen_full_days_and_ten_jobs(
    age: timedelta, jobs: int, what: str
) -> None:
    assert told(judge(BREACH, history(notice(age, jobs=jobs)))) == only(Rule.RATING, what)


def test_time_to_improve_counts_from_the_latest_active_notice() -> None:
    latest, earlier = notice(5 * DAY), notice(100 * DAY)
    assert told(judge(BREACH, history(latest, earlier))) == []
    withdrawn = replace(latest, withdrawn_at=NOW - DAY)
    assert told(judge(BREACH, history(withdrawn, earlier))) == [(Rule.RATING, "warning")]


def test_time_to_improve_holds_back_advice_and_suspension_too() -> None:
    past = history(notice(60 * DAY), notice(13 * DAY))
    assert told(judge(APPROACHING, past)) == []
    assert told(judge(BREACH, past)) == []


def test_notices_of_another_rule_neither_wait_nor_count() -> None:
    past = history(notice(DAY, Rule.CANCELLATION), notice(DAY, Rule.NO_SHOW, NoticeKind.FINAL_WARNING))
    assert told(judge(BREACH, past)) == [(Rule.RATING, "warning")]


def test_a_final_warning_does_not_count_for_the_other_rules() -> None:
    misfiled = history(notice(60 * DAY), notice(30 * DAY, Rule.RATING, NoticeKind.FINAL_WARNING))
    assert told(judge(BREACH, misfiled)) == [(Rule.RATING, "warning")]


# --- Which notices are active, and suspension -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kinds", "what"),
    [
        ("", "warning"),
        ("A", "warning"),
        ("W", "warning"),
        ("AA", "suspension!"),
        ("AW", "suspension!"),
        ("WWW", "suspension!"),
    ],
)
def test_a_breach_after_two_active_notices_suspends(kinds: str, what: str) -> None:
    kind = {"A": NoticeKind.ADVICE, "W": NoticeKind.WARNING}
    past = history(
        *(notice((20 + 20 * place) * DAY, kind=kind[letter]) for place, letter in enumerate(kinds))
    )
    assert told(judge(BREACH, past)) == only(Rule.RATING, what)


def test_approaching_never_suspends() -> None:
    assert told(judge(APPROACHING, TWO_NOTICES)) == [(Rule.RATING, "advice")]


@pytest.mark.parametrize(
    ("age", "what"),
    [(180 * DAY - TICK, "suspension!"), (180 * DAY, "suspension!"), (180 * DAY + TICK, "warning")],
)
def test_a_notice_is_active_for_a_hundred_and_eighty_days(age: timedelta, what: str) -> None:
    assert told(judge(BREACH, history(notice(age), notice(30 * DAY)))) == only(Rule.RATING, what)


@pytest.mark.parametrize(
    ("reinstated", "what"),
    [(60 * DAY + TICK, "suspension!"), (60 * DAY, "warning"), (60 * DAY - TICK, "warning"), (DAY, "warning")],
)
def test_a_reinstatement_leaves_only_later_notices_active(reinstated: timedelta, what: str) -> None:
    past = replace(TWO_NOTICES, last_reinstated_at=NOW - reinstated)
    assert told(judge(BREACH, past)) == only(Rule.RATING, what)


def test_nothing_is_waited_for_after_a_reinstatement() -> None:
    past = replace(history(notice(2 * DAY, jobs=0)), last_reinstated_at=NOW - DAY)
    assert told(judge(BREACH, past)) == [(Rule.RATING, "warning")]


@pytest.mark.parametrize(
    ("withdrawn", "what"), [(DAY, "warning"), (0 * DAY, "warning"), (-TICK, "suspension!")]
)
def test_a_withdrawn_notice_is_not_active(withdrawn: timedelta, what: str) -> None:
    gone = replace(notice(60 * DAY), withdrawn_at=NOW - withdrawn)
    assert told(judge(BREACH, history(gone, notice(30 * DAY)))) == only(Rule.RATING, what)


def test_notices_of_the_future_do_not_exist() -> None:
    past = history(notice(60 * DAY), notice(-TICK, jobs=0), notice(-DAY, jobs=0))
    assert told(judge(BREACH, past)) == [(Rule.RATING, "warning")]


def test_a_suspension_by_rating_skips_the_cancellation_rule() -> None:
    both = replace(BREACH, cancelled=10)
    assert told(judge(both, TWO_NOTICES)) == [(Rule.RATING, "suspension!")]
    assert told(judge(both)) == [(Rule.RATING, "warning"), (Rule.CANCELLATION, "warning")]


def test_cancellations_alone_lead_to_suspension() -> None:
    past = history(
        notice(60 * DAY, Rule.CANCELLATION, NoticeKind.ADVICE), notice(30 * DAY, Rule.CANCELLATION)
    )
    assert told(judge(CANCELLING, past)) == [(Rule.CANCELLATION, "suspension!")]


# --- A city where people decide -------------------------------------------------------------------------------


def test_without_automatic_suspension_a_person_decides_and_later_rules_still_run() -> None:
    verdict = judge(replace(BREACH, cancelled=10), TWO_NOTICES, MANUAL)
    assert told(verdict) == [(Rule.RATING, "suspension?"), (Rule.CANCELLATION, "warning")]
    assert not verdict.suspends


@pytest.mark.parametrize("policy", [POLICY, MANUAL])
def test_while_a_proposal_is_open_the_rule_brings_no_other_sanction(policy: PolicyParameters) -> None:
    assert told(judge(BREACH, replace(TWO_NOTICES, open_proposals=frozenset({Rule.RATING})), policy)) == []
    other = replace(TWO_NOTICES, open_proposals=frozenset({Rule.CANCELLATION, Rule.NO_SHOW}))
    assert len(judge(BREACH, other, policy).actions) == 1


@pytest.mark.parametrize(
    ("age", "jobs", "what"),
    [(14 * DAY - TICK, 10, ""), (14 * DAY, 9, ""), (14 * DAY, 10, "suspension?"), (-TICK, 0, "suspension?")],
)
def test_a_dismissed_suspension_is_not_proposed_again_at_once(age: timedelta, jobs: int, what: str) -> None:
    past = replace(TWO_NOTICES, dismissals=(Dismissal(Rule.RATING, NOW - age, jobs),))
    assert told(judge(BREACH, past, MANUAL)) == only(Rule.RATING, what)
    elsewhere = replace(TWO_NOTICES, dismissals=(Dismissal(Rule.CANCELLATION, NOW - age, jobs),))
    assert told(judge(BREACH, elsewhere, MANUAL)) == [(Rule.RATING, "suspension?")]


# --- Twice at the same instant --------------------------------------------------------------------------------

AT_ONCE = replace(POLICY, notice_interval_days=0, notice_interval_jobs=0)


def test_with_intervals_of_zero_a_notice_of_this_instant_still_rules_out_another() -> None:
    assert told(judge(BREACH, history(notice(TICK, jobs=0)), AT_ONCE)) == [(Rule.RATING, "warning")]
    same = notice(0 * DAY, jobs=0)
    for past in (
        history(same),
        history(same, *TWO_NOTICES.notices),
        history(replace(same, withdrawn_at=NOW)),
    ):
        assert told(judge(BREACH, past, AT_ONCE)) == []
    assert told(judge(CANCELLING, history(same), AT_ONCE)) == [(Rule.CANCELLATION, "warning")]


def test_with_intervals_of_zero_a_dismissal_of_this_instant_still_holds() -> None:
    past = replace(TWO_NOTICES, dismissals=(Dismissal(Rule.RATING, NOW, 0),))
    assert told(judge(BREACH, past, AT_ONCE)) == []


def test_a_verdict_keeps_what_it_was_based_on() -> None:
    verdict = judge(BREACH)
    assert (verdict.assessed_at, verdict.standing, verdict.policy, verdict.city_average) == (
        NOW, BREACH, POLICY, AVERAGE,
    )  # fmt: skip
    assert [finding.rule for finding in verdict.findings] == list(Rule)
    action = verdict.actions[0]
    assert (action.level, action.finding.figure, action.finding.limit, action.finding.alert) == (
        Level.BREACH, Decimal("4.00"), Decimal("4.20"), Decimal("4.40"),
    )  # fmt: skip
    assert told(judge(FINE)) == []
