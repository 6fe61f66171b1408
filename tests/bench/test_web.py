"""Pages and forms are measured under the production server, and their answers are what was asked for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCES = {
    "floor_list": None,
    "floor_item": None,
    "floor_insert": None,
    "home": "floor_list",
    "city_search": "floor_list",
    "partner_profile": "floor_item",
    "order_page": "floor_item",
    "dashboard": "floor_item",
    "booking_post": "floor_insert",
    "rating_post": "floor_insert",
}


@pytest.mark.django_db
def test_each_page_is_compared_with_the_bare_view_that_it_resembles() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "bench/web.py", "--partners", "1000", "--rounds", "1", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = {figure["name"]: figure for figure in json.loads(done.stdout)}
    expected = {
        f"{name}{part}": reference and f"{reference}{part}"
        for name, reference in REFERENCES.items()
        for part in ("", "_p50", "_p99")
    }
    assert {name: figure["reference"] for name, figure in figures.items()} == expected
    assert all(figure["value"] > 0 for figure in figures.values())
