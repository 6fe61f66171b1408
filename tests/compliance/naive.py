"""A second reading of the policy, slow and plain, for the property tests to compare with.

Written from the text alone: fractions instead of decimals, dictionaries and loops instead of classes, events
instead of a prepared history. It shares nothing with the code under test, not even names of enums or
constants, and it must stay that way: what both sides import, no comparison can catch.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

Past = Sequence[Mapping[str, Any]]

DAY_IN_MICROSECONDS = 24 * 60 * 60 * 1_000_000


def rounded(value: Fraction, places: int) -> Fraction:
    """Half up: the whole part of (value in units of the last place, plus a half)."""
    unit = Fraction(1, 10**places)
    return ((value / unit + Fraction(1, 2)) // 1) * unit


# --- standing -----------------------------------------------------------------------------------------------


def is_known(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and not moment > at


def outcome_of(job: Mapping[str, Any], at: datetime) -> str:
    if not job["outcome"] or not is_known(job["outcome_at"], at):
        return ""
    if job["outcome"] == "cancelled" or job["outcome"] == "no_show":
        return "excused" if is_known(job["excused_at"], at) else str(job["outcome"])
    return str(job["outcome"])


def is_later(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if one["outcome_at"] == other["outcome_at"]:
        return bool(one["id"] > other["id"])
    return bool(one["outcome_at"] > other["outcome_at"])


def latest_fifty(jobs: Sequence[Mapping[str, Any]], at: datetime) -> list[Mapping[str, Any]]:
    """Take the latest completed job out of the heap of jobs, fifty times."""
    left = [job for job in jobs if outcome_of(job, at) == "completed"]
    taken: list[Mapping[str, Any]] = []
    while left and len(taken) != 50:
        latest = left[0]
        for job in left:
            if is_later(job, latest):
                latest = job
        left.remove(latest)
        taken.append(latest)
    return taken


def standing(jobs: Sequence[Mapping[str, Any]], at: datetime) -> dict[str, Any]:
    accepted = cancelled = no_shows = 0
    for job in jobs:
        accepted += 1 if is_known(job["accepted_at"], at) else 0
        cancelled += 1 if outcome_of(job, at) == "cancelled" else 0
        no_shows += 1 if outcome_of(job, at) == "no_show" else 0
    window = latest_fifty(jobs, at)
    stars = []
    for job in window:
        is_ruled_out = is_known(job["stars_ruled_out_at"], at)
        if is_known(job["stars_published_at"], at) and not is_ruled_out and job["stars"] is not None:
            stars.append(job["stars"])
    return figures(
        accepted=accepted,
        cancelled=cancelled,
        no_shows=no_shows,
        jobs_in_window=len(window),
        rated_in_window=len(stars),
        stars_in_window=sum(stars),
    )


def figures(**counts: int) -> dict[str, Any]:
    """The counts with the two figures that follow from them."""
    bad = counts["cancelled"] + counts["no_shows"]
    rate = rounded(Fraction(bad, counts["accepted"]), 4) if counts["accepted"] > 0 else None
    rated = counts["rated_in_window"]
    average = rounded(Fraction(counts["stars_in_window"], rated), 2) if rated > 0 else None
    return {**counts, "cancellation_rate": rate, "average_stars": average}


# --- city ---------------------------------------------------------------------------------------------------


def city_average(partners: Iterable[Mapping[str, Any]], min_accepted: int) -> Fraction | None:
    """`partners`: the standings of all partners of the city that are not excluded."""
    total, counted = Fraction(0), 0
    for partner in partners:
        if partner["accepted"] >= min_accepted and partner["cancellation_rate"] is not None:
            total, counted = total + partner["cancellation_rate"], counted + 1
    return rounded(total / counted, 4) if counted else None


def limit(average: Fraction, policy: Mapping[str, Any]) -> Fraction:
    raw = rounded(average * Fraction(policy["cancellation_factor"]), 4)
    if raw > Fraction(policy["cancellation_ceiling"]):
        return Fraction(policy["cancellation_ceiling"])
    if raw < Fraction(policy["cancellation_floor"]):
        return Fraction(policy["cancellation_floor"])
    return raw


# --- assessment ---------------------------------------------------------------------------------------------
# Events are dictionaries with `what` and `at`:
#   notice       rule, kind, withdrawn_at (or None)
#   reinstated
#   proposal     rule, closed_at (or None while it is open), no_shows (how many it was about)


def rating_state(partner: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    if partner["rated_in_window"] < policy["min_rated_jobs"] or partner["average_stars"] is None:
        return "rests"
    minimum, margin = Fraction(policy["min_rating"]), Fraction(policy["rating_margin"])
    if partner["average_stars"] >= minimum + margin:
        return "fine"
    return "approaching" if partner["average_stars"] >= minimum else "breach"


def cancellation_state(
    partner: Mapping[str, Any], policy: Mapping[str, Any], average: Fraction | None
) -> str:
    if average is None or partner["accepted"] < policy["min_accepted_jobs"]:
        return "rests"
    rate = partner["cancellation_rate"]
    if rate is None:
        return "rests"
    if rate <= limit(average, policy):
        return "fine" if rate <= average else "approaching"
    return "breach"


def microseconds(start: datetime, end: datetime) -> int:
    passed = end - start
    return passed.days * DAY_IN_MICROSECONDS + passed.seconds * 1_000_000 + passed.microseconds


def pause_is_over(
    start: datetime, acceptances: Sequence[datetime], policy: Mapping[str, Any], now: datetime
) -> bool:
    full_days = microseconds(start, now) // DAY_IN_MICROSECONDS
    jobs = 0
    for accepted_at in acceptances:
        if start < accepted_at <= now:
            jobs += 1
    return bool(full_days >= policy["notice_interval_days"] and jobs >= policy["notice_interval_jobs"])


def notices_that_count(
    rule: str, policy: Mapping[str, Any], events: Past, now: datetime
) -> list[Mapping[str, Any]]:
    """Walk through the past in order; a reinstatement wipes the slate clean."""
    slate: list[Mapping[str, Any]] = []
    order = {"notice": 0, "proposal": 1, "reinstated": 2}
    for event in sorted(events, key=lambda event: (event["at"], order[event["what"]])):
        if event["at"] > now:
            continue
        if event["what"] == "reinstated":
            slate = []
        elif event["what"] == "notice" and event["rule"] == rule and event["kind"] != "final_warning":
            slate.append(event)
    kept = []
    for notice in slate:
        too_old = microseconds(notice["at"], now) > policy["notice_validity_days"] * DAY_IN_MICROSECONDS
        if not too_old and not is_known(notice["withdrawn_at"], now):
            kept.append(notice)
    return kept


def a_person_has_it(
    rule: str, past: Past, policy: Mapping[str, Any], acceptances: Sequence[datetime], now: datetime
) -> bool:
    """A proposal of this rule is open, or was closed this instant or too short a while ago."""
    for event in past:
        if event["what"] == "proposal" and event["rule"] == rule and event["at"] <= now:
            closed_at = event["closed_at"]
            if closed_at is None or closed_at >= now:
                return True
            if not pause_is_over(closed_at, acceptances, policy, now):
                return True
    return False


def level_decision(
    rule: str,
    state: str,
    policy: Mapping[str, Any],
    past: Past,
    acceptances: Sequence[datetime],
    *,
    now: datetime,
) -> str:
    if state in {"rests", "fine"}:
        return ""
    for event in past:
        if event["what"] == "notice" and event["rule"] == rule and event["at"] == now:
            return ""
    counting = notices_that_count(rule, policy, past, now)
    if counting and not pause_is_over(counting[-1]["at"], acceptances, policy, now):
        return ""
    if state == "approaching":
        return "advice"
    if len(counting) < policy["notices_before_suspension"]:
        return "warning"
    return "" if a_person_has_it(rule, past, policy, acceptances, now) else "suspension"


def no_show_decision(partner: Mapping[str, Any], events: Past, now: datetime) -> str:
    past = [event for event in events if event["at"] <= now]
    proposals = [e for e in past if e["what"] == "proposal" and e["rule"] == "no_show"]
    decided = [e["no_shows"] for e in proposals if is_known(e["closed_at"], now)]
    if partner["no_shows"] <= max([0, *decided]):
        return ""
    if partner["no_shows"] > 1:
        return "" if len(decided) < len(proposals) else "exclusion"
    told = [event for event in past if event["what"] == "notice" and event["kind"] == "final_warning"]
    for event in told:
        if event["at"] == now or not is_known(event["withdrawn_at"], now):
            return ""
    return "final_warning"


def assess(
    partner: Mapping[str, Any],
    policy: Mapping[str, Any],
    average: Fraction | None,
    *,
    events: Past,
    acceptances: Sequence[datetime],
    now: datetime,
) -> list[tuple[str, str, bool, bool]]:
    """What is to be done: (rule, what, is it only proposed, does access end now), in order."""
    automatic = policy["automatic_suspension"]
    done: list[tuple[str, str, bool, bool]] = []
    decision = no_show_decision(partner, events, now)
    if decision == "exclusion":
        done.append(("no_show", decision, True, automatic))
        if automatic:
            return done
    elif decision:
        done.append(("no_show", decision, False, False))
    states = {
        "rating": rating_state(partner, policy),
        "cancellation": cancellation_state(partner, policy, average),
    }
    for rule, state in states.items():
        decision = level_decision(rule, state, policy, events, acceptances, now=now)
        if decision == "suspension":
            done.append((rule, decision, not automatic, automatic))
            if automatic:
                return done
        elif decision:
            done.append((rule, decision, False, False))
    return done
