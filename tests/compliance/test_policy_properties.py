"""The rules against a naive second reading, and what must hold whatever the figures."""

from collections import Counter
from dataclasses import asdict, replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from compliance.policy import (
    Level,
    Rule,
    SanctionKind,
    Verdict,
    active_notices,
    cancellation_limit,
    city_cancellation_average,
    findings_for,
    is_fine,
)
from ratings.policy import Standing, cancellation_rate
from tests.compliance import naive
from tests.compliance.cases import NOW, POLICY
from tests.compliance.strategies import (
    Case,
    Event,
    cases,
    decisions,
    history_of,
    naive_decisions,
    standings,
    verdict_on,
)

# --- The same as the naive reading ----------------------------------------------------------------------------


@settings(max_examples=2000)
@given(cases)
def test_a_verdict_is_what_the_naive_reading_says(case: Case) -> None:
    assert decisions(verdict_on(case)) == naive_decisions(case)


def test_the_cases_reach_every_decision() -> None:
    """Else the comparison above would compare less than it seems to."""
    wanted = {
        ("no_show", "final_warning", False, False),
        ("no_show", "exclusion", True, True),
        ("no_show", "exclusion", True, False),
    }
    for rule in ("rating", "cancellation"):
        wanted |= {(rule, notice, False, False) for notice in ("advice", "warning")}
        wanted |= {(rule, "suspension", False, True), (rule, "suspension", True, False)}
    seen: Counter[tuple[str, str, bool, bool]] = Counter()

    @settings(max_examples=2000, phases=[Phase.generate], database=None, derandomize=True)
    @given(cases)
    def look(case: Case) -> None:
        seen.update(naive_decisions(case))

    look()
    assert set(seen) == wanted
    assert min(seen.values()) >= 5, seen


@given(
    st.lists(standings, max_size=12), st.integers(0, 40), st.sampled_from(["0.50", "1.00", "1.25", "1.50"])
)
def test_average_and_limit_of_a_city_are_what_the_naive_reading_says(
    partners: list[Standing], min_accepted: int, factor: str
) -> None:
    policy = replace(POLICY, cancellation_factor=Decimal(factor))
    rates = [(cancellation_rate(partner), partner.accepted) for partner in partners]
    average = city_cancellation_average(rates, min_accepted)
    expected = naive.city_average([naive.figures(**asdict(p)) for p in partners], min_accepted)
    assert (None if average is None else Fraction(average)) == expected
    if average is not None and expected is not None:
        limit = cancellation_limit(average, policy)
        assert limit is not None
        assert Fraction(limit) == naive.limit(expected, asdict(policy))
        assert -int(average.as_tuple().exponent) == -int(limit.as_tuple().exponent) == 4


# --- Whatever the figures -------------------------------------------------------------------------------------


def carried_out(case: Case, verdict: Verdict) -> Case:
    """The case after the verdict was written down."""
    written: list[Event] = []
    for rule, what, proposed, _ in decisions(verdict):
        if proposed:
            about = case.standing.no_shows
            written.append(
                {"what": "proposal", "at": NOW, "rule": rule, "closed_at": None, "no_shows": about}
            )
        elif what != SanctionKind.SUSPENSION:
            written.append({"what": "notice", "at": NOW, "rule": rule, "kind": what, "withdrawn_at": None})
    return replace(case, events=(*case.events, *written))


@given(cases)
def test_assessing_twice_at_the_same_instant_changes_nothing(case: Case) -> None:
    verdict = verdict_on(case)
    if not verdict.suspends:  # a suspended partner is not assessed again
        assert verdict_on(carried_out(case, verdict)).actions == ()


@given(cases)
def test_what_happens_later_does_not_exist_yet(case: Case) -> None:
    known = replace(
        case,
        events=tuple(event for event in case.events if event["at"] <= NOW),
        acceptances=tuple(moment for moment in case.acceptances if moment <= NOW),
    )
    assert verdict_on(known) == verdict_on(case)


@given(cases)
def test_only_what_is_found_is_acted_on_once_and_in_order(case: Case) -> None:
    verdict = verdict_on(case)
    rules = [action.rule for action in verdict.actions]
    assert rules == [rule for rule in Rule if rule in rules]
    assert all(action.level is not Level.FINE for action in verdict.actions)
    assert all((action.notice is None) is not (action.sanction is None) for action in verdict.actions)
    assert not any(action.suspends for action in verdict.actions[:-1])
    assert not any(finding.rests and finding.level is not Level.FINE for finding in verdict.findings)


@given(cases)
def test_a_suspension_follows_a_breach_and_enough_notices(case: Case) -> None:
    past = history_of(case.events, case.acceptances, NOW)
    for action in verdict_on(case).actions:
        if action.sanction is SanctionKind.SUSPENSION:
            active = active_notices(action.rule, case.policy, past, NOW)
            assert action.level is Level.BREACH
            assert len(active) >= case.policy.notices_before_suspension
        if action.sanction is not None:
            assert action.suspends is case.policy.automatic_suspension
            assert action.rule not in past.open_proposals


@given(cases)
def test_who_is_fine_is_found_nothing_and_nobody_else(case: Case) -> None:
    levels = [finding.level for finding in verdict_on(case).findings]
    fine = is_fine(case.standing, case.policy, case.average)
    assert fine == (levels == [Level.FINE] * 3)


@given(cases)
def test_a_partner_who_is_fine_hears_nothing(case: Case) -> None:
    best = replace(case.standing, cancelled=0, no_shows=0, stars_in_window=5 * case.standing.rated_in_window)
    reachable = replace(case.policy, min_rating=min(case.policy.min_rating, 5 - case.policy.rating_margin))
    assert verdict_on(replace(case, standing=best, policy=reachable)).actions == ()


@given(cases, st.integers(0, 20), st.integers(0, 3), st.integers(0, 2))
def test_worse_figures_never_make_a_milder_finding(
    case: Case, stars: int, cancelled: int, no_shows: int
) -> None:
    before = case.standing
    worse = replace(
        before,
        stars_in_window=max(before.rated_in_window, before.stars_in_window - stars),
        cancelled=min(before.accepted - before.no_shows, before.cancelled + cancelled),
    )
    worse = replace(worse, no_shows=min(before.accepted - worse.cancelled, worse.no_shows + no_shows))
    levels = list(Level)
    for mild, severe in zip(
        findings_for(before, case.policy, case.average),
        findings_for(worse, case.policy, case.average),
        strict=True,
    ):
        assert levels.index(severe.level) >= levels.index(mild.level)
