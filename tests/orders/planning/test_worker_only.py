"""The library of routes, with numpy and pandas behind it, stays out of the web process."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HEAVY = "sorted({'vroom', 'numpy', 'pandas'} & set(sys.modules))"


def heavy_after(code: str) -> str:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "mila.settings", "MILA_SERVERS": "off"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import sys\n{code}\nprint({HEAVY})"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_the_web_process_does_not_load_it() -> None:
    web = "import mila.wsgi, mila.urls\nfrom django.urls import reverse\nreverse('home')"
    assert heavy_after(web) == "[]"


def test_ringing_a_bell_does_not_load_it_either() -> None:
    web = "import mila.wsgi, mila.urls\nfrom mila.celery import app\napp.finalize(); app.send_task"
    assert heavy_after(web) == "[]"


def test_the_worker_does() -> None:
    worker = "import mila.wsgi\nfrom mila.celery import app\napp.loader.import_default_modules()"
    assert heavy_after(worker) == "['numpy', 'pandas', 'vroom']"
