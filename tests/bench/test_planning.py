"""A city's day is assigned with much less way than by going to whoever is nearest, and to no fewer clients."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    "plan_200x50": None,
    "ranking_orders": None,
    "ranking_travel": None,
    "nearest_neighbour_orders": None,
    "nearest_neighbour_travel": None,
    "plan_orders": "nearest_neighbour_orders",
    "plan_travel": "nearest_neighbour_travel",
}


def test_the_plan_beats_the_nearest_neighbour() -> None:
    done = subprocess.run(
        [sys.executable, "bench/planning.py", "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = {figure["name"]: figure for figure in json.loads(done.stdout)}
    assert {name: figure["reference"] for name, figure in figures.items()} == NAMES
    assert figures["plan_orders"]["ratio"] >= 1
    assert figures["plan_travel"]["ratio"] <= 0.85
