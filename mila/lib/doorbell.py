"""Rings after a commit, so that work which is due by a row in the database is done at once.

A bell is known by name; the roof says what answers (`answer_with`). Ringing may fail: the sweep finds the
row anyway, so a failure costs promptness only and is never shown to the person whose request it was.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache, partial

import structlog
from django.conf import settings
from django.db import transaction

from mila.lib.redis import Circuit

logger = structlog.get_logger(__name__)

circuit = Circuit()


class UnknownBell(LookupError):
    """No task answers this name: a slip in the code."""


class _Wiring:
    names: Collection[str] = ()
    send: Callable[[str], None] | None = None
    failures: tuple[type[Exception], ...] = (OSError,)
    silent: bool = False


def answer_with(
    send: Callable[[str], None], *, names: Collection[str], failures: tuple[type[Exception], ...]
) -> None:
    """Called once by the roof: `send(name)` makes the bell's task run; `failures` are the ways it may fail."""
    _Wiring.send, _Wiring.names, _Wiring.failures = send, names, failures


def ring(name: str) -> None:
    """Make the work behind the bell prompt, once this transaction has committed."""
    if name not in _Wiring.names:
        raise UnknownBell(name)
    press = _press_of(name)
    connection = transaction.get_connection()
    savepoints = set(connection.savepoint_ids)
    if any(call is press and sids == savepoints for sids, call, *_ in connection.run_on_commit):
        return
    transaction.on_commit(press, robust=True)


@cache
def _press_of(name: str) -> Callable[[], None]:
    """One callable per bell, so that a second ring in the same transaction is recognised."""
    return partial(press, name)


def press(name: str) -> None:
    """Send now. While Redis is known to be down nobody waits for it."""
    if is_silent() or circuit.is_open() or _Wiring.send is None:
        return
    try:
        _Wiring.send(name)
    except _Wiring.failures as error:
        circuit.fail()
        logger.warning("doorbell_unanswered", bell=name, error=type(error).__name__)
    else:
        circuit.close()


def is_silent() -> bool:
    """Whether nobody is to be called: by the settings, or during bulk work."""
    return _Wiring.silent or not settings.DOORBELL


@contextmanager
def silenced() -> Iterator[None]:
    """Nobody is called while this lasts: for bulk work whose rows the sweeps will find anyway."""
    _Wiring.silent = True
    try:
        yield
    finally:
        _Wiring.silent = False
