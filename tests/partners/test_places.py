import pytest

from partners.fields import PlaceField, places_meant
from partners.reference import names_of_launch_towns
from partners.services import find_places

pytestmark = pytest.mark.django_db


def found(query: str, limit: int = 10) -> list[str]:
    return [str(place) for place in find_places(query=query, limit=limit)]


def test_a_postcode_is_completed_from_its_first_digits() -> None:
    assert found("800", limit=3) == ["8000 Zürich", "8001 Zürich", "8002 Zürich"]
    assert found("8001") == ["8001 Zürich"]


@pytest.mark.parametrize("query", ["Zür", "zur", "ZÜRICH", "  zürich "])
def test_a_name_is_completed_whatever_its_accents_and_case(query: str) -> None:
    assert found(query, limit=2) == ["8000 Zürich", "8001 Zürich"]


def test_a_postcode_with_a_name_is_understood() -> None:
    assert found("8001 Zür") == ["8001 Zürich"]
    assert found("8001 Bern") == []


def test_names_that_begin_so_come_before_names_that_contain_it() -> None:
    names = found("bern", limit=50)
    begins = [name.partition(" ")[2].lower().startswith("bern") for name in names]
    assert begins == sorted(begins, reverse=True)
    assert False in begins


def test_words_are_found_without_their_points() -> None:
    assert "9000 St. Gallen" in found("st gallen")


@pytest.mark.parametrize("query", ["", "  ", "%", "_", "nowhere at all"])
def test_what_is_no_place_finds_none(query: str) -> None:
    assert found(query) == []


@pytest.mark.parametrize(
    ("query", "town"),
    [
        ("Bâle", "Basel"),
        ("Basilea", "Basel"),
        ("Berne", "Bern"),
        ("Berna", "Bern"),
        ("Lucerne", "Luzern"),
        ("Lucerna", "Luzern"),
        ("Saint-Gall", "St. Gallen"),
        ("San Gallo", "St. Gallen"),
        ("sankt gallen", "St. Gallen"),
        ("St.Gallen", "St. Gallen"),
        ("Winterthour", "Winterthur"),
        ("Genf", "Genève"),
        ("Geneva", "Genève"),
        ("Ginevra", "Genève"),
        ("Losanna", "Lausanne"),
        ("Zurigo", "Zürich"),
        ("Lugano", "Lugano"),
        ("Biel", "Biel/Bienne"),
        ("Bienne", "Biel/Bienne"),
    ],
)
def test_a_launch_city_is_meant_by_its_name_in_any_language(query: str, town: str) -> None:
    meant = places_meant(query)
    assert {place.name for place in meant} == {town}
    assert find_places(query=query, limit=1) == meant[:1]


@pytest.mark.parametrize("query", ["Zurig", "Basil", "St.Gal", "Ginev"])
def test_it_is_completed_in_any_language_too(query: str) -> None:
    assert find_places(query=query, limit=1)[0].city is not None


def test_a_postcode_with_a_name_of_another_language_is_understood() -> None:
    assert [str(place) for place in places_meant("1201 Genf")] == ["1201 Genève"]
    assert [str(place) for place in places_meant("3989 Biel")] == ["3989 Biel"]


@pytest.mark.parametrize("name", sorted(names_of_launch_towns()))
def test_the_name_of_a_launch_city_is_clear_although_it_has_many_postcodes(name: str) -> None:
    place = PlaceField().clean(name)
    assert place.search_name == name
    assert place.city is not None
