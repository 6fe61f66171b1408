"""Partners set their own area, and are told what it covers."""

import pytest

from mila.lib.geo import distance_km
from partners import services as partners
from partners.area import services
from partners.models import Partner, Place
from partners.policy import PartnerStatus
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    return factories.PartnerFactory.create()


def again(partner: Partner) -> Partner:
    return Partner.objects.get(pk=partner.pk)


def test_an_area_is_kept_with_the_own_place(partner: Partner) -> None:
    home = factories.place("8800")
    services.set_area(partner_id=partner.pk, place=home, radius_km=7, postcodes=["8404", "8400", "8404"])
    kept = again(partner)
    assert (kept.home, kept.latitude, kept.longitude) == (home, home.latitude, home.longitude)
    assert (kept.radius_km, kept.postcodes) == (7, ["8400", "8404"])
    services.set_area(partner_id=partner.pk, place=home, radius_km=9)
    assert (again(partner).radius_km, again(partner).postcodes) == (9, [])


@pytest.mark.parametrize(
    ("area", "refusal", "words"),
    [
        ({"radius_km": 0}, services.RadiusRefused, "The radius is from 1 to 50 km."),
        ({"radius_km": 51}, services.RadiusRefused, "The radius is from 1 to 50 km."),
        (
            {"radius_km": 5, "postcodes": ["8001", "8999", "80"]},
            services.PostcodesUnknown,
            "We do not know these postcodes: 80, 8999.",
        ),
        (
            {"radius_km": 5, "postcodes": [str(code) for code in range(1000, 1201)]},
            services.TooManyPostcodes,
            "Please give at most 200 postcodes.",
        ),
    ],
)
def test_an_area_that_cannot_be_kept_changes_nothing(
    partner: Partner, area: dict[str, object], refusal: type[Exception], words: str
) -> None:
    with pytest.raises(refusal) as raised:
        services.set_area(partner_id=partner.pk, place=factories.place("8400"), **area)  # type: ignore[arg-type]
    assert str(raised.value) == words
    assert (again(partner).radius_km, again(partner).home) == (15, None)


def test_whoever_has_not_said_where_is_in_the_middle_of_the_city() -> None:
    city = factories.city("bern")
    registered = partners.register_partner(
        user=None,
        city=city,
        first_name="Robin",
        skills=[],
        languages=[],
        latitude=None,
        longitude=None,
        reference=None,
        status=PartnerStatus.APPLICANT,
        now=NOW,
    )
    arrival = partners.Arrival(city_id=city.pk, joined_at=NOW.isoformat())
    enrolled = partners.enrol_imported(arrivals={"imported": arrival})["imported"]
    by_older_code = factories.PartnerFactory.create(city=city, latitude=None, longitude=None)
    for pk in (registered.pk, enrolled, by_older_code.pk):
        found = Partner.objects.get(pk=pk)
        assert (found.latitude, found.longitude) == (city.latitude, city.longitude)


def test_the_own_place_is_the_chosen_one_or_the_nearest(partner: Partner) -> None:
    nearest = services.home_of(partner)
    assert distance_km(partner.latitude, partner.longitude, nearest.latitude, nearest.longitude) < 1
    # Several postcodes of Zürich stand at one point: the chosen one is shown, not its neighbour.
    for postcode in ("8021", "8027"):
        home = factories.place(postcode)
        services.set_area(partner_id=partner.pk, place=home, radius_km=5)
        assert services.home_of(again(partner)) == home


def test_a_radius_covers_the_towns_within_it(partner: Partner) -> None:
    services.set_area(partner_id=partner.pk, place=factories.place("8800"), radius_km=5)
    found = services.coverage_of(again(partner))
    home = factories.place("8800")
    served = [
        place
        for place in Place.objects.filter(city=partner.city)
        if distance_km(home.latitude, home.longitude, place.latitude, place.longitude) <= 5
    ]
    assert found.postcode_count == len({place.postcode for place in served})
    assert found.town_count == len({place.name for place in served})
    assert found.towns[0] == "Thalwil"
    assert found.elsewhere == ()


def test_many_towns_are_told_by_the_nearest_thirty(partner: Partner) -> None:
    services.set_area(partner_id=partner.pk, place=factories.place("8001"), radius_km=20)
    found = services.coverage_of(again(partner))
    assert (len(found.towns), found.more) == (30, found.town_count - 30)
    assert found.towns[0] == "Zürich"


def test_postcodes_of_another_region_are_named(partner: Partner) -> None:
    services.set_area(
        partner_id=partner.pk, place=factories.place("8001"), radius_km=5, postcodes=["8001", "3011"]
    )
    found = services.coverage_of(again(partner))
    assert (found.postcode_count, found.towns, found.elsewhere) == (1, ("Zürich",), ("3011",))
