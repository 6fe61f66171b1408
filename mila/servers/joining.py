"""What a process does to have the embedded servers: hold a shared lock as long as it lives.

The lock is the kernel's, so a process that is killed lets go of it too. The keeper stops the servers
once it can take the same lock for itself alone.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mila.servers.places import Places, ServersError, make_folder

START_SECONDS = 120
STOP_SECONDS = 60
POLL_SECONDS = 0.03

# Kept open on purpose: closing the file would end the membership. Forked children share it.
_memberships: dict[Path, int] = {}


def join(places: Places) -> None:
    """Start the servers or join the running ones; they stay at least as long as this process."""
    if places.data in _memberships:
        return
    make_folder(places.data)
    make_folder(places.control)
    membership = os.open(places.users_lock, os.O_RDWR | os.O_CREAT, 0o644)
    # Waits only while a keeper is just stopping its servers.
    fcntl.flock(membership, fcntl.LOCK_SH)
    with _Locked(places.start_lock):
        _ensure_running(places)
    _memberships[places.data] = membership


def stop(places: Places) -> bool:
    """Stop the servers now, whoever uses them. Returns whether they were running."""
    places.pinned.unlink(missing_ok=True)
    keeper = keeper_pid(places)
    if keeper is None:
        return False
    os.kill(keeper, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while keeper_pid(places) == keeper:
        if time.monotonic() > end:
            raise ServersError(f"The servers did not stop. Look at {places.log}.")
        time.sleep(POLL_SECONDS)
    return True


def keeper_pid(places: Places) -> int | None:
    """The process that keeps the servers, known by the lock that it holds, not by a file left behind."""
    try:
        file = places.keeper_lock.open()
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read().strip() or 0) or None
    return None


def is_running(places: Places) -> bool:
    return _keeper_alive(places) and places.ready.exists()


def read_state(places: Places) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(places.ready.read_text())
    return state


def _keeper_alive(places: Places) -> bool:
    if not places.keeper_lock.exists():
        return False
    with places.keeper_lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _ensure_running(places: Places) -> None:
    """Called under the start lock, so one process at a time looks and starts."""
    end = time.monotonic() + START_SECONDS
    starts = 0
    while not is_running(places):
        if not _keeper_alive(places):
            if starts == 2 or time.monotonic() > end:
                raise ServersError(
                    f"The embedded servers could not be started.\n{_last_lines(places.log)}\n"
                    f"The whole log: {places.log}. A data folder that is beyond help: make demo-reset."
                )
            starts += 1
            places.ready.unlink(missing_ok=True)
            _spawn_keeper(places)
        time.sleep(POLL_SECONDS)
        if time.monotonic() > end:
            raise ServersError(f"The embedded servers take too long to start. Look at {places.log}.")


def _spawn_keeper(places: Places) -> None:
    """Returns when the keeper has its lock (or has failed); the keeper detaches itself."""
    with places.log.open("ab") as log:
        subprocess.run(
            [sys.executable, "-m", "mila.servers.keeper", str(places.data)],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            check=False,
        )


def _last_lines(file: Path, count: int = 12) -> str:
    lines = file.read_text(errors="replace").splitlines() if file.exists() else []
    return "\n".join(f"  {line}" for line in lines[-count:])


class _Locked:
    """An exclusive lock on a file, for the length of a with block."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        self.file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *exception: object) -> None:
        os.close(self.file)
