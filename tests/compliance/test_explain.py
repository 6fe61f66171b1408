"""What partners and ops are told about the figures."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from compliance.explain import (
    Pause,
    WayBack,
    cancellation_way_back,
    effect_of_cancelling,
    grounds,
    notices_left,
    pause_for,
    rating_way_back,
)
from compliance.policy import (
    History,
    Level,
    NoticeKind,
    PastNotice,
    PolicyParameters,
    Rule,
    assess,
    cancellation_finding,
    rating_finding,
)
from ratings.policy import Standing

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = PolicyParameters()


def told(age: timedelta, jobs: int) -> History:
    return History(notices=(PastNotice(Rule.RATING, NoticeKind.WARNING, NOW - age, accepted_since=jobs),))


@pytest.mark.parametrize(
    ("past", "pause"),
    [
        (History(), None),
        (told(14 * DAY, 10), None),
        (told(13 * DAY, 10), Pause(NOW + DAY, 0)),
        (told(20 * DAY, 7), Pause(NOW - 6 * DAY, 3)),
        (told(181 * DAY, 0), None),
    ],
)
def test_a_notice_grants_time_to_improve(past: History, pause: Pause | None) -> None:
    assert pause_for(Rule.RATING, POLICY, past, NOW) == pause
    assert pause_for(Rule.CANCELLATION, POLICY, past, NOW) is None


def test_the_notices_left_before_suspension_are_counted_per_rule() -> None:
    past = told(DAY, 0)
    assert notices_left(Rule.RATING, POLICY, past, NOW) == 1
    assert notices_left(Rule.CANCELLATION, POLICY, past, NOW) == 2
    assert notices_left(Rule.RATING, replace(POLICY, notices_before_suspension=1), past, NOW) == 0


def test_five_star_jobs_bring_a_rating_back() -> None:
    window = [4] * 20
    finding = rating_finding(Standing(20, 0, 0, 20, 20, 80), POLICY)
    assert finding.level is Level.BREACH
    assert rating_way_back(finding, POLICY, window) == WayBack(to_limit=5, to_fine=14)
    fine = rating_finding(Standing(20, 0, 0, 20, 20, 100), POLICY)
    assert rating_way_back(fine, POLICY, [5] * 20) == WayBack(0, 0)


def test_kept_jobs_bring_a_cancellation_rate_back() -> None:
    standing, average = Standing(100, 12), Decimal("0.0600")
    finding = cancellation_finding(standing, POLICY, average)
    # 12 of 134 is 8.96 %, of 133 it is 9.02 %; 12 of 200 is 6.00 %, of 199 it is 6.03 %
    assert cancellation_way_back(finding, standing) == WayBack(to_limit=34, to_fine=100)
    assert cancellation_way_back(cancellation_finding(Standing(5, 5), POLICY, average), Standing(5, 5)) == (
        WayBack(0, 0)
    )


def test_a_ceiling_below_the_average_is_also_the_way_to_fine() -> None:
    standing, average = Standing(100, 30), Decimal("0.2500")
    finding = cancellation_finding(standing, POLICY, average)
    back = cancellation_way_back(finding, standing)
    assert back.to_limit == back.to_fine == 50


def test_cancelling_shows_its_effect() -> None:
    effect = effect_of_cancelling(Standing(50, 1), POLICY, Decimal("0.0240"))
    assert (effect.rate_now, effect.rate_after, effect.limit) == (
        Decimal("0.0200"), Decimal("0.0400"), Decimal("0.0500"),
    )  # fmt: skip
    assert (effect.level_now, effect.level_after) == (Level.FINE, Level.APPROACHING)
    assert effect_of_cancelling(Standing(50, 2), POLICY, Decimal("0.0240")).level_after is Level.BREACH
    with pytest.raises(ValueError, match="no accepted job"):
        effect_of_cancelling(Standing(), POLICY, None)


def test_the_grounds_of_a_verdict_are_plain_data() -> None:
    verdict = assess(
        standing=Standing(100, 4, 1, 50, 20, 80),
        policy=POLICY,
        city_average=None,
        history=History(),
        now=NOW,
    )
    stored = json.loads(json.dumps(grounds(verdict)))
    assert stored["assessed_at"] == "2026-06-01T12:00:00+00:00"
    assert stored["standing"]["cancellation_rate"] == "0.0500"
    assert stored["standing"]["average_stars"] == "4.00"
    assert stored["city_cancellation_average"] is None
    assert stored["policy"]["min_rating"] == "4.20"
    assert stored["policy"]["automatic_suspension"] is True
    assert [finding["rule"] for finding in stored["findings"]] == ["no_show", "rating", "cancellation"]
    assert stored["findings"][1]["level"] == "breach"
