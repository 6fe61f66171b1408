"""Partners close to every threshold of the assessment, with pasts told as events, for the property tests."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import strategies as st

from compliance.policy import (
    Dismissal,
    History,
    NoticeKind,
    PastNotice,
    PolicyParameters,
    Rule,
    Verdict,
    assess,
)
from ratings.policy import Standing, average_stars, cancellation_rate
from tests.compliance import naive
from tests.compliance.cases import DAY, NOW, TICK

Event = dict[str, Any]
Decisions = list[tuple[str, str, bool, bool]]


@dataclass(frozen=True)
class Case:
    """A partner at `NOW`: figures, rules, and a past told as events (see the naive reading for their shape)."""

    standing: Standing
    policy: PolicyParameters
    average: Decimal | None
    events: tuple[Event, ...]
    acceptances: tuple[datetime, ...]


def history_of(events: tuple[Event, ...], acceptances: tuple[datetime, ...], now: datetime) -> History:
    """The past as a service would tell it to `assess`: only what was known at `now`."""

    def since(moment: datetime) -> int:
        return sum(moment < accepted_at <= now for accepted_at in acceptances)

    known = [event for event in events if event["at"] <= now]
    proposals = [event for event in known if event["what"] == "proposal"]
    decided = [event for event in proposals if event["closed_at"] is not None and event["closed_at"] <= now]
    return History(
        notices=tuple(
            PastNotice(
                Rule(e["rule"]),
                NoticeKind(e["kind"]),
                e["at"],
                e["withdrawn_at"],
                accepted_since=since(e["at"]),
            )
            for e in events
            if e["what"] == "notice"
        ),
        last_reinstated_at=max((e["at"] for e in known if e["what"] == "reinstated"), default=None),
        exclusion_decided_at_no_shows=max(
            (e["no_shows"] for e in decided if e["rule"] == "no_show"), default=0
        ),
        open_proposals=frozenset(Rule(e["rule"]) for e in proposals if e not in decided),
        dismissals=tuple(Dismissal(Rule(e["rule"]), e["closed_at"], since(e["closed_at"])) for e in decided),
    )


def verdict_on(case: Case, now: datetime = NOW) -> Verdict:
    past = history_of(case.events, case.acceptances, now)
    return assess(
        standing=case.standing, policy=case.policy, city_average=case.average, history=past, now=now
    )


def decisions(verdict: Verdict) -> Decisions:
    return [
        (str(action.rule), str(action.notice or action.sanction), action.proposed, action.suspends)
        for action in verdict.actions
    ]


def naive_decisions(case: Case) -> Decisions:
    return naive.assess(
        naive.figures(**asdict(case.standing)),
        asdict(case.policy),
        None if case.average is None else Fraction(case.average),
        events=case.events,
        acceptances=case.acceptances,
        now=NOW,
    )


# --- Cases close to every threshold ---------------------------------------------------------------------------
# Built from a seed, which is quick enough for thousands of cases. Nothing shrinks, but a failing case is printed
# whole, and it is small.

CENT, STEP, NONE = Decimal("0.01"), Decimal("0.0001"), Decimal(0)


def make_standing(pick: Random) -> Standing:
    rated = pick.randint(0, 50)
    no_shows = pick.choice([0] * 12 + [1, 1, 2, 3])
    cancelled = pick.randint(0, 12)
    accepted = no_shows + cancelled + pick.randint(0, 60)
    return Standing(accepted, cancelled, no_shows, 50, rated, pick.randint(rated, 5 * rated))


def make_policy(pick: Random, standing: Standing) -> PolicyParameters:
    """Parameters that this standing just meets or just misses; a breach about every other time."""
    margin = pick.choice([NONE, CENT, Decimal("0.20")])
    stars = average_stars(standing) or Decimal("4.20")
    rate = cancellation_rate(standing) or NONE
    interval, validity = pick.choice([(0, 1), (1, 20), (14, 180), (14, 40), (14, 1)])
    near = [max(NONE, rate + steps * STEP) for steps in (-10, -1, 0, 1)]
    floor, ceiling = sorted([pick.choice([NONE, NONE, *near]), pick.choice([Decimal(1), Decimal(1), *near])])
    return PolicyParameters(
        min_rating=stars + pick.choice([CENT, CENT, NONE, -CENT, -margin, CENT - margin, -margin - CENT]),
        rating_margin=margin,
        min_rated_jobs=max(0, standing.rated_in_window + pick.choice([-5, 0, 0, 1])),
        min_accepted_jobs=max(0, standing.accepted + pick.choice([-5, 0, 0, 1])),
        cancellation_factor=pick.choice([Decimal("0.5"), Decimal(1), Decimal("1.5"), Decimal("1.25")]),
        cancellation_floor=floor,
        cancellation_ceiling=ceiling,
        notices_before_suspension=pick.choice([1, 1, 1, 2, 2, 3]),
        notice_interval_days=interval,
        notice_interval_jobs=pick.choice([0, 0, 1, 2]),
        notice_validity_days=validity,
        automatic_suspension=pick.random() < 0.5,
    )


def make_moment(pick: Random, policy: PolicyParameters) -> datetime:
    """An instant on, just before or just after one at which something changes."""
    interval, validity = policy.notice_interval_days, policy.notice_validity_days
    days = pick.choice(
        [0, interval, interval, (interval + validity) // 2, (interval + validity) // 2, validity]
    )
    return NOW - days * DAY + pick.choice([-1, 0, 0, 0, 1]) * TICK


def make_event(pick: Random, policy: PolicyParameters, focus: str) -> Event:
    """Something that happened, mostly a notice of the rule in focus that was not withdrawn."""
    at = make_moment(pick, policy)
    what = pick.choice(["reinstated"] + ["proposal"] + ["notice"] * 9)
    if what == "reinstated":
        return {"what": what, "at": at}
    rule = pick.choice([focus] * 8 + ["rating", "cancellation", "no_show"])
    ended_at = pick.choice([None] * 5 + [max(at, make_moment(pick, policy))])
    if what == "proposal":
        return {"what": what, "at": at, "rule": rule, "closed_at": ended_at, "no_shows": pick.randint(2, 3)}
    kind = "final_warning" if rule == "no_show" else pick.choice(["advice", "warning"])
    return {"what": what, "at": at, "rule": rule, "kind": kind, "withdrawn_at": ended_at}


def make_average(pick: Random, standing: Standing, policy: PolicyParameters) -> Decimal | None:
    """A city average that makes the partner's rate just meet or miss the alert or the limit."""
    rate = cancellation_rate(standing) or NONE
    base = pick.choice([rate, rate / policy.cancellation_factor])
    near = max(NONE, (base + pick.randint(-2, 2) * STEP).quantize(STEP))
    return pick.choice([None] + [near] * 9)


def make_case(seed: int) -> Case:
    pick = Random(seed)
    standing = make_standing(pick)
    policy = make_policy(pick, standing)
    focus = pick.choice(["rating", "cancellation"])
    return Case(
        standing=standing,
        policy=policy,
        average=make_average(pick, standing, policy),
        events=tuple(make_event(pick, policy, focus) for _ in range(pick.randint(0, 5))),
        acceptances=tuple(make_moment(pick, policy) for _ in range(pick.randint(0, 9))),
    )


seeds = st.integers(0, 2**48)
cases = seeds.map(make_case)
standings = seeds.map(lambda seed: make_standing(Random(seed)))
