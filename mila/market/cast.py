"""Brings the people of a simulated market into being, through the services that a real sign-up uses."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from mila.accounts.models import User
from mila.lib.geo import distance_km
from mila.lib.refusals import Refusal
from mila.market.people import FIRST_NAMES, HABITS, LAST_NAMES, STREETS, TEMPERS, Habit, Temper
from orders.models import Service
from partners import services as partners
from partners.area.services import set_area
from partners.models import City, Partner, Place, Skill
from partners.policy import PartnerStatus

CLIENTS_PER_PARTNER = 6
# One partner in so many chooses postcodes instead of a radius, those up to so many kilometres from home.
BY_POSTCODES = 4
POSTCODES_WITHIN_KM = 15
DOMAIN = "mila.example"


class MarketExists(Refusal):
    """A market with this city and seed was played before; its people are still there."""


@dataclass(frozen=True)
class Player:
    """A partner with a temper."""

    partner: Partner
    temper: Temper


@dataclass(frozen=True)
class Customer:
    """A client with a habit and a home."""

    user: User
    habit: Habit
    place: Place
    street: str


@dataclass(frozen=True)
class Cast:
    city: City
    players: dict[int, Player]
    customers: list[Customer]
    services: list[Service]


def assemble(*, city: City, partners_wanted: int, seed: int, rng: Random, now: datetime) -> Cast:
    """Register partners and clients. Raises `MarketExists` if this market was assembled before."""
    prefix = f"{city.slug}-{seed}"
    if User.objects.filter(email__startswith=f"client-{prefix}-").exists():
        raise MarketExists
    places = list(Place.objects.filter(city=city).order_by("postcode", "name"))
    players = {}
    for index in range(partners_wanted):
        user = _person("partner", city, prefix, index, rng)
        home = rng.choice(places)
        reference, temper = f"{prefix}-{index:03d}", TEMPERS[index % len(TEMPERS)]
        player = _player(user, home, city, reference, temper, rng=rng, now=now)
        _set_area(player.partner, home, places, by_postcodes=index % BY_POSTCODES == 2)
        players[player.partner.pk] = player
    customers = [
        _customer(city, prefix, index, places, rng) for index in range(partners_wanted * CLIENTS_PER_PARTNER)
    ]
    services = list(Service.objects.filter(is_active=True).order_by("slug"))
    return Cast(city=city, players=players, customers=customers, services=services)


def _person(kind: str, city: City, prefix: str, index: int, rng: Random) -> User:
    return User.objects.create_user(
        email=f"{kind}-{prefix}-{index}@{DOMAIN}",
        first_name=FIRST_NAMES[(index * 7 + rng.randrange(len(FIRST_NAMES))) % len(FIRST_NAMES)],
        last_name=rng.choice(LAST_NAMES),
        phone=f"+4179{rng.randrange(1_000_000, 9_999_999)}",
        language=city.languages[0],
    )


def _player(
    user: User, home: Place, city: City, reference: str, temper: Temper, *, rng: Random, now: datetime
) -> Player:
    skills = list(Skill.objects.order_by("slug"))
    partner = partners.register_partner(
        user=user,
        city=city,
        first_name=user.first_name,
        skills=rng.sample(skills, k=rng.randint(len(skills) - 3, len(skills))),
        languages=sorted({*city.languages, rng.choice(("en", "fr", "de", "it"))}),
        latitude=home.latitude,
        longitude=home.longitude,
        reference=reference,
        status=PartnerStatus.ACTIVE,
        now=now,
    )
    return Player(partner=partner, temper=temper)


def _set_area(partner: Partner, home: Place, places: list[Place], *, by_postcodes: bool) -> None:
    near = [
        place.postcode
        for place in places
        if distance_km(home.latitude, home.longitude, place.latitude, place.longitude) <= POSTCODES_WITHIN_KM
    ]
    set_area(
        partner_id=partner.pk,
        place=home,
        radius_km=partner.radius_km,
        postcodes=near if by_postcodes else [],
    )
    partner.refresh_from_db()


def _customer(city: City, prefix: str, index: int, places: list[Place], rng: Random) -> Customer:
    streets = STREETS.get(city.languages[0], STREETS["fr"])
    return Customer(
        user=_person("client", city, prefix, index, rng),
        habit=HABITS[index % len(HABITS)],
        place=rng.choice(places),
        street=f"{rng.choice(streets)} {rng.randint(1, 80)}",
    )
