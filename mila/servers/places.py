"""Where the embedded servers keep their files, and as which system user they run."""

import hashlib
import os
import pwd
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

# sun_path holds 108 bytes with the closing zero.
LONGEST_SOCKET_PATH = 107
POSTGRES_PORT = 5432
POSTGRES_SOCKET = f".s.PGSQL.{POSTGRES_PORT}"
REDIS_SOCKET = "redis.sock"
# PostgreSQL refuses to run as root, so root hands both servers to this user.
UNPRIVILEGED_USER = "nobody"


class ServersError(RuntimeError):
    """The embedded servers can't run; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The system user that the servers run as."""

    uid: int
    gid: int

    def take(self) -> None:
        """Become this user for good (in a fresh child process of root)."""
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)


def server_account() -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(UNPRIVILEGED_USER)
    except KeyError:
        return Account(65534, 65534)
    return Account(entry.pw_uid, entry.pw_gid)


@dataclass(frozen=True)
class Places:
    """All paths of one pair of servers. `data` identifies the pair: one per checkout by default."""

    data: Path
    storage: Path
    sockets: Path

    @property
    def control(self) -> Path:
        return self.data / "servers"

    @property
    def users_lock(self) -> Path:
        return self.control / "users.lock"

    @property
    def start_lock(self) -> Path:
        return self.control / "start.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.control / "keeper.lock"

    @property
    def ready(self) -> Path:
        return self.control / "ready.json"

    @property
    def pinned(self) -> Path:
        return self.control / "pinned"

    @property
    def log(self) -> Path:
        return self.control / "servers.log"

    @property
    def postgres(self) -> Path:
        return self.storage / "postgres"

    @property
    def redis(self) -> Path:
        return self.storage / "redis"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / REDIS_SOCKET

    def database_url(self, name: str = "mila") -> str:
        return f"postgres://mila@/{name}?" + urlencode({"host": str(self.sockets), "port": POSTGRES_PORT})

    def redis_url(self, first_database: int = 0) -> str:
        return f"unix://{quote(str(self.redis_socket))}?db={first_database}"


def shelter() -> Path:
    """A folder that every user may enter, for what can't stay inside a private home folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/mila")
    return Path(tempfile.gettempdir()) / f"mila-{os.geteuid()}"


def fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def places_for(data: Path) -> Places:
    """The paths for a data folder; nothing is made."""
    data = data.absolute()
    storage = data if may_enter(data, server_account()) else shelter() / fingerprint(data)
    sockets = storage / "run"
    if len(os.fsencode(sockets / POSTGRES_SOCKET)) > LONGEST_SOCKET_PATH:
        sockets = Path("/tmp") / f"mila-{fingerprint(data)}"
    return Places(data=data, storage=storage, sockets=sockets)


def may_enter(folder: Path, account: Account) -> bool:
    """Whether the account could work in the folder (or in the nearest parent that exists)."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if account.uid == os.geteuid():
        return True
    return _succeeds_as(account, lambda: os.chdir(folder))


def may_read(file: Path, account: Account) -> bool:
    return account.uid == os.geteuid() or _succeeds_as(account, lambda: file.open("rb").close())


def _succeeds_as(account: Account, action: Callable[[], None]) -> bool:
    """Try it in a child: the kernel knows every permission, a look at mode bits does not."""
    child = os.fork()
    if child == 0:
        try:
            account.take()
            action()
        except OSError:
            os._exit(1)
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def make_folder(folder: Path, *, owner: Account | None = None, mode: int = 0o755) -> None:
    """Make a folder if missing and see that it belongs to the owner (a folder in /tmp may be anyone's)."""
    folder.mkdir(parents=True, exist_ok=True)
    status = folder.lstat()
    expected = owner.uid if owner else os.geteuid()
    if folder.is_symlink() or (status.st_uid not in {expected, os.geteuid()}):
        raise ServersError(
            f"{folder} belongs to another user. Run as that user, or name another folder by MILA_DATA_DIR."
        )
    if owner and status.st_uid != owner.uid:
        os.chown(folder, owner.uid, owner.gid)
    if status.st_mode & 0o777 != mode:
        folder.chmod(mode)
