"""What all tests share: clean cache, silent doorbells, a browser, and an environment for real processes."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils import translation
from hypothesis import settings as property_tests

from mila.lib import doorbell, watching
from mila.servers.places import Places
from tests.factories import load_launch_data
from tests.settings import TEST_REDIS_URL

# An example that waits for a busy machine is slow, not wrong.
property_tests.register_profile("patient", deadline=None)
property_tests.load_profile("patient")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session", autouse=True)
def _launch_data_after_truncation() -> None:
    """A test with real transactions empties all tables at its end; the rows of the first migrations come back."""
    post_migrate.connect(_load_launch_data, sender=apps.get_app_config("billing"), weak=False)


def _load_launch_data(**_signal: object) -> None:
    load_launch_data()


@pytest.fixture(autouse=True)
def _clean_cache() -> Iterator[None]:
    """Rate limits and cached pages of one test are not the next one's."""
    cache.clear()
    yield
    doorbell.circuit.close()
    watching.circuit.close()


@pytest.fixture(autouse=True)
def _language_of_the_site(settings: LazySettings) -> Iterator[None]:
    """A page that a test client asked for in Italian leaves its language behind in this thread."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def bells(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the bells that have been pressed, in order; nothing is sent."""
    pressed: list[str] = []
    settings.DOORBELL = True
    monkeypatch.setattr(doorbell._Wiring, "send", staticmethod(pressed.append))
    return pressed


@pytest.fixture
def real_bells(settings: LazySettings) -> None:
    """Bells reach the Redis of this test process."""
    settings.DOORBELL = True


@pytest.fixture
def process_environment(transactional_db: None, settings: LazySettings) -> dict[str, str]:
    """For real processes (manage.py, a worker, gunicorn) that shall work on this test's database and Redis."""
    config: dict[str, Any] = connection.settings_dict
    if config["HOST"]:
        address = f"{config['USER']}:{config['PASSWORD']}@{config['HOST']}:{config['PORT'] or 5432}"
        database_url = f"postgres://{address}/{config['NAME']}"
    else:
        places: Places = settings.SERVERS
        database_url = places.database_url(config["NAME"])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return environment | {
        "DJANGO_SETTINGS_MODULE": "mila.settings",
        "DATABASE_URL": database_url,
        "REDIS_URL": TEST_REDIS_URL,
        "LANGUAGE_CODE": "en",
    }


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    arguments = [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-gpu",
    ]
    system = {"executable_path": CHROMIUM} if CHROMIUM else {}
    return {**browser_type_launch_args, **system, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-CH", "timezone_id": "Europe/Zurich"}
