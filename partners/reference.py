"""Loads the launch cities, the skills and the postcode table: for the first migration, and for emptied tables."""

import csv
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from mila.lib.geo import distance_km

DATA = Path(__file__).parent / "data"
SERVED_WITHIN_KM = 20.0


class PlaceRow(NamedTuple):
    postcode: str
    name: str
    canton: str
    latitude: float
    longitude: float


def search_name(name: str) -> str:
    """Lower case and without accents, as names are looked up: `Zürich` -> `zurich`."""
    decomposed = unicodedata.normalize("NFKD", name.strip().lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def spoken_name(name: str) -> str:
    """A name without its signs, as it sounds: `St.Gallen`, `st gallen` and `St. Gallen` are the same."""
    return " ".join(re.findall(r"\w+", search_name(name)))


@cache
def names_of_launch_towns() -> Mapping[str, frozenset[str]]:
    """How each town that gives a launch city its name is called in any language, by the town's search name."""
    launch = _launch()
    return {
        search_name(city["name"]): frozenset(
            spoken_name(name) for name in (city["name"], *launch["other_names"][city["slug"]])
        )
        for city in launch["cities"]
    }


def read_places() -> Iterator[PlaceRow]:
    with (DATA / "swiss_postal_codes.tsv").open(encoding="utf-8", newline="") as lines:
        for postcode, name, canton, latitude, longitude in csv.reader(lines, delimiter="\t"):
            yield PlaceRow(postcode, name, canton, float(latitude), float(longitude))


def load(apps: Any) -> None:
    """Insert what is missing; running it again changes nothing. `apps` is a migration's registry or Django's own."""
    launch = _launch()
    city_model, skill_model = apps.get_model("partners", "City"), apps.get_model("partners", "Skill")
    for row in launch["cities"]:
        city_model.objects.get_or_create(slug=row["slug"], defaults=row)
    for row in launch["skills"]:
        names = {f"name_{language}": row[language] for language in ("en", "fr", "de", "it")}
        skill_model.objects.get_or_create(slug=row["slug"], defaults=names)
    _load_places(apps.get_model("partners", "Place"), list(city_model.objects.all()))


def _launch() -> Any:
    return json.loads((DATA / "launch.json").read_text(encoding="utf-8"))


def _load_places(place_model: Any, cities: Sequence[Any]) -> None:
    seen: set[tuple[str, str]] = set(place_model.objects.values_list("postcode", "name"))
    places = []
    for row in read_places():
        if (row.postcode, row.name) in seen:
            continue
        seen.add((row.postcode, row.name))
        places.append(
            place_model(**row._asdict(), search_name=search_name(row.name), city=_serving(row, cities))
        )
    place_model.objects.bulk_create(places, batch_size=1000, ignore_conflicts=True)


def _serving(row: PlaceRow, cities: Sequence[Any]) -> Any:
    """The nearest city, if it is near enough to serve the place."""

    def away(city: Any) -> float:
        return distance_km(row.latitude, row.longitude, city.latitude, city.longitude)

    nearest = min(cities, key=away, default=None)
    return nearest if nearest is not None and away(nearest) <= SERVED_WITHIN_KM else None
