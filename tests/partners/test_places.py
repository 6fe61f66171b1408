import pytest

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
