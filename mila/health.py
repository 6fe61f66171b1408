"""Whether the house stands: `/healthz` for the process, `/readyz` for all that it needs."""

import time
from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mila.celery import SWEEPS
from mila.sweeps.models import SweepRun

REDIS_SECONDS = 0.5
_process_started = time.monotonic()


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 `ok` or `degraded`, or 503 `down` (no database, or a sweep that has not run for too long)."""
    report = examine(now=timezone.now(), up_seconds=time.monotonic() - _process_started)
    return JsonResponse(report, status=503 if report["status"] == "down" else 200)


def examine(*, now: datetime, up_seconds: float) -> dict[str, Any]:
    """The state of each part. Ages are in seconds."""
    redis_state = _redis_state()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        runs = {run.name: run for run in SweepRun.objects.all()}
    except DatabaseError as error:
        return {"status": "down", "database": type(error).__name__, "redis": redis_state, "sweeps": {}}
    sweeps = {
        name: _sweep_state(runs.get(name), now, late_after=sweep.late_after, up_seconds=up_seconds)
        for name, sweep in SWEEPS.items()
    }
    states = {state["status"] for state in sweeps.values()}
    if "late" in states:
        status = "down"
    elif redis_state != "ok" or states - {"ok", "waiting"}:
        status = "degraded"
    else:
        status = "ok"
    return {"status": status, "database": "ok", "redis": redis_state, "sweeps": sweeps}


def _redis_state() -> str:
    client = redis.Redis.from_url(
        str(settings.CACHES["default"]["LOCATION"]),
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
    )
    try:
        client.ping()
    except redis.RedisError as error:
        return type(error).__name__
    finally:
        client.close()
    return "ok"


def _sweep_state(
    run: SweepRun | None, now: datetime, *, late_after: int, up_seconds: float
) -> dict[str, str | int | None]:
    """`waiting` before the first run, `ok`, `failed` (it ran, and raised), or `late`."""
    if run is None or run.finished_at is None:
        waited = up_seconds if run is None else (now - run.started_at) / timedelta(seconds=1)
        return {"status": "waiting" if waited <= late_after else "late", "age": None, "error": ""}
    age = int((now - run.finished_at) / timedelta(seconds=1))
    status = "late" if age > late_after else "ok" if run.ok else "failed"
    return {"status": status, "age": age, "error": run.error}
