"""What an area can be."""

import pytest

from partners.area.policy import Area, AreaProblem, area_of, area_problem, words_in


def test_postcodes_are_kept_in_order_and_once() -> None:
    assert area_of(radius_km=5, postcodes=["8032", "8001", "8032"]) == Area(5, ("8001", "8032"))


@pytest.mark.parametrize(
    ("area", "problem"),
    [
        (Area(1), None),
        (Area(50), None),
        (Area(0), AreaProblem.RADIUS),
        (Area(51), AreaProblem.RADIUS),
        (Area(15, tuple(str(code) for code in range(1000, 1200))), None),
        (Area(15, tuple(str(code) for code in range(1000, 1201))), AreaProblem.TOO_MANY),
        (Area(15, ("800",)), AreaProblem.NOT_A_POSTCODE),
        (Area(15, ("0800",)), AreaProblem.NOT_A_POSTCODE),
        (Area(15, ("8001 Zürich",)), AreaProblem.NOT_A_POSTCODE),
    ],
)
def test_limits_of_an_area(area: Area, problem: AreaProblem | None) -> None:
    assert area_problem(area) is problem


@pytest.mark.parametrize("text", ["8001 8002", "8001,8002", " 8001;\n8002,, ", "8001\t8002 8001"])
def test_commas_spaces_and_lines_stand_between_postcodes(text: str) -> None:
    assert words_in(text) == ["8001", "8002"]
