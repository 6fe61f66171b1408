"""A database of one's own on the same server: made, migrated, and dropped at the end whatever happens."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection


@contextmanager
def scratch_database() -> Iterator[str]:
    """The name of an empty migrated database, which Django's connection is on inside the block."""
    name, home = f"mila_bench_{os.getpid()}", connection.settings_dict["NAME"]
    _go_to("postgres")
    _execute(f"DROP DATABASE IF EXISTS {name}")
    _execute(f"CREATE DATABASE {name}")
    try:
        _go_to(name)
        call_command("migrate", verbosity=0)
        yield name
    finally:
        _go_to("postgres")
        _execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        _go_to(home)


def _go_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _execute(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
