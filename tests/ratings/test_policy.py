"""The rules of ratings at, below and above every threshold, and against a naive second reading."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.policy import Outcome
from ratings.policy import (
    WINDOW,
    JobFact,
    RatingRefusal,
    Standing,
    average_stars,
    cancellation_rate,
    half_up_ratio,
    is_publishable,
    is_star_value,
    may_rate,
    may_reply,
    outcome_as_of,
    public_average,
    publish_at,
    rating_deadline,
    rating_refusal,
    standing_from_jobs,
    stars_as_of,
    window_of,
)
from tests.compliance import naive

T = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def done(number: int, stars: int | None = None, *, at: datetime | None = None) -> JobFact:
    """A job completed `number` hours after T, or `at`; its stars published at once."""
    finished = at or T + number * HOUR
    published = finished if stars else None
    return JobFact(
        number, finished - HOUR, Outcome.COMPLETED, finished, stars=stars, stars_published_at=published
    )


def ended(outcome: Outcome, at: datetime = T, *, excused_at: datetime | None = None) -> JobFact:
    return JobFact(1, T - HOUR, outcome, at, excused_at=excused_at)


# --- Standing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "cancelled", "no_shows", "in_window"),
    [
        (None, 0, 0, 0),
        (Outcome.COMPLETED, 0, 0, 1),
        (Outcome.CANCELLED, 1, 0, 0),
        (Outcome.NO_SHOW, 0, 1, 0),
        (Outcome.EXCUSED, 0, 0, 0),
        (Outcome.CLIENT_CANCELLED, 0, 0, 0),
        (Outcome.CLIENT_ABSENT, 0, 0, 0),
    ],
)
def test_each_outcome_counts_as_the_table_says(
    outcome: Outcome | None, cancelled: int, no_shows: int, in_window: int
) -> None:
    job = JobFact(1, T - HOUR, outcome, T if outcome else None)
    expected = Standing(accepted=1, cancelled=cancelled, no_shows=no_shows, jobs_in_window=in_window)
    assert standing_from_jobs([job], T) == expected


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_outcome_is_known_from_its_instant_on(outcome: Outcome) -> None:
    job = ended(outcome)
    assert outcome_as_of(job, T - TICK) is None
    assert outcome_as_of(job, T) is outcome


def test_an_outcome_without_an_instant_has_not_happened() -> None:
    assert outcome_as_of(JobFact(1, T, Outcome.COMPLETED), T + HOUR) is None


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.NO_SHOW])
def test_a_lifted_outcome_is_excused_from_the_lifting_on(outcome: Outcome) -> None:
    job = ended(outcome, excused_at=T + HOUR)
    assert outcome_as_of(job, T + HOUR - TICK) is outcome
    assert outcome_as_of(job, T + HOUR) is Outcome.EXCUSED
    assert standing_from_jobs([job], T + HOUR) == Standing(accepted=1)


def test_only_outcomes_against_the_partner_are_lifted() -> None:
    assert outcome_as_of(ended(Outcome.COMPLETED, excused_at=T), T) is Outcome.COMPLETED


def test_a_job_counts_as_accepted_from_its_acceptance_on() -> None:
    assert standing_from_jobs([JobFact(1, T)], T - TICK).accepted == 0
    assert standing_from_jobs([JobFact(1, T)], T).accepted == 1


def test_stars_count_from_publication_until_they_are_ruled_out() -> None:
    job = replace(done(0, 2), stars_published_at=T + HOUR, stars_ruled_out_at=T + 2 * HOUR)
    assert stars_as_of(job, T + HOUR - TICK) is None
    assert stars_as_of(job, T + HOUR) == 2
    assert stars_as_of(job, T + 2 * HOUR - TICK) == 2
    assert stars_as_of(job, T + 2 * HOUR) is None


def test_stars_ruled_out_keep_the_place_of_their_job_in_the_window() -> None:
    job = replace(done(0, 2), stars_ruled_out_at=T)
    assert standing_from_jobs([job], T) == Standing(accepted=1, jobs_in_window=1)


def test_fifty_first_job_leaves_the_window() -> None:
    jobs = [done(0, 1), *(done(number, 5) for number in range(1, 50))]
    assert standing_from_jobs(jobs, T + 60 * HOUR).stars_in_window == 1 + 49 * 5
    jobs.append(done(50, 5))
    assert standing_from_jobs(jobs, T + 60 * HOUR).stars_in_window == 50 * 5
    assert standing_from_jobs(jobs, T + 60 * HOUR).jobs_in_window == 50


def test_unrated_jobs_take_a_place_in_the_window_and_no_part_in_the_mean() -> None:
    jobs = [done(0, 1), *(done(number) for number in range(1, 50)), done(50, 4)]
    standing = standing_from_jobs(jobs, T + 60 * HOUR)
    assert (standing.jobs_in_window, standing.rated_in_window) == (50, 1)
    assert average_stars(standing) == Decimal("4.00")


def test_of_two_jobs_at_the_same_instant_the_one_recorded_later_is_later() -> None:
    first, second = done(1, at=T), done(2, at=T)
    assert [job.id for job in window_of([second, first], T)] == [2, 1]
    crowd = [done(number, 5, at=T) for number in range(1, WINDOW + 2)]
    assert 1 not in {job.id for job in window_of(crowd, T)}


def test_the_window_is_ordered_by_completion_and_not_by_recording() -> None:
    jobs = [done(2, at=T - HOUR), done(1, at=T)]
    assert [job.id for job in window_of(jobs, T)] == [1, 2]


# --- Figures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "accepted", "rate"),
    [
        (2, 50, "0.0400"),
        (1, 3, "0.3333"),
        (2, 3, "0.6667"),
        (1, 32, "0.0313"),
        (0, 7, "0.0000"),
        (1, 1, "1.0000"),
    ],
)
def test_the_cancellation_rate_has_four_decimals_half_up(bad: int, accepted: int, rate: str) -> None:
    standing = Standing(accepted=accepted, cancelled=bad // 2, no_shows=bad - bad // 2)
    assert str(cancellation_rate(standing)) == rate


def test_there_is_no_cancellation_rate_before_the_first_accepted_job() -> None:
    assert cancellation_rate(Standing()) is None


@pytest.mark.parametrize(
    ("stars", "rated", "average"),
    [(33, 8, "4.13"), (37, 8, "4.63"), (14, 3, "4.67"), (13, 3, "4.33"), (5, 1, "5.00"), (201, 40, "5.03")],
)
def test_the_average_has_two_decimals_half_up(stars: int, rated: int, average: str) -> None:
    assert str(average_stars(Standing(rated_in_window=rated, stars_in_window=stars))) == average


def test_there_is_no_average_before_the_first_rating() -> None:
    assert average_stars(Standing(accepted=3, jobs_in_window=3)) is None


@pytest.mark.parametrize(("rated", "shown"), [(0, None), (4, None), (5, "4.00"), (6, "4.00")])
def test_the_public_sees_an_average_from_five_ratings_on(rated: int, shown: str | None) -> None:
    standing = Standing(rated_in_window=rated, stars_in_window=4 * rated)
    assert public_average(standing) == (Decimal(shown) if shown else None)


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(0, 6))
def test_half_up_is_exact(numerator: int, denominator: int, places: int) -> None:
    rounded = half_up_ratio(numerator, denominator, places)
    assert Fraction(rounded) == naive.rounded(Fraction(numerator, denominator), places)
    assert -int(rounded.as_tuple().exponent) == places


# --- Against the naive reading ------------------------------------------------------------------------------

OUTCOMES = [None, *Outcome, Outcome.COMPLETED, Outcome.COMPLETED, Outcome.COMPLETED]


def decode(number: int, code: int) -> JobFact:
    """A job out of a whole number: few instants, so that ties and edges are common."""

    def draw(choices: int) -> int:
        nonlocal code
        code, drawn = divmod(code, choices)
        return drawn

    def moment(earliest: datetime) -> datetime:
        return earliest + draw(5) * HOUR

    outcome = OUTCOMES[draw(len(OUTCOMES))]
    accepted_at = T + draw(8) * HOUR
    outcome_at = moment(accepted_at) if outcome else None
    stars = draw(6) or None
    published_at = moment(outcome_at) if outcome_at and stars else None
    ruled_out_at = moment(published_at) if published_at and not draw(5) else None
    excused_at = moment(outcome_at) if outcome_at and not draw(4) else None
    return JobFact(number, accepted_at, outcome, outcome_at, excused_at, stars, published_at, ruled_out_at)


codes = st.integers(0, 10 * 8 * 5 * 6 * 5 * 5 * 5 * 4 * 5 - 1)
histories = st.one_of(st.lists(codes, max_size=12), st.lists(codes, min_size=80, max_size=160)).map(
    lambda drawn: [decode(number, code) for number, code in enumerate(drawn)]
)
instants = st.integers(-1, 22).map(lambda hours: T + hours * HOUR)


@given(histories, instants, st.randoms(use_true_random=True))
def test_a_standing_is_what_the_naive_reading_counts(
    jobs: list[JobFact], at: datetime, random: Random
) -> None:
    plain = [asdict(job) for job in jobs]
    random.shuffle(jobs)  # the order in which facts are read is of no account
    standing = standing_from_jobs(jobs, at)
    rate, average = cancellation_rate(standing), average_stars(standing)
    assert naive.standing(plain, at) == {
        **asdict(standing),
        "cancellation_rate": None if rate is None else Fraction(rate),
        "average_stars": None if average is None else Fraction(average),
    }
    assert [job.id for job in window_of(jobs, at)] == [job["id"] for job in naive.latest_fifty(plain, at)]


@given(histories, instants)
def test_facts_recorded_after_the_instant_do_not_exist(jobs: list[JobFact], at: datetime) -> None:
    def known(moment: datetime | None) -> datetime | None:
        return moment if moment is not None and moment <= at else None

    cut = [
        replace(
            job,
            outcome=job.outcome if known(job.outcome_at) else None,
            outcome_at=known(job.outcome_at),
            excused_at=known(job.excused_at),
            stars=job.stars if known(job.stars_published_at) else None,
            stars_published_at=known(job.stars_published_at),
            stars_ruled_out_at=known(job.stars_ruled_out_at),
        )
        for job in jobs
        if job.accepted_at <= at
    ]
    assert standing_from_jobs(cut, at) == standing_from_jobs(jobs, at)


# --- Blind mutual ratings -----------------------------------------------------------------------------------


def test_stars_are_whole_and_from_one_to_five() -> None:
    assert [stars for stars in range(-1, 8) if is_star_value(stars)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("outcome", "rated", "after", "refusal"),
    [
        (Outcome.COMPLETED, False, timedelta(0), None),
        (Outcome.COMPLETED, False, timedelta(days=14) - TICK, None),
        (Outcome.COMPLETED, False, timedelta(days=14), RatingRefusal.TOO_LATE),
        (Outcome.COMPLETED, False, -TICK, RatingRefusal.NOT_COMPLETED),
        (Outcome.COMPLETED, True, HOUR, RatingRefusal.ALREADY_RATED),
        (Outcome.CANCELLED, False, HOUR, RatingRefusal.NOT_COMPLETED),
        (Outcome.CLIENT_ABSENT, False, HOUR, RatingRefusal.NOT_COMPLETED),
        (None, False, HOUR, RatingRefusal.NOT_COMPLETED),
    ],
)
def test_a_completed_job_is_rated_once_within_fourteen_days(
    outcome: Outcome | None, rated: bool, after: timedelta, refusal: RatingRefusal | None
) -> None:
    now = T + after
    assert rating_refusal(outcome=outcome, outcome_at=T, already_rated=rated, now=now) is refusal
    assert may_rate(outcome=outcome, outcome_at=T, already_rated=rated, now=now) is (refusal is None)


def test_nobody_rates_once_ratings_are_public() -> None:
    deadline = rating_deadline(T)
    for now in (deadline - TICK, deadline, deadline + TICK):
        open_ = may_rate(outcome=Outcome.COMPLETED, outcome_at=T, already_rated=False, now=now)
        assert open_ is not is_publishable(both_in=False, deadline=deadline, now=now)


def test_ratings_are_public_once_both_are_in() -> None:
    assert is_publishable(both_in=True, deadline=rating_deadline(T), now=T)


@pytest.mark.parametrize(
    ("client", "partner", "due"),
    [
        (None, None, timedelta(days=14)),
        (HOUR, None, timedelta(days=14)),
        (None, HOUR, timedelta(days=14)),
        (HOUR, 2 * HOUR, 2 * HOUR),
        (3 * HOUR, 2 * HOUR, 3 * HOUR),
    ],
)
def test_ratings_become_public_with_the_second_or_at_the_deadline(
    client: timedelta | None, partner: timedelta | None, due: timedelta
) -> None:
    rated_at = [None if side is None else T + side for side in (client, partner)]
    assert publish_at(outcome_at=T, client_rated_at=rated_at[0], partner_rated_at=rated_at[1]) == T + due


def test_the_rated_side_replies_once_and_to_a_published_rating() -> None:
    assert not may_reply(published_at=None, replied_at=None, now=T)
    assert not may_reply(published_at=T, replied_at=None, now=T - TICK)
    assert may_reply(published_at=T, replied_at=None, now=T)
    assert not may_reply(published_at=T, replied_at=T, now=T + HOUR)
