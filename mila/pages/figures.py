"""A partner as the public sees one: the figures that count, nothing else."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from compliance.models import Standing as StoredStanding
from mila.lib.geo import distance_km
from mila.lib.rows import rows_of
from partners.models import City, Partner, Place
from partners.policy import PartnerStatus
from partners.words import language_names
from ratings.policy import STARS_PLACES, Standing, cancellation_rate, half_up_ratio, public_average

# Of a city or of the whole house: fewer say little about many people.
ENOUGH_RATINGS = 20


@dataclass(frozen=True, slots=True)
class PublicPartner:
    """`average` is None below five ratings ("New"); `metres` from the place that was asked for, if any."""

    partner: Partner
    name: str
    average: Decimal | None
    rated: int
    jobs: int
    cancellation_rate: Decimal | None
    languages: str
    metres: float | None


def public_partner(partner: Partner, *, near: Place | None = None) -> PublicPartner:
    """`partner` should come with its `standing` selected; without one nothing has been counted yet."""
    stored: StoredStanding | None = getattr(partner, "standing", None)
    standing = Standing() if stored is None else counts_of(stored)
    return PublicPartner(
        partner=partner,
        name=partner.first_name or partner.reference,
        average=public_average(standing),
        rated=standing.rated_in_window,
        jobs=standing.accepted,
        cancellation_rate=cancellation_rate(standing),
        languages=language_names(partner.languages),
        metres=None if near is None else metres_between(partner, near),
    )


def partners_with_standing(partner_ids: Collection[int]) -> dict[int, Partner]:
    """By id; None in the place of a standing that has never been counted."""
    found = {partner.pk: partner for partner in rows_of(Partner, id=partner_ids)}
    standings = {standing.partner_id: standing for standing in rows_of(StoredStanding, partner=partner_ids)}
    relation: Any = Partner._meta.get_field("standing")
    for pk, partner in found.items():
        relation.set_cached_value(partner, standings.get(pk))
    return found


def counts_of(stored: StoredStanding) -> Standing:
    """A stored row as the rules take it."""
    return Standing(
        accepted=stored.accepted,
        cancelled=stored.cancelled,
        no_shows=stored.no_shows,
        jobs_in_window=stored.jobs_in_window,
        rated_in_window=stored.rated_in_window,
        stars_in_window=stored.stars_in_window,
    )


@dataclass(frozen=True, slots=True)
class StarsOfMany:
    """The mean of all stars in the windows of active partners, two decimals; None as long as they are few."""

    mean: Decimal | None
    ratings: int


def stars_of_many(city: City | None = None) -> StarsOfMany:
    """Of one city, or of all."""
    rated = StoredStanding.objects.filter(partner__status=PartnerStatus.ACTIVE, rated_in_window__gt=0)
    if city is not None:
        rated = rated.filter(partner__city=city)
    sums = rated.aggregate(stars=Sum("stars_in_window"), ratings=Sum("rated_in_window"))
    ratings = sums["ratings"] or 0
    if ratings < ENOUGH_RATINGS:
        return StarsOfMany(None, ratings)
    return StarsOfMany(half_up_ratio(sums["stars"], ratings, STARS_PLACES), ratings)


def metres_between(partner: Partner, place: Place) -> float:
    return 1000 * distance_km(partner.latitude, partner.longitude, place.latitude, place.longitude)
