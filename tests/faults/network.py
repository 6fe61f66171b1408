"""Two hosts on one machine: network namespaces on a bridge, and servers that they reach by TCP at its address.

What is sent to or from a host that is cut off vanishes, as when a cable is pulled: no connection is closed, nothing is
refused. Bridge and servers are in a namespace too, and the tests reach the servers by sockets: were an address of the
machine itself to come or go, each browser on it would break requests off ("network changed"), in other tests too.
Needs root and `ip`; whatever was made is removed, also what a killed run has left.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from mila.servers.binaries import find_binaries
from mila.servers.keeper import POSTGRES_OPTIONS, PR_SET_PDEATHSIG
from mila.servers.places import make_folder, server_account
from tests.faults.processes import ROOT

PREFIX = "mila"
BRIDGE = "bridge"
NAMESPACES = Path("/run/netns")
CLONE_NEWNET = 0x40000000
POSTGRES_PORT, REDIS_PORT = 5632, 6579
READY_SECONDS = 60


def why_not() -> str | None:
    """Why there can be no hosts here; None if there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "`ip` is missing: install iproute2"
    trial = f"{PREFIX}-trial-{os.getpid()}"
    for command in (["netns", "add", trial], ["netns", "exec", trial, "true"]):
        if _ip(*command, check=False):
            _ip("netns", "delete", trial, check=False)
            return "no network namespaces may be made here"
    _ip("netns", "delete", trial, check=False)
    return None


def addresses() -> list[tuple[str, ...]]:
    """Of this machine; no network of ours may change them."""
    lines = subprocess.run(["ip", "-oneline", "address"], capture_output=True, text=True, check=True).stdout
    # "2: eth0    inet 192.0.2.2/24 ...", and what follows counts down.
    return sorted(tuple(line.split()[1:4]) for line in lines.splitlines())


@contextlib.contextmanager
def number_of_our_own() -> Iterator[int]:
    """The first number that no other test process on this machine has, of whatever checkout."""
    for number in range(1, 100):
        with (Path(tempfile.gettempdir()) / f"{PREFIX}-network-{number}.lock").open("w") as lock:
            if _takes(lock):
                yield number
                return
    raise AssertionError("a hundred networks at once?")


def _takes(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass
class Host:
    """One namespace with a cable to the bridge, whose other end is in `middle`."""

    namespace: str
    middle: str
    cable: str
    address: str

    def runs(self, *command: str) -> list[str]:
        """The command line that runs a command on this host."""
        return ["ip", "netns", "exec", self.namespace, *command]

    def cut_off(self) -> None:
        _ip("-n", self.middle, "link", "set", self.cable, "down")

    def connect(self) -> None:
        _ip("-n", self.middle, "link", "set", self.cable, "up")


@dataclass
class Network:
    """A bridge with an address of ours, and hosts on it. Of its number there is no other on this machine."""

    number: int
    hosts: list[Host] = field(default_factory=list)

    @property
    def middle(self) -> str:
        """The namespace of the bridge and of the servers."""
        return f"{PREFIX}{self.number}br"

    @property
    def subnet(self) -> str:
        """From the block that is set aside for tests of networks."""
        return f"198.18.{self.number}.0/24"

    @property
    def address(self) -> str:
        return self._address(1)

    def build(self, hosts: int) -> None:
        self.hosts = [
            Host(f"{PREFIX}{self.number}h{n}", self.middle, f"cable{n}", self._address(1 + n))
            for n in range(1, hosts + 1)
        ]
        self.remove()
        _ip("netns", "add", self.middle)
        inside = ("-n", self.middle)
        _ip(*inside, "link", "add", BRIDGE, "type", "bridge")
        _ip(*inside, "address", "add", f"{self.address}/24", "dev", BRIDGE)
        _ip(*inside, "link", "set", BRIDGE, "up")
        for host in self.hosts:
            self._attach(host)

    def remove(self) -> None:
        """A namespace takes its ends of cables with it, and so the whole cables."""
        for host in self.hosts:
            _ip("netns", "delete", host.namespace, check=False)
        _ip("netns", "delete", self.middle, check=False)

    def _attach(self, host: Host) -> None:
        _ip("netns", "add", host.namespace)
        ends = (host.cable, "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
        _ip("-n", self.middle, "link", "add", *ends)
        _ip("-n", self.middle, "link", "set", host.cable, "master", BRIDGE, "up")
        inside = ("-n", host.namespace)
        _ip(*inside, "address", "add", f"{host.address}/24", "dev", "eth0")
        _ip(*inside, "link", "set", "eth0", "up")
        _ip(*inside, "link", "set", "lo", "up")

    def _address(self, last: int) -> str:
        return f"198.18.{self.number}.{last}"


class Servers:
    """A PostgreSQL and a Redis of the test's own, at an address that hosts reach and at sockets that we reach.

    They end with this process.
    """

    def __init__(self, folder: Path, network: Network) -> None:
        self.folder, self.network = folder, network
        self.account = server_account()
        self.binaries = find_binaries(self.account)
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def database_url(self) -> str:
        return f"postgres://mila@{self.network.address}:{POSTGRES_PORT}/postgres"

    @property
    def redis_url(self) -> str:
        return f"redis://{self.network.address}:{REDIS_PORT}/0"

    @property
    def sockets(self) -> Path:
        return self.folder / "sockets"

    @property
    def our_database(self) -> dict[str, str]:
        """For Django's DATABASES."""
        return {"NAME": "postgres", "USER": "mila", "HOST": str(self.sockets), "PORT": str(POSTGRES_PORT)}

    @property
    def our_broker(self) -> str:
        return f"redis+socket://{self._redis_socket}"

    @property
    def _redis_socket(self) -> Path:
        return self.sockets / "redis"

    def start(self) -> None:
        for name in ("redis", "sockets"):
            make_folder(self.folder / name, owner=self.account, mode=0o700)
        cluster = self._make_cluster()
        options = POSTGRES_OPTIONS | {
            "listen_addresses": self.network.address,
            "unix_socket_directories": str(self.sockets),
            "max_connections": "60",
            "shared_buffers": "64MB",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._launch([str(self.binaries.postgres), "-D", str(cluster), "-p", str(POSTGRES_PORT), *settings])
        self._launch(
            [
                *(str(self.binaries.redis), "--port", str(REDIS_PORT), "--bind", self.network.address),
                *("--unixsocket", str(self._redis_socket), "--unixsocketperm", "700"),
                *("--protected-mode", "no", "--save", "", "--appendonly", "no"),
                *("--dir", str(self.folder / "redis"), "--loglevel", "warning"),
            ]
        )
        for path in (self.sockets / f".s.PGSQL.{POSTGRES_PORT}", self._redis_socket):
            self._await(path)

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGQUIT if process is self.processes[0] else signal.SIGKILL)
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)

    def _make_cluster(self) -> Path:
        cluster = self.folder / "postgres"
        make_folder(cluster, owner=self.account, mode=0o700)
        command = [str(self.binaries.initdb), f"--pgdata={cluster}", "--username=mila", "--auth=trust"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8", "--no-sync"]
        subprocess.run(command, preexec_fn=self._become, env=CLEAN, capture_output=True, check=True)
        with (cluster / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all mila {self.network.subnet} trust\n")
        return cluster

    def _launch(self, command: list[str]) -> None:
        with (self.folder / f"{Path(command[0]).name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                preexec_fn=self._become,  # noqa: PLW1509 - as in the keeper
                env=CLEAN,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)

    def _become(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with (NAMESPACES / self.network.middle).open() as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "not let into the namespace")
        self.account.take()
        os.chdir("/")
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGQUIT), 0, 0, 0)

    def _await(self, path: Path) -> None:
        end = time.monotonic() + READY_SECONDS
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as trial:
                    return trial.connect(str(path))
            except OSError:
                assert all(process.poll() is None for process in self.processes), self._logs()
                assert time.monotonic() < end, self._logs()
                time.sleep(0.05)

    def _logs(self) -> str:
        return "\n".join(log.read_text() for log in self.folder.glob("*.log"))


CLEAN = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class Site:
    """Worker and beat of a host, as `bin/serve` starts them, in process groups of their own."""

    def __init__(self, host: Host, environment: dict[str, str], log: Path) -> None:
        self.host, self.log, self.environment = host, log, environment
        self.processes: list[subprocess.Popen[bytes]] = []
        worker = [
            "worker",
            "--concurrency",
            "2",
            "--loglevel",
            "INFO",
            "--without-gossip",
            "--without-mingle",
        ]
        self._run(worker)

    def start_beat(self) -> None:
        self._run(["beat", "--loglevel", "WARNING", "--pidfile", ""])

    def kill(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)

    def _run(self, command: list[str]) -> None:
        command = self.host.runs(sys.executable, "-m", "celery", "--app", "mila", *command)
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.processes.append(process)


def _ip(*arguments: str, check: bool = True) -> int:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"
    return done.returncode
