"""The rules of ratings, pure: a partner's standing at an instant, blind ratings, what would lift an average.

Sources: policy "Facts" and "Standing at T"; charter C9, C10, C11, C14, C16. Nothing here reads a clock or a
database: instants (aware datetimes) are arguments. Every figure has one function, used by pages, API, notices
and rules alike, so that what is shown is what counts.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from typing import Final

from orders.policy import Outcome

WINDOW = 50  # latest completed jobs that make up the average
MIN_PUBLIC_RATINGS = 5  # below this many ratings the public sees "New"
MIN_STARS = 1
MAX_STARS = 5
RATE_PLACES: Final = 4
STARS_PLACES: Final = 2
RATING_PERIOD = timedelta(days=14)
# How long after a job an open page listens for its ratings: until the last are published, and a day for a reply.
LISTENING_PERIOD = RATING_PERIOD + timedelta(days=1)

# Search rank (C11). Published with the formula of `search_rank`; change them together.
RANK_PRIOR_RATINGS = 10  # a partner starts as if holding this many ratings of the city's mean
RANK_CANCELLATION_WEIGHT = Decimal(5)  # stars lost at a cancellation rate of 1
RANK_MIN_ACCEPTED = 20  # fewer accepted jobs count as this many: one early mishap sinks nobody
RANK_STARTING_MEAN = Decimal("4.50")  # stands in for the mean of a city without ratings
RANK_PLACES = 4


# --- Facts --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JobFact:
    """What is recorded about one job (one partner's acceptance of one order), as far as a standing needs it.

    `id` grows in recording order. `excused_at`: from then on ops have lifted a cancelled or no-show outcome.
    `stars` (1-5) are the client's; they count from `stars_published_at` until before `stars_ruled_out_at`.
    """

    id: int
    accepted_at: datetime
    outcome: Outcome | None = None
    outcome_at: datetime | None = None
    excused_at: datetime | None = None
    stars: int | None = None
    stars_published_at: datetime | None = None
    stars_ruled_out_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A partner's counts at one instant T (policy: standing at T); `stars_in_window` is the sum of stars."""

    accepted: int = 0
    cancelled: int = 0
    no_shows: int = 0
    jobs_in_window: int = 0
    rated_in_window: int = 0
    stars_in_window: int = 0


def outcome_as_of(job: JobFact, at: datetime) -> Outcome | None:
    """The job's outcome as known at `at`; None while unfinished. A lifted outcome counts as excused."""
    if job.outcome is None or job.outcome_at is None or job.outcome_at > at:
        return None
    if job.outcome in (Outcome.CANCELLED, Outcome.NO_SHOW) and _has_happened(job.excused_at, at):
        return Outcome.EXCUSED
    return job.outcome


def stars_as_of(job: JobFact, at: datetime) -> int | None:
    """The client's stars if they are published at `at` and not ruled out at `at`, else None."""
    if not _has_happened(job.stars_published_at, at) or _has_happened(job.stars_ruled_out_at, at):
        return None
    return job.stars


def window_of(jobs: Iterable[JobFact], at: datetime) -> tuple[JobFact, ...]:
    """The 50 latest jobs completed at or before `at`, latest first (C10).

    Ordered by `outcome_at`; of two at the same instant the one recorded later (higher id) is later.
    """
    completed = (
        (job.outcome_at, job.id, job)
        for job in jobs
        if job.outcome_at is not None and outcome_as_of(job, at) is Outcome.COMPLETED
    )
    return tuple(job for _, _, job in heapq.nlargest(WINDOW, completed, key=itemgetter(0, 1)))


def standing_from_jobs(jobs: Iterable[JobFact], at: datetime) -> Standing:
    """One partner's standing at `at`, counted from that partner's bare job facts in any order.

    This is the reference that stored figures are verified against.
    """
    known = list(jobs)
    outcomes = [outcome_as_of(job, at) for job in known]
    window = window_of(known, at)
    stars = [given for job in window if (given := stars_as_of(job, at)) is not None]
    return Standing(
        accepted=sum(job.accepted_at <= at for job in known),
        cancelled=outcomes.count(Outcome.CANCELLED),
        no_shows=outcomes.count(Outcome.NO_SHOW),
        jobs_in_window=len(window),
        rated_in_window=len(stars),
        stars_in_window=sum(stars),
    )


def _has_happened(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at


# --- Figures ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def half_up_ratio(numerator: int, denominator: int, places: int) -> Decimal:
    """`numerator / denominator` (not negative, denominator > 0), rounded half up, with `places` decimals.

    Whole numbers throughout: no rounding of a rounded quotient, no dependence on a decimal context.
    """
    scaled = 2 * numerator * 10**places
    return Decimal((scaled + denominator) // (2 * denominator)).scaleb(-places)


def cancellation_rate(standing: Standing) -> Decimal | None:
    """(cancelled + no-shows) / accepted, four decimals, half up; None while nothing was accepted (C14)."""
    if standing.accepted == 0:
        return None
    return half_up_ratio(standing.cancelled + standing.no_shows, standing.accepted, RATE_PLACES)


def average_stars(standing: Standing) -> Decimal | None:
    """Mean of the stars in the window, two decimals, half up; None while nobody has rated (C10)."""
    if standing.rated_in_window == 0:
        return None
    return half_up_ratio(standing.stars_in_window, standing.rated_in_window, STARS_PLACES)


def public_average(standing: Standing) -> Decimal | None:
    """The average that clients see; None ("New") below five ratings in the window."""
    return average_stars(standing) if standing.rated_in_window >= MIN_PUBLIC_RATINGS else None


# --- Blind mutual ratings (C9) ------------------------------------------------------------------------------


class RatingRefusal(StrEnum):
    """Why a rating is not taken."""

    NOT_COMPLETED = "not_completed"
    ALREADY_RATED = "already_rated"
    TOO_LATE = "too_late"


def is_star_value(stars: int) -> bool:
    """Whole stars from 1 to 5."""
    return MIN_STARS <= stars <= MAX_STARS


def rating_deadline(outcome_at: datetime) -> datetime:
    """The instant from which a job can no longer be rated: 14 days after it was completed."""
    return outcome_at + RATING_PERIOD


def rating_refusal(
    *, outcome: Outcome | None, outcome_at: datetime | None, already_rated: bool, now: datetime
) -> RatingRefusal | None:
    """Why one side may not rate this job now; None if it may. Only completed jobs, once, before the deadline.

    At the deadline itself ratings become public, so rating ends just before: nobody rates after seeing.
    """
    if outcome is not Outcome.COMPLETED or outcome_at is None or outcome_at > now:
        return RatingRefusal.NOT_COMPLETED
    if already_rated:
        return RatingRefusal.ALREADY_RATED
    if now >= rating_deadline(outcome_at):
        return RatingRefusal.TOO_LATE
    return None


def may_rate(
    *, outcome: Outcome | None, outcome_at: datetime | None, already_rated: bool, now: datetime
) -> bool:
    """Whether one side may rate this job now (see `rating_refusal`)."""
    refusal = rating_refusal(outcome=outcome, outcome_at=outcome_at, already_rated=already_rated, now=now)
    return refusal is None


def publish_at(
    *, outcome_at: datetime, client_rated_at: datetime | None, partner_rated_at: datetime | None
) -> datetime:
    """When the ratings of a job are due to become public: with the second of both, else at the deadline."""
    deadline = rating_deadline(outcome_at)
    if client_rated_at is None or partner_rated_at is None:
        return deadline
    return min(deadline, max(client_rated_at, partner_rated_at))


def is_publishable(*, both_in: bool, deadline: datetime, now: datetime) -> bool:
    """Whether a job's ratings may be shown now: both sides have rated, or the 14 days are over."""
    return both_in or now >= deadline


def may_reply(*, published_at: datetime | None, replied_at: datetime | None, now: datetime) -> bool:
    """Whether the rated side may reply now: once, and only to a published rating."""
    return _has_happened(published_at, now) and replied_at is None


# --- Comments reported as against the rules ------------------------------------------------------------------


class FlagReason(StrEnum):
    """What is said to be wrong with a comment. That it is unfavourable is none of these."""

    INSULT = "insult"
    PRIVATE = "private"
    PRESSURE = "pressure"
    OFF_TOPIC = "off_topic"
    ADVERTISING = "advertising"
    OTHER = "other"


class FlagDecision(StrEnum):
    """About the words only; the stars stay and count as before."""

    KEEP = "keep"
    HIDE = "hide"


class FlagRefusal(StrEnum):
    """Why a report is not taken."""

    NOT_PUBLISHED = "not_published"
    NOTHING_SHOWN = "nothing_shown"
    ALREADY_FLAGGED = "already_flagged"


def flag_refusal(
    *, published_at: datetime | None, shows_comment: bool, has_open_flag: bool, now: datetime
) -> FlagRefusal | None:
    """Why the rated side may not report a comment now; None if it may.

    `shows_comment`: there are words that others see, neither hidden nor of a rating that was ruled out.
    """
    if not _has_happened(published_at, now):
        return FlagRefusal.NOT_PUBLISHED
    if not shows_comment:
        return FlagRefusal.NOTHING_SHOWN
    return FlagRefusal.ALREADY_FLAGGED if has_open_flag else None


# --- What if (C12, C16) -------------------------------------------------------------------------------------
# A window here is the stars of its jobs, latest first, None for an unrated job: what `window_of` and
# `stars_as_of` give.


def what_if(window: Sequence[int | None], five_star_jobs: int) -> Decimal | None:
    """The average after that many further completed five-star jobs; the oldest jobs leave the window."""
    shifted = (*(MAX_STARS for _ in range(five_star_jobs)), *window)[:WINDOW]
    rated = [stars for stars in shifted if stars is not None]
    return half_up_ratio(sum(rated), len(rated), STARS_PLACES) if rated else None


def five_star_jobs_needed(
    window: Sequence[int | None], target: Decimal, margin: Decimal = Decimal(0)
) -> int | None:
    """How many further completed five-star jobs bring the average, as shown, to `target + margin` or more.

    0 if it is there already, at least 1 while nobody has rated, None if the goal is above five stars.
    A five-star job never lowers the average, and fifty fill the window, so the first hit is the answer.
    """
    goal = target + margin
    for count in range(WINDOW + 1):
        average = what_if(window, count)
        if average is not None and average >= goal:
            return count
    return None


def jobs_leaving_next(window: Sequence[int | None], further_jobs: int) -> tuple[int | None, ...]:
    """The stars that leave the window when that many further jobs are completed, in the order they leave."""
    leaving = min(max(len(window) + further_jobs - WINDOW, 0), len(window))
    return tuple(reversed(window[len(window) - leaving :]))


def rate_after_cancelling(standing: Standing) -> Decimal:
    """The cancellation rate if one accepted, unfinished job were cancelled now (C16).

    That job is among the accepted already, so only the numerator grows. ValueError without an accepted job.
    """
    rate = cancellation_rate(replace(standing, cancelled=standing.cancelled + 1))
    if rate is None:
        raise ValueError("there is no accepted job to cancel")
    return rate


def accepted_jobs_needed(standing: Standing, limit: Decimal) -> int:
    """How many further accepted jobs, none cancelled, bring the rate, as shown, to `limit` or less.

    `limit` is not negative. 0 if it is there already or while nothing has been accepted.
    """
    counted = standing.cancelled + standing.no_shows
    if counted == 0:
        return 0
    # Shown rate <= L ten-thousandths  <=>  counted / accepted < (L + 1/2) / 10^4, as rounding is half up.
    steps = int(limit.scaleb(RATE_PLACES))
    smallest = 2 * 10**RATE_PLACES * counted // (2 * steps + 1) + 1
    return max(0, smallest - standing.accepted)


# --- Search rank (C11) --------------------------------------------------------------------------------------


def city_star_mean(standings: Iterable[Standing]) -> Decimal | None:
    """Mean of all stars in the windows of a city's partners, two decimals; None while nobody has rated."""
    stars = rated = 0
    for standing in standings:
        stars += standing.stars_in_window
        rated += standing.rated_in_window
    return half_up_ratio(stars, rated, STARS_PLACES) if rated else None


def search_rank(standing: Standing, city_mean: Decimal | None) -> Decimal:
    """The published rank of a partner, in stars, four decimals; the higher, the earlier in a list (C11).

    rank = (stars in window + 10 x city mean) / (ratings in window + 10)
           - 5 x (cancelled + no-shows) / max(accepted, 20)

    Few ratings weigh little, a newcomer stands at the city's mean. Declined offers play no part (C1).
    """
    mean = RANK_STARTING_MEAN if city_mean is None else city_mean
    stars = standing.stars_in_window + RANK_PRIOR_RATINGS * mean
    shrunk = stars / (standing.rated_in_window + RANK_PRIOR_RATINGS)
    counted = Decimal(standing.cancelled + standing.no_shows)
    penalty = RANK_CANCELLATION_WEIGHT * counted / max(standing.accepted, RANK_MIN_ACCEPTED)
    return (shrunk - penalty).quantize(Decimal(1).scaleb(-RANK_PLACES), rounding=ROUND_HALF_UP)
