"""What a partner's area can be, pure: a radius around the own place, or a list of postcodes (C1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LEAST_RADIUS_KM = 1
MOST_RADIUS_KM = 50
MOST_POSTCODES = 200
POSTCODE = re.compile(r"[1-9][0-9]{3}")


@dataclass(frozen=True, slots=True)
class Area:
    """`postcodes` in order, each once; none: everything within `radius_km` of the own place.

    The radius is kept beside the postcodes, for the day on which they are given up again.
    """

    radius_km: int
    postcodes: tuple[str, ...] = ()


class AreaProblem(StrEnum):
    """Why an area can't be kept."""

    RADIUS = "radius"
    TOO_MANY = "too_many"
    NOT_A_POSTCODE = "not_a_postcode"


def area_of(*, radius_km: int, postcodes: Sequence[str] = ()) -> Area:
    """The area in the one form in which it is kept."""
    return Area(radius_km, tuple(sorted(set(postcodes))))


def area_problem(area: Area) -> AreaProblem | None:
    """The first thing that is wrong with an area, if any. Whether a postcode exists is not known here."""
    if not LEAST_RADIUS_KM <= area.radius_km <= MOST_RADIUS_KM:
        return AreaProblem.RADIUS
    if len(area.postcodes) > MOST_POSTCODES:
        return AreaProblem.TOO_MANY
    if not all(POSTCODE.fullmatch(postcode) for postcode in area.postcodes):
        return AreaProblem.NOT_A_POSTCODE
    return None


def words_in(text: str) -> list[str]:
    """What was typed between commas, semicolons, spaces and line ends, each once, in that order."""
    return list(dict.fromkeys(re.findall(r"[^\s,;]+", text)))
