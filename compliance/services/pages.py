"""What the standing page and the mails show: the figures that count, the limits, and the way back (C12, C16, C29)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from compliance.explain import (
    CancellationEffect,
    Pause,
    WayBack,
    cancellation_way_back,
    effect_of_cancelling,
    notices_left,
    pause_for,
    rating_way_back,
)
from compliance.models import CityPolicy, Notice, Sanction
from compliance.policy import Finding, PolicyParameters, Rule, findings_for
from compliance.services.histories import histories_of
from compliance.services.rules import rules_at
from partners.models import Partner
from ratings.policy import Standing, average_stars, cancellation_rate, public_average
from ratings.standings import standing_of, window_of_partner


@dataclass(frozen=True, slots=True)
class WindowJob:
    """One of the last 50 completed jobs, latest first; `stars` is None while unrated, hidden or ruled out."""

    job_id: int
    completed_at: datetime
    stars: int | None


@dataclass(frozen=True, slots=True)
class StandingPage:
    """Everything at one instant. Rates are fractions; `way_back` and `pauses` are by rule."""

    partner: Partner
    at: datetime
    standing: Standing
    average_stars: Decimal | None
    public_average: Decimal | None
    cancellation_rate: Decimal | None
    policy: CityPolicy
    parameters: PolicyParameters
    city_average: Decimal | None
    cancellation_limit: Decimal | None
    no_show: Finding
    rating: Finding
    cancellation: Finding
    rating_way_back: WayBack
    cancellation_way_back: WayBack
    rating_pause: Pause | None
    cancellation_pause: Pause | None
    rating_notices_left: int
    cancellation_notices_left: int
    window: tuple[WindowJob, ...]
    notices: tuple[Notice, ...]
    sanctions: tuple[Sanction, ...]

    @property
    def findings(self) -> tuple[Finding, Finding, Finding]:
        return (self.no_show, self.rating, self.cancellation)


def standing_page(partner: Partner, now: datetime) -> StandingPage:
    """The standing of one partner at `now`, from the facts, with what follows from it."""
    rules = rules_at([partner.city_id], now)[partner.city_id]
    standing = standing_of(partner.pk, now)
    history = histories_of([partner.pk], now)[partner.pk]
    window = tuple(WindowJob(*entry) for entry in window_of_partner(partner.pk, now))
    no_show, rating, cancellation = findings_for(standing, rules.parameters, rules.average)
    stars = [job.stars for job in window]
    return StandingPage(
        partner=partner,
        at=now,
        standing=standing,
        average_stars=average_stars(standing),
        public_average=public_average(standing),
        cancellation_rate=cancellation_rate(standing),
        policy=rules.policy,
        parameters=rules.parameters,
        city_average=rules.average,
        cancellation_limit=rules.limit,
        no_show=no_show,
        rating=rating,
        cancellation=cancellation,
        rating_way_back=rating_way_back(rating, rules.parameters, stars),
        cancellation_way_back=cancellation_way_back(cancellation, standing),
        rating_pause=pause_for(Rule.RATING, rules.parameters, history, now),
        cancellation_pause=pause_for(Rule.CANCELLATION, rules.parameters, history, now),
        rating_notices_left=notices_left(Rule.RATING, rules.parameters, history, now),
        cancellation_notices_left=notices_left(Rule.CANCELLATION, rules.parameters, history, now),
        window=window,
        notices=tuple(
            Notice.objects.for_partner(partner).filter(issued_at__lte=now).select_related("policy")
        ),
        sanctions=tuple(
            Sanction.objects.for_partner(partner).filter(issued_at__lte=now).select_related("policy")
        ),
    )


def cancelling_would(partner: Partner, now: datetime) -> CancellationEffect:
    """What cancelling one accepted job would do to the partner's rate (C16). ValueError without an accepted job."""
    rules = rules_at([partner.city_id], now)[partner.city_id]
    return effect_of_cancelling(standing_of(partner.pk, now), rules.parameters, rules.average)
