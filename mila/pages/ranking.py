"""The public page that says who is shown and asked first, with the weights that are in force (C11)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from orders.ranking import policy as ranking
from ratings import policy as ratings
from ratings.policy import Standing, search_rank

EXAMPLE_CITY_MEAN = Decimal("4.50")


@dataclass(frozen=True, slots=True)
class Example:
    """A made-up partner with what the formula gives."""

    stars: Decimal
    rated: int
    cancelled: int
    accepted: int
    km: int
    idle_days: int
    score: float


def ranking_explained(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "version": ranking.VERSION,
        "per_km": ranking.STARS_PER_KM,
        "most_km": ranking.MOST_KM,
        "per_day": ranking.STARS_PER_IDLE_DAY,
        "most_days": ranking.MOST_IDLE_DAYS,
        "newcomer_below": ranking.NEWCOMER_BELOW_JOBS,
        "newcomer_every": ranking.NEWCOMER_EVERY,
        "prior_ratings": ratings.RANK_PRIOR_RATINGS,
        "cancellation_weight": ratings.RANK_CANCELLATION_WEIGHT,
        "least_accepted": ratings.RANK_MIN_ACCEPTED,
        "city_mean": EXAMPLE_CITY_MEAN,
        "examples": [
            _example("4.80", rated=50, cancelled=0, accepted=120, km=12, idle_days=1, now=now),
            _example("4.70", rated=50, cancelled=0, accepted=80, km=2, idle_days=6, now=now),
            _example("5.00", rated=3, cancelled=0, accepted=3, km=4, idle_days=3, now=now),
            _example("4.90", rated=50, cancelled=6, accepted=100, km=3, idle_days=2, now=now),
        ],
    }
    return render(request, "pages/ranking.html", context)


def _example(
    stars: str, *, rated: int, cancelled: int, accepted: int, km: int, idle_days: int, now: datetime
) -> Example:
    """Reckoned by the rules themselves, so that the page can't say anything else than they do."""
    mean = Decimal(stars)
    standing = Standing(
        accepted=accepted, cancelled=cancelled, rated_in_window=rated, stars_in_window=int(mean * rated)
    )
    candidate = ranking.Candidate(
        partner_id=0,
        reference="",
        merit=float(search_rank(standing, EXAMPLE_CITY_MEAN)),
        km=float(km),
        accepted=accepted,
        last_accepted_at=now - timedelta(days=idle_days),
    )
    return Example(mean, rated, cancelled, accepted, km, idle_days, ranking.score(candidate, now))
