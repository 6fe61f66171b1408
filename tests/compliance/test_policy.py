"""Each rule of the assessment at, below and above its threshold (policy: assessment at T)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from compliance.policy import (
    History,
    Level,
    NoticeKind,
    PolicyParameters,
    Rule,
    SanctionKind,
    cancellation_finding,
    cancellation_limit,
    city_cancellation_average,
    rating_finding,
)
from ratings.policy import Standing
from tests.compliance.cases import (
    AVERAGE,
    BREACH,
    CANCELLING,
    DAY,
    MANUAL,
    NOW,
    POLICY,
    TICK,
    TWO_NOTICES,
    history,
    judge,
    notice,
    only,
    rated,
    told,
)

# --- City average and limit -----------------------------------------------------------------------------------


def test_the_city_average_is_the_mean_of_the_rates_half_up() -> None:
    rates = [(Decimal("0.0001"), 20), (Decimal("0.0002"), 20)]
    assert str(city_cancellation_average(rates, 20)) == "0.0002"
    assert str(city_cancellation_average([*rates, (Decimal("0.0001"), 20)], 20)) == "0.0001"


def test_partners_with_too_few_accepted_jobs_are_not_in_the_city_average() -> None:
    rates = [(Decimal("0.1000"), 20), (Decimal("0.9000"), 19), (None, 0)]
    assert city_cancellation_average(rates, 20) == Decimal("0.1000")
    assert city_cancellation_average(rates, 19) == Decimal("0.5000")
    assert city_cancellation_average([(None, 0)], 0) is None


def test_partners_who_never_cancel_lower_the_city_average() -> None:
    assert city_cancellation_average([(Decimal("0.1000"), 20), (Decimal("0.0000"), 20)], 20) == Decimal(
        "0.0500"
    )


def test_a_city_where_nobody_counts_has_no_average_and_no_limit() -> None:
    assert city_cancellation_average([(Decimal("0.5000"), 19)], 20) is None
    assert cancellation_limit(None, POLICY) is None


@pytest.mark.parametrize(
    ("average", "limit"),
    [
        ("0.0000", "0.0500"),
        ("0.0333", "0.0500"),  # 0.04995 rounds up to the floor
        ("0.0334", "0.0501"),
        ("0.0407", "0.0611"),  # 0.06105, half up
        ("0.0409", "0.0614"),  # 0.06135, half up
        ("0.1333", "0.2000"),  # 0.19995 rounds up to the ceiling
        ("0.1332", "0.1998"),
        ("0.1334", "0.2000"),
        ("1.0000", "0.2000"),
    ],
)
def test_the_limit_is_rounded_and_then_clamped(average: str, limit: str) -> None:
    assert str(cancellation_limit(Decimal(average), POLICY)) == limit


# --- No-show --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("no_shows", "what"), [(0, ""), (1, "final_warning"), (2, "exclusion?!"), (3, "exclusion?!")]
)
def test_one_no_show_warns_and_two_exclude(no_shows: int, what: str) -> None:
    assert told(judge(Standing(100, 0, no_shows))) == only(Rule.NO_SHOW, what)


def test_the_final_warning_comes_once() -> None:
    once = Standing(100, 0, 1)
    given = notice(DAY, Rule.NO_SHOW, NoticeKind.FINAL_WARNING)
    assert told(judge(once, history(given))) == []
    assert told(judge(once, History(final_warning_issued=True))) == []


def test_a_withdrawn_final_warning_is_given_for_a_new_no_show() -> None:
    given = replace(notice(DAY, Rule.NO_SHOW, NoticeKind.FINAL_WARNING), withdrawn_at=NOW)
    assert told(judge(Standing(100, 0, 1), history(given))) == [(Rule.NO_SHOW, "final_warning")]
    assert told(judge(Standing(100, 0, 1), history(replace(given, issued_at=NOW)))) == []


def test_a_final_warning_of_the_future_is_not_known_yet() -> None:
    later = notice(-TICK, Rule.NO_SHOW, NoticeKind.FINAL_WARNING)
    assert told(judge(Standing(100, 0, 1), history(later))) == [(Rule.NO_SHOW, "final_warning")]


def test_a_final_warning_leaves_the_other_rules_running() -> None:
    verdict = judge(replace(BREACH, no_shows=1))
    assert told(verdict) == [(Rule.NO_SHOW, "final_warning"), (Rule.RATING, "warning")]


def test_exclusion_suspends_and_skips_the_later_rules() -> None:
    verdict = judge(replace(BREACH, no_shows=2), TWO_NOTICES)
    assert told(verdict) == [(Rule.NO_SHOW, "exclusion?!")]
    assert verdict.suspends
    assert verdict.actions[0].sanction is SanctionKind.EXCLUSION


def test_without_automatic_suspension_an_exclusion_is_proposed_and_access_stays() -> None:
    verdict = judge(replace(BREACH, no_shows=2), policy=MANUAL)
    assert told(verdict) == [(Rule.NO_SHOW, "exclusion?"), (Rule.RATING, "warning")]
    assert not verdict.suspends


@pytest.mark.parametrize("policy", [POLICY, MANUAL])
def test_an_open_exclusion_proposal_is_not_repeated(policy: PolicyParameters) -> None:
    waiting = History(open_proposals=frozenset({Rule.NO_SHOW}))
    assert told(judge(Standing(100, 0, 3), waiting, policy)) == []


@pytest.mark.parametrize(
    ("no_shows", "decided", "what"),
    [(2, 2, ""), (3, 2, "exclusion?!"), (1, 2, ""), (1, 1, ""), (2, 1, "exclusion?!")],
)
def test_a_person_is_not_overruled_on_the_same_no_shows(no_shows: int, decided: int, what: str) -> None:
    past = History(exclusion_decided_at_no_shows=decided)
    assert told(judge(Standing(100, 0, no_shows), past)) == only(Rule.NO_SHOW, what)


# --- Rating ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("average", "what"),
    [
        ("4.19", "warning"),
        ("4.20", "advice"),
        ("4.21", "advice"),
        ("4.39", "advice"),
        ("4.40", ""),
        ("4.41", ""),
    ],
)
def test_an_average_below_the_minimum_or_near_it(average: str, what: str) -> None:
    assert told(judge(rated(average, 100))) == only(Rule.RATING, what)


@pytest.mark.parametrize(
    ("stars", "ratings", "level"),
    [
        (109, 26, Level.BREACH),  # 4.192…, shown 4.19
        (151, 36, Level.BREACH),  # 4.194…, shown 4.19
        (172, 41, Level.APPROACHING),  # 4.1951…, shown 4.20: what is shown is what counts
        (180, 41, Level.APPROACHING),  # 4.390…, shown 4.39
        (211, 48, Level.FINE),  # 4.3958…, shown 4.40
    ],
)
def test_the_rule_reads_the_average_as_shown(stars: int, ratings: int, level: Level) -> None:
    assert rating_finding(Standing(100, 0, 0, 50, ratings, stars), POLICY).level is level


@pytest.mark.parametrize(("ratings", "what"), [(0, ""), (19, ""), (20, "warning"), (21, "warning")])
def test_the_rating_rule_rests_below_twenty_ratings(ratings: int, what: str) -> None:
    verdict = judge(rated("3.00", ratings))
    assert told(verdict) == only(Rule.RATING, what)
    assert verdict.findings[1].rests is (ratings < 20)


def test_unrated_jobs_do_not_wake_the_rating_rule() -> None:
    assert rating_finding(Standing(60, 0, 0, 50, 19, 19), POLICY).rests


def test_the_rating_rule_rests_without_ratings_whatever_the_parameter() -> None:
    assert rating_finding(Standing(), replace(POLICY, min_rated_jobs=0)).rests


# --- Cancellation ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "what"),
    [(599, ""), (600, ""), (601, "advice"), (899, "advice"), (900, "advice"), (901, "warning")],
)
def test_a_rate_above_the_average_or_above_the_limit(bad: int, what: str) -> None:
    assert told(judge(Standing(10_000, bad))) == only(Rule.CANCELLATION, what)


def test_no_shows_count_in_the_rate() -> None:
    finding = cancellation_finding(Standing(100, 9, 1), POLICY, AVERAGE)
    assert (finding.figure, finding.limit, finding.level) == (
        Decimal("0.1000"),
        Decimal("0.0900"),
        Level.BREACH,
    )


@pytest.mark.parametrize(
    ("average", "bad", "what"),
    [
        ("0.0100", 500, "advice"),  # limit is the floor, 0.0500
        ("0.0100", 501, "warning"),
        ("0.1900", 2000, "advice"),  # limit is the ceiling, 0.2000
        ("0.1900", 2001, "warning"),
        ("0.3000", 2001, "warning"),  # a ceiling below the city's average still breaches
        ("0.3000", 2000, ""),
    ],
)
def test_floor_and_ceiling_bound_the_limit(average: str, bad: int, what: str) -> None:
    assert told(judge(Standing(10_000, bad), average=Decimal(average))) == only(Rule.CANCELLATION, what)


@pytest.mark.parametrize(("accepted", "what"), [(19, ""), (20, "warning"), (21, "warning")])
def test_the_cancellation_rule_rests_below_twenty_accepted_jobs(accepted: int, what: str) -> None:
    assert told(judge(Standing(accepted, 5))) == only(Rule.CANCELLATION, what)


def test_the_cancellation_rule_rests_without_a_city_average_or_a_rate() -> None:
    assert told(judge(CANCELLING, average=None)) == []
    assert cancellation_finding(CANCELLING, POLICY, None).rests
    assert cancellation_finding(Standing(), replace(POLICY, min_accepted_jobs=0), AVERAGE).rests
