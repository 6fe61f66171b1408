"""Statements whose plan PostgreSQL keeps, for the few that every page or every booking asks.

To read and plan a statement of several tables takes longer than to run it. A connection prepares such a statement when
it asks it first, and keeps it until it is closed; between us and the database there may be no pool that hands one
connection to several of us (ADR "Statements that every page asks are prepared").
"""

import re
import time
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from django.db import NotSupportedError
from django.db.backends.utils import CursorWrapper

FEATURE_NOT_SUPPORTED = "0A000"
_PLACEHOLDER = re.compile(r"%\((?P<name>\w+)\)s|(?P<next>%s)|%%")


class Prepared:
    """A statement with placeholders as a cursor has them, `%s` or `%(name)s`.

    It names its columns instead of `*`: while a release adds one, what a kept plan returns must stay as it is. Where
    PostgreSQL can't see what a parameter is, the statement casts it.
    """

    _numbers: ClassVar = count(1)
    # The names of those that a connection of the driver has prepared.
    _known: ClassVar[WeakKeyDictionary[Any, set[str]]] = WeakKeyDictionary()

    def __init__(self, statement: str) -> None:
        self.statement = statement
        self.name = f"mila_{next(self._numbers)}"
        self._names: list[str] = []
        self._asked = 0
        self._text = _PLACEHOLDER.sub(self._parameter, statement)
        parameters = ", ".join(["%s"] * (len(self._names) or self._asked))
        self._execute = f"EXECUTE {self.name} ({parameters})" if parameters else f"EXECUTE {self.name}"

    def run(self, cursor: CursorWrapper, values: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        """As `cursor.execute(statement, values)`."""
        ordered = [values[name] for name in self._names] if isinstance(values, Mapping) else values
        self._prepare(cursor)
        try:
            cursor.execute(self._execute, ordered)
        except NotSupportedError as error:
            if getattr(error.__cause__, "pgcode", None) != FEATURE_NOT_SUPPORTED:
                raise
            # A release has changed the type of a column: the connection must not stumble over it again.
            if cursor.db.in_atomic_block:
                cursor.db.close_at = time.monotonic()
                raise
            self._forget(cursor)
            self._prepare(cursor)
            cursor.execute(self._execute, ordered)

    def _prepare(self, cursor: CursorWrapper) -> None:
        connection = cursor.db.connection
        known = self._known.setdefault(connection, set())
        if self.name not in known:
            with cursor.db.wrap_database_errors, connection.cursor() as plain:
                plain.execute(f"PREPARE {self.name} AS {self._text}")
            known.add(self.name)

    def _forget(self, cursor: CursorWrapper) -> None:
        cursor.execute(f"DEALLOCATE {self.name}")
        self._known[cursor.db.connection].discard(self.name)

    def _parameter(self, found: re.Match[str]) -> str:
        if found["next"]:
            self._asked += 1
            return f"${self._asked}"
        if found["name"]:
            if found["name"] not in self._names:
                self._names.append(found["name"])
            return f"${self._names.index(found['name']) + 1}"
        return "%"
