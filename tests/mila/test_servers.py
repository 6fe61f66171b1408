"""The embedded servers with real processes, each test on a data folder of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from mila.servers import joining
from mila.servers.places import LONGEST_SOCKET_PATH, POSTGRES_SOCKET, Places, places_for

ROOT = Path(__file__).resolve().parents[2]
# What a process does that uses the servers: join, say so, and wait to be ended.
USER = """
import sys, time
from pathlib import Path
from mila.servers.joining import join
from mila.servers.places import places_for
join(places_for(Path(sys.argv[1])))
print("joined", flush=True)
time.sleep(120)
"""

pytestmark = pytest.mark.fault


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    # Not pytest's tmp_path: its folders are closed to the servers' own account.
    with tempfile.TemporaryDirectory(prefix="mila-test-") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("MILA_SERVERS_LINGER", "0.5")
        found = places_for(Path(folder) / "data")
        yield found
        joining.stop(found)


@pytest.fixture
def user(places: Places) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a process that uses the servers."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USER, str(places.data)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def joined(process: subprocess.Popen[str]) -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == "joined\n"


def ask(places: Places) -> int:
    with (
        contextlib.closing(psycopg2.connect(places.database_url())) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 42")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def all_gone(places: Places, pids: list[int]) -> bool:
    return joining.keeper_pid(places) is None and not any(alive(pid) for pid in pids)


def pids_of(places: Places) -> list[int]:
    state = joining.read_state(places)
    return [state["keeper"], state["postgres"], state["redis"]]


def test_two_starters_at_once_share_one_pair_of_servers(
    places: Places, user: Callable[[], subprocess.Popen[str]]
) -> None:
    first, second = user(), user()
    assert joined(first)
    assert joined(second)
    assert ask(places) == 42
    assert places.log.read_text().count("both servers are ready") == 1


def test_the_servers_stop_after_their_last_user_even_if_it_was_killed(
    places: Places, user: Callable[[], subprocess.Popen[str]]
) -> None:
    first, second = user(), user()
    assert joined(first)
    assert joined(second)
    pids = pids_of(places)
    first.terminate()
    first.wait()
    assert ask(places) == 42
    second.kill()
    second.wait()
    assert eventually(lambda: all_gone(places, pids))
    assert not places.ready.exists()


def test_pinned_servers_stay_without_users_until_they_are_stopped(
    places: Places, user: Callable[[], subprocess.Popen[str]]
) -> None:
    process = user()
    assert joined(process)
    places.pinned.touch()
    pids = pids_of(places)
    process.kill()
    process.wait()
    # Longer than servers without a user would stay.
    assert not eventually(lambda: not joining.is_running(places), seconds=1.5)
    assert joining.stop(places)
    assert eventually(lambda: all_gone(places, pids))


def test_a_killed_keeper_takes_the_servers_along_and_the_next_user_starts_anew(
    places: Places, user: Callable[[], subprocess.Popen[str]]
) -> None:
    assert joined(user())
    pids = pids_of(places)
    os.kill(pids[0], signal.SIGKILL)
    assert eventually(lambda: all_gone(places, pids))
    # The file that said "ready" is still there: only the lock counts.
    assert places.ready.exists()
    assert joined(user())
    assert ask(places) == 42
    assert pids_of(places)[0] != pids[0]


def test_a_killed_server_ends_the_keeper_and_the_next_user_starts_anew(
    places: Places, user: Callable[[], subprocess.Popen[str]]
) -> None:
    assert joined(user())
    pids = pids_of(places)
    os.kill(pids[1], signal.SIGKILL)
    assert eventually(lambda: all_gone(places, pids))
    assert joined(user())
    assert ask(places) == 42


def test_pid_files_left_by_a_crash_of_the_machine_do_not_matter(
    places: Places, user: Callable[[], subprocess.Popen[str]]
) -> None:
    process = user()
    assert joined(process)
    joining.stop(places)
    # As after a power cut; the pid is somebody else's by now.
    (places.postgres / "postmaster.pid").write_text(f"{os.getpid()}\n{places.postgres}\n")
    (places.sockets / f"{POSTGRES_SOCKET}.lock").write_text(f"{os.getpid()}\n")
    places.ready.write_text("{}")
    assert joined(user())
    assert ask(places) == 42


def test_a_long_path_puts_the_sockets_into_a_short_folder() -> None:
    found = places_for(Path("/tmp") / ("long" * 30))
    assert len(str(found.sockets / POSTGRES_SOCKET)) <= LONGEST_SOCKET_PATH
    assert found.storage == found.data


def test_two_checkouts_have_nothing_in_common() -> None:
    one, other = places_for(Path("/tmp/one/.data")), places_for(Path("/tmp/other/.data"))
    assert one.sockets != other.sockets
    assert one.postgres != other.postgres


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the servers to another account")
def test_root_keeps_the_data_elsewhere_when_the_checkout_is_private() -> None:
    with tempfile.TemporaryDirectory() as private:
        data = Path(private) / ".data"
        found = places_for(data)
        assert found.storage != data
        assert not found.storage.is_relative_to(private)
        Path(private).chmod(0o755)
        assert places_for(data).storage == data
