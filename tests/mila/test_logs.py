import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from django.http import HttpRequest
from django.test import Client

from mila import logs


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What the log would show, as JSON lines."""
    config = logs.configure(level="INFO", as_json=True)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=config["formatters"]["lines"]["foreign_pre_chain"],
        processors=config["formatters"]["lines"]["processors"],
    )
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler = Keep()
    handler.setFormatter(formatter)
    handler.addFilter(logs.ByRoute())
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


def test_a_request_is_logged_by_its_route_and_id_without_path_and_query(
    client: Client, lines: list[str]
) -> None:
    client.get("/healthz?email=ann@mila.example")
    entry = json.loads(next(line for line in lines if "request_finished" in line))
    assert entry["request"] == "GET /healthz"
    assert len(entry["request_id"]) == 36
    assert "user_id" not in entry
    assert "ip" not in entry
    assert not any("ann@" in line for line in lines)


def test_e_mail_addresses_and_quoted_rows_are_struck_from_messages(lines: list[str]) -> None:
    logging.getLogger("any").error("no mail to %s", "ann.b+c@mail.mila.example")
    try:
        raise ValueError(
            'duplicate key "one_user_per_email"\nDETAIL:  Key (email)=(Ann Secret) already exists.'
        )
    except ValueError:
        structlog.get_logger("any").exception("failed")
    assert json.loads(lines[0])["event"] == "no mail to [e-mail]"
    assert "one_user_per_email" in lines[1]
    assert "Ann Secret" not in lines[1]


def test_djangos_own_words_about_a_request_name_the_route(lines: list[str]) -> None:
    request = HttpRequest()
    request.path = "/accounts/password/reset/key/1-secret/"
    logging.getLogger("django.request").error(
        "Internal Server Error: %s", request.path, extra={"request": request}
    )
    assert "secret" not in lines[0]
    assert json.loads(lines[0])["event"] == "Internal Server Error: /?"
