"""How long a way takes: the estimate, a routing server, and what happens when it does not answer."""

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from structlog.testing import capture_logs

from mila.lib import travel
from mila.lib.geo import Point
from mila.lib.travel import (
    EstimatingRouter,
    OsrmRouter,
    Pace,
    PatientRouter,
    RouterSilent,
    router_of,
    travel_by,
)

ZURICH, WINTERTHUR, BERN = Point(47.3769, 8.5417), Point(47.4999, 8.7241), Point(46.948, 7.4474)
PACE = Pace(detour=1.5, speed_kmh=30)


class Server(ThreadingHTTPServer):
    """Answers like OSRM's table service; `body` and `delay` spoil it."""

    asked: list[str]
    body: str | None = None
    delay: float = 0.0


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        sleep(self.server.delay)
        body = self.server.body if self.server.body is not None else self._table()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def _table(self) -> str:
        """From number i to number j takes 100 x i + j seconds."""
        chosen = parse_qs(urlsplit(self.path).query)
        rows, columns = (list(map(int, chosen[name][0].split(";"))) for name in ("sources", "destinations"))
        return json.dumps({"code": "Ok", "durations": [[100.2 * i + j for j in columns] for i in rows]})

    def log_message(self, *_anything: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.asked = []
        Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def osrm(server: Server) -> OsrmRouter:
    return OsrmRouter(f"http://127.0.0.1:{server.server_port}/", read_seconds=0.3)


def test_the_estimate_is_distance_times_detour_at_the_speed() -> None:
    km = timedelta(hours=1.5 * 19.4 / 30)
    assert abs(PACE(ZURICH, WINTERTHUR) - km) < timedelta(minutes=2)
    assert PACE(ZURICH, ZURICH) == timedelta()


def test_the_estimate_is_the_same_both_ways_and_in_whole_seconds() -> None:
    there = PACE(ZURICH, BERN)
    assert there == PACE(BERN, ZURICH)
    assert there.microseconds == 0


def test_a_table_has_a_row_for_each_origin(server: Server) -> None:
    table = osrm(server).table([ZURICH, BERN], [WINTERTHUR])
    assert table == [[timedelta(seconds=2)], [timedelta(seconds=102)]]
    assert server.asked[0].startswith(
        "/table/v1/driving/8.541700,47.376900;7.447400,46.948000;8.724100,47.499900?"
    )


@pytest.mark.parametrize(
    "body", ["", "{}", '{"durations": null}', '{"durations": [[null]]}', '{"durations": []}']
)
def test_an_odd_answer_is_none(server: Server, body: str) -> None:
    server.body = body
    with pytest.raises(RouterSilent):
        osrm(server).table([ZURICH], [BERN])


def test_who_does_not_answer_in_time_is_silent(server: Server) -> None:
    server.delay = 1.0
    with pytest.raises(RouterSilent):
        osrm(server).table([ZURICH], [BERN])


def test_the_estimate_stands_in_for_a_silent_server(monkeypatch: pytest.MonkeyPatch) -> None:
    # A logger that was used before keeps the processors of then.
    monkeypatch.setattr(travel, "logger", structlog.get_logger())
    nobody = OsrmRouter("http://127.0.0.1:9")
    with capture_logs() as logs:
        table = PatientRouter(nobody, EstimatingRouter(PACE)).table([ZURICH], [BERN])
    assert table == [[PACE(ZURICH, BERN)]]
    assert [line["event"] for line in logs] == ["router_silent"]


def test_without_an_address_nobody_is_asked() -> None:
    assert router_of(address="", pace=PACE) == EstimatingRouter(PACE)


def test_durations_between_places_are_asked_for_once(server: Server) -> None:
    travel = travel_by(osrm(server), [ZURICH, BERN, WINTERTHUR])
    assert travel(BERN, WINTERTHUR) == timedelta(seconds=105)
    assert travel(WINTERTHUR, BERN) == timedelta(seconds=204)
    assert len(server.asked) == 1
    assert travel_by(osrm(server), []) is not None
