from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import Client

from mila import health
from mila.celery import SWEEPS
from mila.sweeps.models import SweepRun

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def all_sweeps_ran(ago: timedelta = timedelta(seconds=1), *, ok: bool = True) -> None:
    at = NOW - ago
    for name in SWEEPS:
        SweepRun.objects.create(name=name, started_at=at, finished_at=at, ok=ok)


def test_healthz_answers_without_a_database(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_a_house_where_all_sweeps_ran_is_ok_and_says_when() -> None:
    all_sweeps_ran(timedelta(seconds=5))
    report = health.examine(now=NOW, up_seconds=100)
    assert report["status"] == report["database"] == report["redis"] == "ok"
    assert report["sweeps"]["review"] == {"status": "ok", "age": 5, "error": ""}


@pytest.mark.django_db
def test_a_sweep_that_has_not_run_for_long_makes_the_house_not_ready(client: Client) -> None:
    all_sweeps_ran()
    late = NOW - timedelta(seconds=SWEEPS["offers"].late_after + 1)
    SweepRun.objects.filter(name="offers").update(finished_at=late)
    report = health.examine(now=NOW, up_seconds=1)
    assert report["status"] == "down"
    assert [name for name, state in report["sweeps"].items() if state["status"] == "late"] == ["offers"]


@pytest.mark.django_db
def test_a_sweep_at_its_limit_is_not_late_yet() -> None:
    all_sweeps_ran()
    SweepRun.objects.filter(name="offers").update(
        finished_at=NOW - timedelta(seconds=SWEEPS["offers"].late_after)
    )
    assert health.examine(now=NOW, up_seconds=1)["status"] == "ok"


@pytest.mark.django_db
def test_a_sweep_that_hangs_is_late_too() -> None:
    all_sweeps_ran()
    SweepRun.objects.filter(name="postings").update(finished_at=None, started_at=NOW - timedelta(hours=1))
    assert health.examine(now=NOW, up_seconds=1)["sweeps"]["postings"]["status"] == "late"


@pytest.mark.django_db
def test_a_sweep_that_failed_degrades() -> None:
    all_sweeps_ran()
    SweepRun.objects.filter(name="review").update(ok=False, error="OperationalError")
    report = health.examine(now=NOW, up_seconds=1)
    assert report["status"] == "degraded"
    assert report["sweeps"]["review"]["error"] == "OperationalError"


@pytest.mark.django_db
def test_a_new_house_waits_for_its_first_sweeps_but_not_for_ever() -> None:
    assert health.examine(now=NOW, up_seconds=10)["status"] == "ok"
    assert health.examine(now=NOW, up_seconds=10_000)["status"] == "down"


@pytest.mark.django_db
def test_without_redis_the_house_is_degraded_and_says_so(client: Client, settings: LazySettings) -> None:
    all_sweeps_ran()
    nowhere = {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/redis.sock?db=0"}
    settings.CACHES = settings.CACHES | {"default": nowhere}
    report = health.examine(now=NOW, up_seconds=1)
    assert (report["status"], report["redis"]) == ("degraded", "ConnectionError")


@pytest.mark.django_db
def test_without_a_database_readyz_answers_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("no connection")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "OperationalError"
