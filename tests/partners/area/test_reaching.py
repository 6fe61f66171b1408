"""Who covers a place: what the indexes answer is what the formula says, and they do answer it."""

from random import Random

import pytest
from django.db import connection

from mila.lib.geo import distance_km
from partners.area.policy import LEAST_RADIUS_KM, MOST_RADIUS_KM
from partners.models import Partner, Place
from partners.policy import PartnerStatus
from tests import factories
from tests.factories import LONG_AGO

pytestmark = pytest.mark.django_db
MANY = 3000
# Kilometres to both sides of an edge: more than rounding, less than anybody notices.
HAIR = 1e-6


def crowd(rng: Random) -> list[Partner]:
    """Partners around all cities, every fourth with a few postcodes instead of a radius; some do not work."""
    places = list(Place.objects.exclude(city=None).select_related("city").order_by("pk"))
    partners = []
    for number in range(MANY):
        home = rng.choice(places)
        assert home.city is not None
        partners.append(
            Partner(
                reference=f"crowd-{number}",
                city=home.city,
                status=rng.choice([PartnerStatus.ACTIVE] * 9 + [PartnerStatus.SUSPENDED]),
                latitude=home.latitude + rng.uniform(-0.05, 0.05),
                longitude=home.longitude + rng.uniform(-0.05, 0.05),
                radius_km=rng.randint(LEAST_RADIUS_KM, MOST_RADIUS_KM),
                postcodes=sorted({place.postcode for place in rng.sample(places, 20)})
                if number % 4 == 0
                else [],
                joined_at=LONG_AGO,
            )
        )
    return Partner.objects.bulk_create(partners)


def by_the_formula(partners: list[Partner], latitude: float, longitude: float, postcode: str) -> set[int]:
    return {
        partner.pk
        for partner in partners
        if partner.status == PartnerStatus.ACTIVE
        and (
            postcode in partner.postcodes
            if partner.postcodes
            else distance_km(partner.latitude, partner.longitude, latitude, longitude) <= partner.radius_km
        )
    }


def reaching(latitude: float, longitude: float, postcode: str) -> set[int]:
    found = Partner.objects.able_to_work().reaching(latitude, longitude, postcode)
    return set(found.values_list("pk", flat=True))


@pytest.mark.parametrize("seed", range(3))
def test_the_indexes_find_whom_the_formula_finds(seed: int) -> None:
    rng = Random(seed)
    partners = crowd(rng)
    execute("ANALYZE partners_partner")
    for place in rng.sample(list(Place.objects.order_by("pk")), 60):
        point = place.latitude + rng.uniform(-0.02, 0.02), place.longitude + rng.uniform(-0.02, 0.02)
        assert reaching(*point, place.postcode) == by_the_formula(partners, *point, place.postcode)


@pytest.mark.parametrize("latitude", [-69.9, 0.0, 46.5, 47.4, 69.9])
@pytest.mark.parametrize("radius_km", [LEAST_RADIUS_KM, 15, MOST_RADIUS_KM])
def test_nobody_is_lost_at_the_edge_of_the_circle(latitude: float, radius_km: int) -> None:
    """In every direction, a hair within the radius and a hair outside; the box is widest where it is tightest."""
    partner = factories.PartnerFactory.create(latitude=latitude, longitude=8.0, radius_km=radius_km)
    rng = Random(radius_km)
    for direction in [(0.0, 1.0), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0)] + [
        (rng.uniform(-1, 1), rng.uniform(-1, 1)) for _ in range(12)
    ]:
        inside, outside = (point_away(partner, direction, radius_km + hair) for hair in (-HAIR, HAIR))
        execute("SET LOCAL enable_seqscan = off")
        assert reaching(*inside, "8001") == {partner.pk}
        assert reaching(*outside, "8001") == set()


def point_away(partner: Partner, direction: tuple[float, float], km: float) -> tuple[float, float]:
    """The point so many kilometres away, found by halving along a line of degrees."""
    near, far = 0.0, 5.0
    for _ in range(60):
        middle = (near + far) / 2
        point = partner.latitude + middle * direction[0], partner.longitude + middle * direction[1]
        if distance_km(partner.latitude, partner.longitude, *point) < km:
            near = middle
        else:
            far = middle
    return partner.latitude + near * direction[0], partner.longitude + near * direction[1]


def test_the_distance_is_told_for_those_with_postcodes_too() -> None:
    city, bern = factories.city(), factories.city("bern")
    partner = factories.PartnerFactory.create(radius_km=1, postcodes=["3011"])
    found = Partner.objects.able_to_work().reaching(bern.latitude, bern.longitude, "3011").get()
    assert found == partner
    away = distance_km(city.latitude, city.longitude, bern.latitude, bern.longitude)
    assert found.away_km == pytest.approx(away, abs=1e-9)  # type: ignore[attr-defined]


def test_postcodes_count_instead_of_the_radius() -> None:
    city = factories.city()
    factories.PartnerFactory.create(postcodes=["3011"])
    assert reaching(city.latitude, city.longitude, "8001") == set()


def test_one_look_at_two_indexes_and_none_at_all_partners() -> None:
    crowd(Random(1))
    execute("ANALYZE partners_partner")
    city = factories.city()
    plan = Partner.objects.able_to_work().reaching(city.latitude, city.longitude, "8001").explain()
    assert "BitmapOr" in plan
    assert "Bitmap Index Scan on partners_by_reach" in plan
    assert "Bitmap Index Scan on partners_by_postcode" in plan
    assert "Seq Scan" not in plan


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
