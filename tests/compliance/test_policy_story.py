"""A partner's whole way, assessed again and again, by both readings."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.policy import PolicyParameters, assess, city_cancellation_average
from orders.policy import Outcome
from ratings.policy import JobFact, Standing, cancellation_rate, standing_from_jobs
from tests.compliance import naive
from tests.compliance.cases import DAY, NOW, POLICY
from tests.compliance.strategies import Decisions, Event, decisions, history_of

START = NOW - 120 * DAY
HASTY = replace(
    POLICY,
    min_rated_jobs=4,
    min_accepted_jobs=4,
    notice_interval_days=6,
    notice_interval_jobs=3,
    notice_validity_days=40,
)
FELLOWS = [Standing(100, 3, 0), Standing(50, 2, 1), Standing(3, 3, 0)]
Judge = Callable[[list[JobFact], tuple[Event, ...], PolicyParameters, datetime], Decisions]


def job(number: int, code: int) -> JobFact:
    """The `number`-th job, a day after the one before; mostly completed, with middling stars."""
    code, which = divmod(code, 12)
    stars, waiting = divmod(code, 4)
    outcome = (
        [Outcome.CANCELLED, Outcome.NO_SHOW, Outcome.EXCUSED, None][which] if which < 4 else Outcome.COMPLETED
    )
    if outcome is Outcome.NO_SHOW and waiting:
        outcome = Outcome.CANCELLED  # no-shows end the story early, so they are rarer
    accepted_at = START + number * DAY
    ended_at = accepted_at + timedelta(hours=6) if outcome else None
    rated_at = ended_at + waiting * DAY if ended_at and outcome is Outcome.COMPLETED else None
    return JobFact(
        number, accepted_at, outcome, ended_at, stars=(5, 4, 4, 5, 3, 1)[stars], stars_published_at=rated_at
    )


def judged(
    jobs: list[JobFact], events: tuple[Event, ...], policy: PolicyParameters, now: datetime
) -> Decisions:
    standing = standing_from_jobs(jobs, now)
    rates = [(cancellation_rate(partner), partner.accepted) for partner in (standing, *FELLOWS)]
    average = city_cancellation_average(rates, policy.min_accepted_jobs)
    past = history_of(events, tuple(job.accepted_at for job in jobs), now)
    verdict = assess(standing=standing, policy=policy, city_average=average, history=past, now=now)
    return decisions(verdict)


def naively_judged(
    jobs: list[JobFact], events: tuple[Event, ...], policy: PolicyParameters, now: datetime
) -> Decisions:
    rules = asdict(policy)
    standing = naive.standing([asdict(job) for job in jobs], now)
    fellows = [naive.figures(**asdict(fellow)) for fellow in FELLOWS]
    average = naive.city_average([standing, *fellows], rules["min_accepted_jobs"])
    acceptances = [job.accepted_at for job in jobs]
    return naive.assess(standing, rules, average, events=events, acceptances=acceptances, now=now)


def story(
    judge: Judge, jobs: list[JobFact], policy: PolicyParameters, every: timedelta
) -> list[tuple[datetime, Decisions]]:
    """What becomes of the partner: assessed again and again; a person decides three days after each sanction."""
    events: tuple[Event, ...] = ()
    told: list[tuple[datetime, Decisions]] = []
    now, away_until = START, START
    while now < NOW + 10 * DAY:
        done = judge(jobs, events, policy, now) if now >= away_until else []
        for rule, what, proposed, suspends in done:
            decided_at = now + 3 * DAY
            if what in {"suspension", "exclusion"}:
                about = standing_from_jobs(jobs, now).no_shows
                if proposed:
                    opened = {"what": "proposal", "at": now, "rule": rule, "no_shows": about}
                    events += ({**opened, "closed_at": decided_at},)
                if suspends:
                    away_until = decided_at
                    events += ({"what": "reinstated", "at": decided_at},)
            else:
                events += ({"what": "notice", "at": now, "rule": rule, "kind": what, "withdrawn_at": None},)
        if done:
            told.append((now, done))
        now += every
    return told


@settings(max_examples=20)
@given(
    st.lists(st.integers(0, 12 * 4 * 6 - 1), min_size=20, max_size=120),
    st.booleans(),
    st.sampled_from([3 * DAY, 7 * DAY, timedelta(hours=90)]),
)
def test_a_partner_fares_alike_by_both_readings(codes: list[int], automatic: bool, every: timedelta) -> None:
    jobs = [job(number, code) for number, code in enumerate(codes)]
    policy = replace(HASTY, automatic_suspension=automatic)
    assert story(judged, jobs, policy, every) == story(naively_judged, jobs, policy, every)


def test_low_stars_lead_from_advice_over_warning_to_suspension() -> None:
    stars = [4, 4, 4, 5] * 2 + [3] * 30
    jobs = [
        JobFact(number, at, Outcome.COMPLETED, at, stars=given, stars_published_at=at)
        for number, given in enumerate(stars)
        for at in [START + number * DAY]
    ]
    told = [(now - START, *done[0][:2]) for now, done in story(judged, jobs, HASTY, DAY)]
    assert told[:3] == [
        (3 * DAY, "rating", "advice"),
        (9 * DAY, "rating", "warning"),
        (15 * DAY, "rating", "suspension"),
    ]
