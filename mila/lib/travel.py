"""How long it takes from one place to another: estimated from the distance, or asked of a routing server.

The port is `Router`: a table of durations between places. `OsrmRouter` speaks the table service of OSRM, which
Valhalla-based servers offer too; it has timeouts, and whoever asks falls back to the estimate when it does not answer.
Never asked inside a transaction (`orders.schedule.ways`). After a failure nobody waits for it for a while.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import requests
import structlog

from mila.lib.geo import Point, distance_km
from mila.lib.redis import Circuit

# Of the one server that the settings name.
circuit = Circuit()
logger = structlog.get_logger(__name__)

Table = list[list[timedelta]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How people get about in a region: the way is `detour` times the distance, at `speed_kmh` from door to door."""

    detour: float = 1.3
    speed_kmh: float = 30.0

    def __call__(self, origin: Point, destination: Point) -> timedelta:
        """The estimated duration, in whole seconds, rounded up."""
        km = self.detour * distance_km(*origin, *destination)
        return timedelta(seconds=-int(-3600 * km // self.speed_kmh))


class RouterSilent(Exception):
    """The routing server did not answer, or not with what was asked."""


class Router(Protocol):
    """Durations from each of the origins to each of the destinations, as rows. Raises `RouterSilent`."""

    def table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Table: ...


@dataclass(frozen=True, slots=True)
class EstimatingRouter:
    """Needs nobody: every duration is the pace's."""

    pace: Pace

    def table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Table:
        return [[self.pace(origin, destination) for destination in destinations] for origin in origins]


@dataclass(frozen=True, slots=True)
class OsrmRouter:
    """The table service of OSRM at `address` (`https://routes.example`), by car."""

    address: str
    connect_seconds: float = 1.0
    read_seconds: float = 3.0

    def table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Table:
        places = [*origins, *destinations]
        path = ";".join(f"{place.longitude:.6f},{place.latitude:.6f}" for place in places)
        numbers = range(len(places))
        chosen = {
            "annotations": "duration",
            "sources": ";".join(map(str, numbers[: len(origins)])),
            "destinations": ";".join(map(str, numbers[len(origins) :])),
        }
        try:
            answer = requests.get(
                f"{self.address.rstrip('/')}/table/v1/driving/{path}",
                params=chosen,
                timeout=(self.connect_seconds, self.read_seconds),
            )
            answer.raise_for_status()
            rows = answer.json()["durations"]
            table = [[timedelta(seconds=round(float(seconds))) for seconds in row] for row in rows]
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise RouterSilent(type(error).__name__) from error
        if [len(row) for row in table] != [len(destinations)] * len(origins):
            raise RouterSilent("another table than the one asked for")
        return table


@dataclass(frozen=True, slots=True)
class PatientRouter:
    """Asks the first; when it is silent, the second."""

    first: Router
    second: Router
    circuit: Circuit = field(default_factory=Circuit)

    def table(self, origins: Sequence[Point], destinations: Sequence[Point]) -> Table:
        if self.circuit.is_open():
            return self.second.table(origins, destinations)
        try:
            answer = self.first.table(origins, destinations)
        except RouterSilent as silent:
            self.circuit.fail()
            logger.warning("router_silent", reason=str(silent))
            return self.second.table(origins, destinations)
        self.circuit.close()
        return answer


def router_of(*, address: str, pace: Pace) -> Router:
    """The routing server with the estimate behind it, or without an address the estimate alone."""
    estimate = EstimatingRouter(pace)
    return PatientRouter(OsrmRouter(address), estimate, circuit) if address else estimate


def travel_by(router: Router, places: Sequence[Point]) -> Callable[[Point, Point], timedelta]:
    """Durations between these places, asked for once; for a pure rule, or to be carried into a transaction."""
    known = dict(zip(places, router.table(places, places), strict=True)) if places else {}
    column = {place: number for number, place in enumerate(places)}
    return lambda origin, destination: known[origin][column[destination]]
