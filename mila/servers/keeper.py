"""The process that runs the embedded servers: `python -m mila.servers.keeper DATA_FOLDER`.

It detaches, starts PostgreSQL and Redis, and stops both when no process holds the users' lock any
more (unless they are pinned), when it is told to (SIGTERM), or when one of them dies. It holds its own
lock while it lives. Should it be killed, the kernel tells both servers to end.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2

from mila.servers.binaries import Binaries, find_binaries
from mila.servers.places import (
    POSTGRES_PORT,
    POSTGRES_SOCKET,
    Places,
    ServersError,
    make_folder,
    places_for,
    server_account,
)

DATABASE = "mila"
PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.25
# One command after another in a script should find the servers still there.
LINGER_SECONDS = float(os.environ.get("MILA_SERVERS_LINGER", "3"))
READY_SECONDS = 60

# Nothing of value lies in these databases, so the disk need not keep up with every commit.
POSTGRES_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "400",
    "shared_buffers": "512MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "max_locks_per_transaction": "256",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def main() -> None:
    places = places_for(Path(sys.argv[1]))
    lock = os.open(places.keeper_lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    if os.fork():
        # The lock goes on in the child, so whoever started us finds it held.
        os._exit(0)
    os.chdir("/")
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    try:
        Keeper(places).run()
    except (ServersError, OSError, subprocess.SubprocessError) as error:
        log(f"stopped: {error}")
        sys.exit(1)


def log(message: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} keeper {os.getpid()}: {message}", flush=True)


class Keeper:
    def __init__(self, places: Places) -> None:
        self.places = places
        self.account = server_account()
        self.binaries: Binaries = find_binaries(self.account)
        self.told_to_stop = False
        self.servers: list[tuple[str, subprocess.Popen[bytes], signal.Signals]] = []
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def run(self) -> None:
        try:
            self._start()
            self._watch()
        finally:
            self.places.ready.unlink(missing_ok=True)
            self._stop()

    def _on_stop(self, *_arguments: object) -> None:
        self.told_to_stop = True

    def _start(self) -> None:
        places = self.places
        places.ready.unlink(missing_ok=True)
        if places.storage != places.data:
            make_folder(places.storage.parent)
            make_folder(places.storage)
            _point(places.data / "storage", places.storage)
        for folder in (places.sockets, places.redis):
            make_folder(folder, owner=self.account, mode=0o700)
        _end_left_overs(places)
        self._make_cluster()
        postgres = self._launch("PostgreSQL", _postgres_command(self.binaries, places), signal.SIGINT)
        redis_server = self._launch("Redis", _redis_command(self.binaries, places), signal.SIGTERM)
        self._await("PostgreSQL", postgres, lambda: _make_database(places))
        self._await("Redis", redis_server, lambda: _ping_redis(places))
        state: dict[str, Any] = {
            "keeper": os.getpid(),
            "postgres": postgres.pid,
            "redis": redis_server.pid,
            "sockets": str(places.sockets),
        }
        partial = places.ready.with_suffix(".partial")
        partial.write_text(json.dumps(state))
        partial.replace(places.ready)
        log("both servers are ready")

    def _make_cluster(self) -> None:
        """A new database cluster, made beside its place and moved there when complete."""
        folder, places = self.places.postgres, self.places
        if (folder / "PG_VERSION").exists():
            self._check_version(folder)
            make_folder(folder, owner=self.account, mode=0o700)
            return
        for left_over in places.storage.glob("postgres.*"):
            shutil.rmtree(left_over, ignore_errors=True)
        partial = places.storage / f"postgres.{os.getpid()}"
        make_folder(partial, owner=self.account, mode=0o700)
        command = [
            str(self.binaries.initdb),
            f"--pgdata={partial}",
            f"--username={DATABASE}",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--encoding=UTF8",
            "--auth=trust",
            "--no-sync",
        ]
        result = subprocess.run(
            command, preexec_fn=self._become(None), env=_environment(), capture_output=True, text=True
        )
        if result.returncode:
            raise ServersError(f"initdb failed: {result.stdout}{result.stderr}")
        partial.replace(folder)

    def _check_version(self, folder: Path) -> None:
        have = (folder / "PG_VERSION").read_text().strip()
        output = subprocess.run([self.binaries.postgres, "--version"], capture_output=True, text=True)
        offered = output.stdout.split()[-1].split(".")[0]
        if have != offered:
            raise ServersError(
                f"{folder} was made by PostgreSQL {have}, installed is {offered}: make demo-reset."
            )

    def _become(self, death_signal: signal.Signals | None) -> Callable[[], None]:
        account, keeper = self.account, os.getpid()
        prctl = getattr(ctypes.CDLL(None), "prctl", None)

        def prepare() -> None:
            account.take()
            os.chdir("/")
            # After the change of user, which would clear it.
            if death_signal and prctl:
                prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
                if os.getppid() != keeper:
                    os._exit(1)

        return prepare

    def _launch(self, name: str, command: list[str], end: signal.Signals) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            preexec_fn=self._become(end),
            env=_environment(),
            stdin=subprocess.DEVNULL,
            # Not in our session: a signal to a whole group must not reach the servers past the keeper.
            start_new_session=True,
        )
        self.servers.append((name, process, end))
        return process

    def _await(self, name: str, process: subprocess.Popen[bytes], answers: Callable[[], None]) -> None:
        end = time.monotonic() + READY_SECONDS
        while True:
            try:
                return answers()
            except (psycopg2.OperationalError, OSError) as error:
                if process.poll() is not None:
                    raise ServersError(
                        f"{name} ended with code {process.returncode} at its start."
                    ) from error
                if time.monotonic() > end or self.told_to_stop:
                    raise ServersError(f"{name} does not answer: {error}") from error
            time.sleep(0.02)

    def _watch(self) -> None:
        users = os.open(self.places.users_lock, os.O_RDWR | os.O_CREAT, 0o644)
        alone_since: float | None = None
        while not self.told_to_stop:
            for name, process, _ in self.servers:
                if process.poll() is not None:
                    raise ServersError(f"{name} ended by itself with code {process.returncode}.")
            if self._is_alone(users):
                alone_since = alone_since or time.monotonic()
                if time.monotonic() - alone_since >= LINGER_SECONDS and self._is_alone(users, keep=True):
                    # The lock stays taken: whoever comes now waits until we are gone, then starts anew.
                    log("the last user has ended")
                    return
            else:
                alone_since = None
            time.sleep(POLL_SECONDS)
        log("told to stop")

    def _is_alone(self, users: int, *, keep: bool = False) -> bool:
        if self.places.pinned.exists() and self.places.data.exists():
            return False
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if not keep:
            fcntl.flock(users, fcntl.LOCK_UN)
        return True

    def _stop(self) -> None:
        for _, process, end in self.servers:
            if process.poll() is None:
                process.send_signal(end)
        for name, process, _ in self.servers:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                log(f"{name} did not end and is killed")
                process.send_signal(signal.SIGQUIT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=5)
                process.kill()
        log("stopped")


def _environment() -> dict[str, str]:
    """Nothing of the caller's: no libpq or locale settings, no secrets in the servers' environment."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _postgres_command(binaries: Binaries, places: Places) -> list[str]:
    options = POSTGRES_OPTIONS | {"unix_socket_directories": str(places.sockets)}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    extra = shlex.split(os.environ.get("MILA_POSTGRES_OPTIONS", ""))
    return [str(binaries.postgres), "-D", str(places.postgres), "-p", str(POSTGRES_PORT), *settings, *extra]


def _redis_command(binaries: Binaries, places: Places) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(places.redis_socket),
        "unixsocketperm": "700",
        "dir": str(places.redis),
        "databases": "256",
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    return [str(binaries.redis), *(part for name, value in options.items() for part in (f"--{name}", value))]


def _make_database(places: Places) -> None:
    """Answers once PostgreSQL takes connections and the database is there."""
    connection = psycopg2.connect(
        host=str(places.sockets), port=POSTGRES_PORT, user=DATABASE, dbname="postgres", connect_timeout=5
    )
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        connection.close()


def _ping_redis(places: Places) -> None:
    # By hand, because importing the client takes longer than starting the server.
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(places.redis_socket))
        connection.sendall(b"PING\r\n")
        if connection.recv(16) != b"+PONG\r\n":
            raise ConnectionError("Redis is not ready")


def _end_left_overs(places: Places) -> None:
    """End servers that an earlier keeper left (where the kernel does not do it), and their pid files.

    A pid alone proves nothing: after a restart of the machine it may be anybody's.
    """
    pid_file = places.postgres / "postmaster.pid"
    if pid_file.exists():
        first = pid_file.read_text().split("\n", 1)[0].strip()
        pid = int(first) if first.isdigit() else 0
        if pid and str(places.postgres) in _command_line(pid):
            log(f"ending a left-over PostgreSQL ({pid})")
            _end(pid, signal.SIGINT)
        pid_file.unlink(missing_ok=True)
    for name in (POSTGRES_SOCKET, f"{POSTGRES_SOCKET}.lock"):
        (places.sockets / name).unlink(missing_ok=True)
    for process in _processes_with(str(places.redis_socket)):
        log(f"ending a left-over Redis ({process})")
        _end(process, signal.SIGTERM)
    places.redis_socket.unlink(missing_ok=True)


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        result = subprocess.run(
            ["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return result.stdout


def _processes_with(argument: str) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")] if Path("/proc").exists() else []
    return [
        pid
        for pid in pids
        if _command_line(pid).startswith(("redis", "/")) and argument in _command_line(pid)
    ]


def _end(pid: int, how: signal.Signals) -> None:
    end = time.monotonic() + 30
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)
        while time.monotonic() < end:
            os.kill(pid, 0)
            if not _command_line(pid):
                return
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)


def _point(link: Path, target: Path) -> None:
    """Leave a pointer where people look for the data."""
    if link.is_symlink():
        link.unlink()
    link.symlink_to(target)


if __name__ == "__main__":
    main()
