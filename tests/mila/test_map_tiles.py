"""A map may load pictures from another host only if a tile server is named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = "from mila import settings as s; print(s.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src'][2:])"


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("", "[]"),
        ("https://tiles.example/{z}/{x}/{y}.png", "['https://tiles.example']"),
        ("https://{s}.tiles.example/{z}/{x}/{y}.png", "['https://*.tiles.example']"),
    ],
)
def test_pictures_come_from_the_named_tile_server_alone(address: str, hosts: str) -> None:
    environment = {**os.environ, "MILA_SERVERS": "off", "MAP_TILES_URL": address}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == hosts
