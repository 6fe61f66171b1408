"""A small market for random play: two cities, partners with every kind of week and area, and their clients."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from mila.accounts.models import User
from mila.lib.geo import distance_km
from orders.models import DispatchRule, Service
from partners.area.services import set_area
from partners.availability.policy import Hours
from partners.availability.services import set_hours
from partners.models import City, Partner, Place
from tests.factories import OpsFactory, PartnerFactory, UserFactory, city

CITIES = ("zurich", "geneva")
PARTNERS_PER_CITY = 8
CLIENTS = 24
# Few skills and near places, so that visits get in each other's way.
SKILLS = ("network", "tv", "computers")
PLACES_PER_CITY = 14
WITHIN_KM = 14.0


@dataclass(frozen=True)
class World:
    """Who and what there is; `places` by city."""

    cities: list[City]
    places: dict[int, list[Place]]
    services: list[Service]
    partners: list[Partner]
    clients: list[User]
    ops: User


def build(rng: Random, now: datetime) -> World:
    cities = [city(slug) for slug in CITIES]
    places = {one.pk: _places_around(one, rng) for one in cities}
    partners = [_partner(one, places[one.pk], rng, now) for one in cities for _ in range(PARTNERS_PER_CITY)]
    # Two partners book as well: nobody must be sent to their own door.
    clients = [*UserFactory.create_batch(CLIENTS), *(p.user for p in rng.sample(partners, 2) if p.user)]
    DispatchRule.objects.create(
        city=cities[1], first_size=1, size_growth=1.0, first_radius_km=2.0, radius_growth=1.6
    )
    services = list(Service.objects.filter(skill__slug__in=SKILLS).select_related("skill").order_by("slug"))
    return World(cities, places, services, partners, clients, OpsFactory.create())


def draw_hours(rng: Random) -> list[Hours] | None:
    """Any time, or a week of days with one span or two."""
    if rng.random() < 0.2:
        return None
    return [span for weekday in range(7) if rng.random() < 0.8 for span in _draw_day(weekday, rng)]


def draw_area(places: list[Place], rng: Random) -> tuple[Place, int, list[str]]:
    """Home, radius in km, and postcodes, which are mostly none."""
    postcodes = rng.sample([place.postcode for place in places], 8) if rng.random() < 0.3 else []
    return rng.choice(places), rng.randint(3, 25), postcodes


def _draw_day(weekday: int, rng: Random) -> list[Hours]:
    begins, ends = 60 * rng.randint(6, 11), 60 * rng.randint(15, 22) + rng.choice((0, 15, 30, 45))
    if rng.random() < 0.5:
        return [Hours(weekday, begins, ends)]
    lunch = 60 * rng.randint(12, 13)
    return [Hours(weekday, begins, lunch), Hours(weekday, lunch + 45, ends)]


def _partner(of: City, places: list[Place], rng: Random, now: datetime) -> Partner:
    partner: Partner = PartnerFactory.create(city=of, skills=rng.sample(SKILLS, rng.randint(1, 3)))
    home, radius_km, postcodes = draw_area(places, rng)
    set_area(partner_id=partner.pk, place=home, radius_km=radius_km, postcodes=postcodes)
    set_hours(
        partner_id=partner.pk,
        hours=draw_hours(rng),
        works_on_holidays=rng.random() < 0.3,
        buffer_minutes=rng.choice((0, 10, 20, 45)),
        now=now - timedelta(days=1),
    )
    return partner


def _places_around(of: City, rng: Random) -> list[Place]:
    served = Place.objects.filter(city=of).order_by("postcode", "name")
    near = [
        place
        for place in served
        if distance_km(of.latitude, of.longitude, place.latitude, place.longitude) <= WITHIN_KM
    ]
    return rng.sample(near, PLACES_PER_CITY)
