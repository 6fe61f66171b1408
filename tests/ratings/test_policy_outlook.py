"""What would lift an average or a rate, and the published rank."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.policy import Outcome
from ratings.policy import (
    RANK_PRIOR_RATINGS,
    RANK_STARTING_MEAN,
    JobFact,
    Standing,
    accepted_jobs_needed,
    average_stars,
    cancellation_rate,
    city_star_mean,
    five_star_jobs_needed,
    jobs_leaving_next,
    rate_after_cancelling,
    search_rank,
    standing_from_jobs,
    what_if,
)

T = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def done(number: int, stars: int | None) -> JobFact:
    """A job completed `number` hours after T; its stars published at once."""
    at = T + number * HOUR
    return JobFact(
        number, at - HOUR, Outcome.COMPLETED, at, stars=stars, stars_published_at=at if stars else None
    )


# --- What if ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "target", "needed"),
    [
        ([5], "4.20", 0),
        ([4] * 4 + [5], "4.20", 0),
        ([4] * 5, "4.20", 2),  # 30 / 7 = 4.29; with one only 4.17
        ([], "4.20", 1),
        ([None] * 50, "4.20", 1),
        ([4] * 50, "5.00", 50),  # 249 / 50 = 4.98 after 49
        ([5, 4] * 25, "4.99", 49),  # 4.98 after 48; the oldest job has four stars, the one before it five
        ([1] * 50, "4.20", 40),
        ([5] * 49 + [1], "5.00", 1),
        ([5] * 50, "5.01", None),
    ],
)
def test_five_star_jobs_needed_take_the_leaving_jobs_into_account(
    window: list[int | None], target: str, needed: int | None
) -> None:
    assert five_star_jobs_needed(window, Decimal(target)) == needed


def test_the_margin_is_added_to_the_target() -> None:
    window = [4] * 5
    assert five_star_jobs_needed(window, Decimal("4.20"), Decimal("0.20")) == five_star_jobs_needed(
        window, Decimal("4.40")
    )
    assert five_star_jobs_needed(window, Decimal("4.40")) == 4


windows = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(1, 5)), max_size=50),
    st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=45, max_size=50),
)


@given(windows, st.decimals("1.00", "5.00", places=2))
def test_the_jobs_needed_are_enough_and_one_fewer_is_not(window: list[int | None], target: Decimal) -> None:
    needed = five_star_jobs_needed(window, target)
    assert needed is not None
    reached = what_if(window, needed)
    assert reached is not None
    assert reached >= target
    if needed:
        before = what_if(window, needed - 1)
        assert before is None or before < target


@given(windows, st.integers(0, 60))
def test_what_if_is_what_happens(window: list[int | None], further: int) -> None:
    jobs = [done(-place, stars) for place, stars in enumerate(window)]
    jobs += [done(number, 5) for number in range(1, further + 1)]
    assert what_if(window, further) == average_stars(standing_from_jobs(jobs, T + 100 * HOUR))


@given(windows, st.integers(0, 60))
def test_five_star_jobs_never_lower_the_average(window: list[int | None], further: int) -> None:
    before, after = what_if(window, further), what_if(window, further + 1)
    assert after is not None
    assert before is None or after >= before


def test_the_oldest_jobs_leave_next() -> None:
    window = [5] * 47 + [None, 2, 1]
    assert jobs_leaving_next(window, 0) == ()
    assert jobs_leaving_next(window, 3) == (1, 2, None)
    assert jobs_leaving_next(window[2:], 3) == (1,)
    assert jobs_leaving_next([3, 4], 10) == ()
    assert jobs_leaving_next([3, 4], 200) == (4, 3)


def test_one_more_cancellation_takes_two_percent_to_four() -> None:
    standing = Standing(accepted=50, cancelled=1)
    assert (cancellation_rate(standing), rate_after_cancelling(standing)) == (
        Decimal("0.0200"),
        Decimal("0.0400"),
    )


def test_nothing_can_be_cancelled_before_a_job_is_accepted() -> None:
    with pytest.raises(ValueError, match="no accepted job"):
        rate_after_cancelling(Standing())


@given(st.integers(0, 400), st.integers(0, 60), st.decimals("0.0000", "0.5000", places=4))
def test_accepted_jobs_needed_are_enough_and_one_fewer_is_not(kept: int, bad: int, limit: Decimal) -> None:
    standing = Standing(accepted=kept + bad, cancelled=bad)
    needed = accepted_jobs_needed(standing, limit)

    def rate(further: int) -> Decimal:
        return cancellation_rate(replace(standing, accepted=standing.accepted + further)) or Decimal(0)

    assert rate(needed) <= limit
    assert needed == 0 or rate(needed - 1) > limit


# --- Search rank --------------------------------------------------------------------------------------------


def test_a_newcomer_ranks_at_the_mean_of_the_city() -> None:
    assert search_rank(Standing(), Decimal("4.37")) == Decimal("4.3700")
    assert search_rank(Standing(), None) == RANK_STARTING_MEAN


def test_few_ratings_weigh_little_and_many_weigh_much() -> None:
    def five_stars(count: int) -> Decimal:
        return search_rank(Standing(rated_in_window=count, stars_in_window=5 * count), Decimal("4.00"))

    assert five_stars(RANK_PRIOR_RATINGS) == Decimal("4.5000")  # halfway between the mean and five
    assert Decimal("4.00") < five_stars(1) < five_stars(10) < five_stars(50) < Decimal("5.00")


@pytest.mark.parametrize(
    ("accepted", "bad", "lost"), [(50, 2, "0.2000"), (20, 1, "0.2500"), (1, 1, "0.2500"), (100, 1, "0.0500")]
)
def test_cancellations_cost_rank_and_one_early_mishap_sinks_nobody(
    accepted: int, bad: int, lost: str
) -> None:
    for standing in (Standing(accepted=accepted, cancelled=bad), Standing(accepted=accepted, no_shows=bad)):
        assert search_rank(standing, Decimal("4.00")) == Decimal("4.00") - Decimal(lost)


@given(st.integers(0, 49), st.integers(1, 5), st.integers(0, 300), st.integers(0, 40))
def test_a_better_partner_never_ranks_lower(rated: int, stars: int, accepted: int, bad: int) -> None:
    standing = Standing(accepted + bad, bad, 0, rated, rated, min(stars * rated, 4 * rated))
    rank = search_rank(standing, Decimal("4.30"))
    assert (
        search_rank(replace(standing, stars_in_window=standing.stars_in_window + rated), Decimal("4.30"))
        >= rank
    )
    assert search_rank(replace(standing, accepted=standing.accepted + 1), Decimal("4.30")) >= rank
    assert search_rank(replace(standing, cancelled=bad + 1), Decimal("4.30")) < rank


def test_the_mean_of_a_city_weighs_every_rating_alike() -> None:
    standings = [
        Standing(rated_in_window=1, stars_in_window=1),
        Standing(rated_in_window=9, stars_in_window=45),
        Standing(),
    ]
    assert city_star_mean(standings) == Decimal("4.60")
    assert city_star_mean([Standing()]) is None
