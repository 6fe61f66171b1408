"""Partners set where they work, and their page shows what that means (C1)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from mila.lib.geo import distance_km
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from partners.area.policy import MOST_POSTCODES, Area, AreaProblem, area_of, area_problem
from partners.availability.services import days_ahead_change
from partners.models import Partner, Place
from partners.services import lock_partner

# More names than that nobody reads.
NAMES_SHOWN = 30


class RadiusRefused(Refusal):
    message = _("The radius is from 1 to 50 km.")


class TooManyPostcodes(Refusal):
    message = _("Please give at most %(most)s postcodes.")


class PostcodesUnknown(Refusal):
    message = _("We do not know these postcodes: %(postcodes)s.")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an area covers of the city's region, where bookings for that city come from.

    `towns` are the names of up to `NAMES_SHOWN` towns, nearest first, of `town_count`; `elsewhere` are the chosen
    postcodes from which no booking for this city can come.
    """

    postcode_count: int
    town_count: int
    towns: tuple[str, ...]
    elsewhere: tuple[str, ...]

    @property
    def more(self) -> int:
        return self.town_count - len(self.towns)


def set_area(*, partner_id: int, place: Place, radius_km: int, postcodes: Sequence[str] = ()) -> None:
    """From now on asked within the radius around `place`, or in `postcodes` if there are any (C1).

    What was accepted before stays accepted. Raises `RadiusRefused`, `TooManyPostcodes`, `PostcodesUnknown` and
    `Busy`.
    """
    area = area_of(radius_km=radius_km, postcodes=postcodes)
    refuse_unless_keepable(area)
    with locking():
        partner = lock_partner(partner_id=partner_id)
        partner.home, partner.latitude, partner.longitude = place, place.latitude, place.longitude
        partner.radius_km, partner.postcodes = area.radius_km, list(area.postcodes)
        partner.save(update_fields=["home", "latitude", "longitude", "radius_km", "postcodes"])
        # The ways from home and back have changed.
        days_ahead_change(partner)


def refuse_unless_keepable(area: Area) -> None:
    """Raises `RadiusRefused`, `TooManyPostcodes` and `PostcodesUnknown`."""
    problem = area_problem(area)
    if problem is AreaProblem.RADIUS:
        raise RadiusRefused
    if problem is AreaProblem.TOO_MANY:
        raise TooManyPostcodes(most=MOST_POSTCODES)
    unknown = unknown_postcodes(area.postcodes)
    if unknown:
        raise PostcodesUnknown(postcodes=", ".join(unknown))


# --- Reads --------------------------------------------------------------------------------------------------


def unknown_postcodes(postcodes: Collection[str]) -> list[str]:
    """Those that belong to no place, in the order given."""
    known = set(Place.objects.filter(postcode__in=postcodes).values_list("postcode", flat=True))
    return [postcode for postcode in postcodes if postcode not in known]


def home_of(partner: Partner) -> Place:
    """The place that the partner chose, else the one nearest to where the partner is taken to be."""
    if partner.home is not None:
        return partner.home
    # Near enough to put a few thousand places in order: a degree of longitude is two thirds of one of latitude here.
    away = (F("latitude") - partner.latitude) * (F("latitude") - partner.latitude) + (
        F("longitude") - partner.longitude
    ) * (F("longitude") - partner.longitude) * 0.46
    return Place.objects.order_by(away, "postcode", "name")[0]


def coverage_of(partner: Partner) -> Coverage:
    """What the partner's area covers of the city's region."""
    places = list(_covered(partner))
    places.sort(
        key=lambda place: (
            distance_km(partner.latitude, partner.longitude, place.latitude, place.longitude),
            place.postcode,
        )
    )
    towns = tuple(dict.fromkeys(place.name for place in places))
    covered = {place.postcode for place in places}
    return Coverage(
        postcode_count=len(covered),
        town_count=len(towns),
        towns=towns[:NAMES_SHOWN],
        elsewhere=tuple(postcode for postcode in partner.postcodes if postcode not in covered),
    )


def _covered(partner: Partner) -> list[Place]:
    served = Place.objects.filter(city_id=partner.city_id)
    if partner.postcodes:
        return list(served.filter(postcode__in=partner.postcodes))
    return [
        place
        for place in served
        if distance_km(partner.latitude, partner.longitude, place.latitude, place.longitude)
        <= partner.radius_km
    ]
