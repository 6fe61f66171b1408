"""Partners, pasts and verdicts in few words, for the tests of the assessment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from compliance.policy import History, NoticeKind, PastNotice, PolicyParameters, Rule, Verdict, assess
from ratings.policy import Standing

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
POLICY = PolicyParameters()
MANUAL = replace(POLICY, automatic_suspension=False)
AVERAGE = Decimal("0.0600")  # of the city; limit 0.0900


def rated(average: str, ratings: int = 50) -> Standing:
    """A partner whose stars make this average exactly (with 100 ratings: more than a window holds)."""
    stars = Decimal(average) * ratings
    assert stars == int(stars)
    return Standing(100, 0, 0, ratings, ratings, int(stars))


BREACH, APPROACHING, FINE = rated("4.00"), rated("4.30"), rated("4.50")
CANCELLING = Standing(100, 10)


def notice(
    age: timedelta, rule: Rule = Rule.RATING, kind: NoticeKind = NoticeKind.WARNING, *, jobs: int = 99
) -> PastNotice:
    return PastNotice(rule, kind, NOW - age, accepted_since=jobs)


def history(*notices: PastNotice) -> History:
    return History(notices=notices)


TWO_NOTICES = history(notice(60 * DAY), notice(30 * DAY))
EMPTY = History()


def judge(
    standing: Standing,
    past: History = EMPTY,
    policy: PolicyParameters = POLICY,
    average: Decimal | None = AVERAGE,
) -> Verdict:
    return assess(standing=standing, policy=policy, city_average=average, history=past, now=NOW)


def told(verdict: Verdict) -> list[tuple[Rule, str]]:
    """What the verdict does, in order, with `?` for what only a person decides and `!` for access that ends."""
    return [
        (action.rule, f"{action.notice or action.sanction}{'?' * action.proposed}{'!' * action.suspends}")
        for action in verdict.actions
    ]


def only(rule: Rule, what: str) -> list[tuple[Rule, str]]:
    return [(rule, what)] if what else []
