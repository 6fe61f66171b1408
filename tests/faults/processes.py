"""Real processes for fault tests: workers that can be killed, a Redis that can be stopped, and waiting for both."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import psycopg2
import redis
from django.core.management import call_command
from django.db import connection

from mila.servers.binaries import find_binaries
from mila.servers.places import server_account

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds; a busy machine is slow, not broken


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether the condition comes true in time. It looks often, so that nothing hangs on the length of a pause."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def verified() -> list[str]:
    """What `manage.py verify` says, line by line."""
    out = StringIO()
    with contextlib.suppress(SystemExit):
        call_command("verify", stdout=out, stderr=StringIO())
    return out.getvalue().splitlines()


class Worker:
    """`celery worker` (and beat, if asked for) in a process group of its own."""

    def __init__(self, environment: dict[str, str], log: Path, *, beat: bool = False) -> None:
        self.log = log
        command = [sys.executable, "-m", "celery", "--app", "mila", "worker", "--concurrency", "1"]
        command += ["--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        command += ["--beat", "--schedule", str(log.with_suffix(".beat"))] if beat else []
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
            )

    def kill(self) -> None:
        """-9 to all of it at once, the process that works and the one that watches over it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)


class LiveProcess:
    """The live process as `bin/serve` starts it, at a port of its own."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment, self.log = environment, log
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [ROOT / "bin/serve", "live"],
                env=self.environment | {"LIVE_BIND": f"127.0.0.1:{self.port}"},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        assert eventually(self._answers), self.log.read_text()

    def stop(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)
            self.process = None

    def says(self, request: bytes) -> bytes:
        """The first line of the answer to what is sent as it stands."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as wire:
            wire.sendall(request)
            return wire.makefile("rb").readline()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
            return True
        return False


class OwnRedis:
    """A Redis server that nobody else uses. Nothing outlives a stop: the queue is only a doorbell."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.socket = folder, folder / "redis.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        program = find_binaries(server_account()).redis
        options = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder), "--save", ""]
        self.process = subprocess.Popen([str(program), *options], stdout=subprocess.DEVNULL)
        assert eventually(self._answers)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=30)
            self.process = None
            self.socket.unlink(missing_ok=True)

    def is_worked_off(self, *, lost: int) -> bool:
        """Every task sent has been done, but for `lost` ones that a killed worker had taken."""
        with contextlib.closing(redis.Redis.from_url(self.url)) as client:
            return client.llen("celery") == 0 and client.hlen("unacked") == lost

    def _answers(self) -> bool:
        with (
            contextlib.closing(redis.Redis.from_url(self.url)) as client,
            contextlib.suppress(redis.RedisError),
        ):
            return bool(client.ping())
        return False


@contextlib.contextmanager
def held(statement: str, parameters: list[object]) -> Iterator[psycopg2.extensions.cursor]:
    """Another transaction that has run the statement, and holds what it locked until the block ends."""
    own = connection.get_connection_params()
    own.pop("cursor_factory", None)
    other = psycopg2.connect(**own)
    try:
        cursor = other.cursor()
        cursor.execute(statement, parameters)
        yield cursor
    finally:
        other.rollback()
        other.close()


def somebody_waits_for_a_lock() -> bool:
    """Another process of this database has come so far that it needs what the test holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                            WHERE datname = current_database() AND wait_event_type = 'Lock')
            """
        )
        ((waits,),) = cursor.fetchall()
    return bool(waits)


def nobody_else_is_at_work() -> bool:
    """The server has noticed the death of the killed process and undone what it had begun.

    Idle connections may be left over from live servers of earlier tests of this process.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
               AND state <> 'idle'
            """
        )
        ((others,),) = cursor.fetchall()
    return bool(others == 0)
