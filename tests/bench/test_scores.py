"""The measurements run, in the format that every bench script keeps."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    "copy": None,
    "import_history": "copy",
    "import_memory_at_10": None,
    "import_memory": "import_memory_at_10",
    "seq_scan": None,
    "index_only_scan": None,
    "recompute_all": "index_only_scan",
    "assess_all": "index_only_scan",
    "recompute_from_facts": "index_only_scan",
    "review_1000_dirty": "index_only_scan",
    "review_1000_alone": "index_only_scan",
    "rating_at_50": None,
    "rating_at_5000": "rating_at_50",
    "rating_at_50000": "rating_at_50",
    "peak_memory": None,
}


@pytest.mark.django_db
def test_a_small_market_is_measured_and_printed_as_one_list() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "bench/scores.py", "--partners", "30", "--jobs", "20", "--rows", "2000", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert {figure["name"]: figure["reference"] for figure in figures} == NAMES
    for figure in figures:
        assert set(figure) == {"name", "value", "unit", "reference", "reference_value", "ratio"}
        assert figure["value"] > 0
        assert (figure["ratio"] is None) == (figure["reference"] is None)
