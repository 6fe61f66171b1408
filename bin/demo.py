"""Runs the demo: `make demo`. Prepares the database, starts web, live, worker and beat, and stops them together."""

import argparse
import ctypes
import fcntl
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mila.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")

PROCESSES = ("web", "live", "worker", "beat")
START_SECONDS = 60
STOP_SECONDS = 15
PR_SET_PDEATHSIG = 1


class DemoError(Exception):
    """The demo can't go on; the message says what to do."""


class Stopped(BaseException):
    """Somebody wants the demo to end."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reset", action="store_true", help="throw the demo's data away and end")
    reset = parser.parse_args().reset
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _raise_stopped)
    data = Path(os.environ.get("MILA_DATA_DIR", ROOT / ".data")).absolute()
    try:
        with only_one(data):
            throw_away(data) if reset else Demo(data).run()
    except Stopped:
        print("\nStopped.")
    except DemoError as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        return 1
    return 0


def _raise_stopped(_signal: int, _frame: FrameType | None) -> None:
    # A second Ctrl-C must not interrupt the stopping.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    raise Stopped


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    data.mkdir(parents=True, exist_ok=True)
    with (data / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoError(
                f"another one is running on {data}. Stop that one first (Ctrl-C in its window)."
            ) from error
        yield


def throw_away(data: Path) -> None:
    """Remove what the demo has made in its data folder, and only that."""
    from mila.servers import joining
    from mila.servers.places import places_for

    places = places_for(data)
    joining.stop(places)
    if places.storage != data:
        shutil.rmtree(places.storage, ignore_errors=True)
    shutil.rmtree(places.sockets, ignore_errors=True)
    for name in ("postgres", "redis", "run", "servers", "logs", "media", "test-slots"):
        shutil.rmtree(data / name, ignore_errors=True)
    for name in ("secret_key", "storage"):
        (data / name).unlink(missing_ok=True)
    print(f"The demo's data in {data} is gone.")


class Demo:
    def __init__(self, data: Path) -> None:
        self.logs = data / "logs"
        self.logs.mkdir(exist_ok=True)
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def run(self) -> None:
        started = time.monotonic()
        try:
            welcome = self.prepare()
            address = self.start()
            self.await_web(address)
            print(f"\nmila runs at {address} (ready after {time.monotonic() - started:.0f} s)\n\n{welcome}")
            print(f"Logs: {self.logs}. Stop with Ctrl-C.", flush=True)
            self.watch()
        finally:
            self.stop()

    def prepare(self) -> str:
        """Everything that must be there before the processes start. Returns the demo logins."""
        with step("Starting PostgreSQL and Redis"):
            # Reading the settings joins the embedded servers, which then stay as long as this process.
            import django
            from django.core.management import call_command
            from django.core.management.base import CommandError
            from django.db import DatabaseError

            from mila.servers.places import ServersError

            try:
                django.setup()
            except ServersError as error:
                raise DemoError(str(error)) from error
        try:
            with step("Bringing the database up to date"):
                call_command("migrate", verbosity=0, interactive=False)
            with step("Collecting the static files"):
                call_command("collectstatic", verbosity=0, interactive=False)
            print("Looking after the demo market", flush=True)
            output = Progress()
            with dots():
                call_command("seed_demo", stdout=output)
        except (CommandError, DatabaseError) as error:
            raise DemoError(f"{error}\nIf the data is from an older version: make demo-reset.") from error
        return output.last

    def start(self) -> str:
        port = free_port(int(os.environ.get("PORT", "8000")))
        live_port = free_port(port + 1)
        address = f"http://localhost:{port}"
        environment = {
            "LIVE_URL": f"http://localhost:{live_port}",
            "SITE_URL": address,
            **os.environ,
            "WEB_BIND": f"127.0.0.1:{port}",
            "LIVE_BIND": f"127.0.0.1:{live_port}",
            "LOG_LEVEL": "INFO",
        }
        print("Starting web, live, worker and beat", flush=True)
        for name in PROCESSES:
            with (self.logs / f"{name}.log").open("wb") as log:
                self.children[name] = subprocess.Popen(
                    [ROOT / "bin/serve", name],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # Ctrl-C reaches us alone; we then end the children in good order.
                    start_new_session=True,
                    preexec_fn=_end_with_parent,
                )
        return f"{address}/"

    def await_web(self, address: str) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            self.complain_about_the_dead()
            try:
                with urllib.request.urlopen(f"{address}healthz", timeout=5):
                    return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.1)
        raise DemoError(f"the web server does not answer. Its log: {self.logs / 'web.log'}")

    def watch(self) -> None:
        while True:
            self.complain_about_the_dead()
            time.sleep(0.5)

    def complain_about_the_dead(self) -> None:
        for name, child in self.children.items():
            if child.poll() is not None:
                log = self.logs / f"{name}.log"
                last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise DemoError(
                    f"{name} ended by itself (code {child.returncode}).\n{last}\nThe whole log: {log}"
                )

    def stop(self) -> None:
        running = [child for child in self.children.values() if child.poll() is None]
        if running:
            print("\nStopping …", flush=True)
        for child in running:
            child.terminate()
        end = time.monotonic() + STOP_SECONDS
        for child in running:
            try:
                child.wait(timeout=max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def _end_with_parent() -> None:
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def free_port(first: int) -> int:
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise DemoError(f"no free port from {first} to {first + 99}. Name another by PORT=9000 make demo.")


@contextmanager
def step(title: str) -> Iterator[None]:
    started = time.monotonic()
    print(f"{title} … ", end="", flush=True)
    yield
    print(f"{time.monotonic() - started:.1f} s", flush=True)


@contextmanager
def dots() -> Iterator[None]:
    """Shows that something goes on."""
    done = threading.Event()

    def tick() -> None:
        while not done.wait(3):
            print(".", end="", flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
        print(flush=True)


class Progress(io.StringIO):
    """Shows what is being played, and keeps the last words (the logins) for the end, where they are looked for."""

    last = ""

    def write(self, text: str) -> int:
        if text.startswith("Playing"):
            print(f"  {text.strip()} ", end="", flush=True)
        self.last = text
        return len(text)


if __name__ == "__main__":
    sys.exit(main())
