"""The production server on the database that Django's connection is on, as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connection

from mila.lib.redis import BROKER, CACHE

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
PATIENCE = 60
# Of the embedded Redis: beyond what the demo and its tests use.
REDIS_DATABASE = 240


@contextmanager
def production_server(*, workers: int) -> Iterator[tuple[str, int]]:
    """The address of `bin/serve web` in production mode, with the addresses of `bench.floor`."""
    address = (HOST, _free_port())
    redis_url = settings.REDIS_URL or settings.SERVERS.redis_url(REDIS_DATABASE)
    with tempfile.TemporaryDirectory(prefix="mila-web-") as folder:
        log = Path(folder) / "log"
        environment = _environment(redis_url, Path(folder)) | {
            "WEB_BIND": f"{HOST}:{address[1]}",
            "WEB_WORKERS": str(workers),
        }
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput"]
        subprocess.run(collect, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        with log.open("wb") as output:
            server = subprocess.Popen(
                [ROOT / "bin/serve", "web"], cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        try:
            _wait_for(address, server, log)
            yield address
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(PATIENCE)
            if not settings.REDIS_URL:
                _empty_own_redis()


def _environment(redis_url: str, folder: Path) -> dict[str, str]:
    """What production demands; the key of this process, so that its sessions are good there, too."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "bench.floor_settings",
        "MILA_MODE": "production",
        "DEBUG": "0",
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOWED_HOSTS": HOST,
        "BEHIND_PROXY": "1",
        "SITE_URL": f"https://{HOST}",
        "DATABASE_URL": _database_url(),
        "REDIS_URL": redis_url,
        "EMAIL_URL": "dummymail://",
        "DEFAULT_FROM_EMAIL": "mila <no-reply@mila.example>",
        "STATIC_ROOT": str(folder / "static"),
        "LANGUAGE_CODE": "fr",
        "LIVE_URL": "",
    }


def _database_url() -> str:
    config: dict[str, Any] = connection.settings_dict
    if not settings.DATABASE_URL:
        url: str = settings.SERVERS.database_url(config["NAME"])
        return url
    server = f"{config['USER']}:{config['PASSWORD']}@{config['HOST']}:{config['PORT'] or 5432}"
    return f"postgres://{server}/{config['NAME']}"


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port


def _wait_for(address: tuple[str, int], server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < end:
        try:
            with closing(HTTPConnection(*address, timeout=5)) as asking:
                asking.request("GET", "/healthz")
                if asking.getresponse().status == 200:
                    return
        except (OSError, HTTPException):
            time.sleep(0.1)
    raise SystemExit(f"The server does not answer:\n{log.read_text(errors='replace')[-4000:]}")


def _empty_own_redis() -> None:
    """The bells that were rung for no worker, and what was cached."""
    for number in (REDIS_DATABASE + BROKER, REDIS_DATABASE + CACHE):
        redis.Redis.from_url(settings.SERVERS.redis_url(number)).flushdb()
