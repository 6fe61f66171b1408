"""Running many at once, and holding two at one point, with real connections and real transactions."""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Generic, TypeVar

from django.db import OperationalError, connection

from mila.lib.locks import DEADLOCK_DETECTED, Busy
from mila.lib.refusals import Refusal
from orders.verification import differences as differences_of_orders
from partners.verification import differences as differences_of_partners
from ratings.verification import differences as differences_of_ratings

ROUNDS = int(os.environ.get("MILA_RACE_ROUNDS", "1"))
CROWD = int(os.environ.get("MILA_RACE_CROWD", "200"))
START_WITHIN = 120.0

R = TypeVar("R")


@dataclass
class Finish(Generic[R]):
    """How a race ended: what the winners got, why others were refused, and what should not have happened."""

    won: list[R] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    crashed: list[BaseException] = field(default_factory=list)

    def reasons(self) -> set[str]:
        return {refusal.code for refusal in self.refused}


def race(contestants: Sequence[Callable[[], R]]) -> Finish[R]:
    """Start all at the same moment, each in a thread with its own connection, and wait for all to end.

    A deadlock counts as a crash, although the person who asked is only told that it is busy.
    """
    finish: Finish[R] = Finish()
    start = threading.Barrier(len(contestants))

    def run(contestant: Callable[[], R]) -> None:
        try:
            _connect()
            start.wait(START_WITHIN)
            finish.won.append(contestant())
        except Busy as busy:
            (finish.crashed if _is_deadlock(busy) else finish.refused).append(busy)
        except Refusal as refusal:
            finish.refused.append(refusal)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the test must see it
            finish.crashed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(contestant,)) for contestant in contestants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(finish.won) + len(finish.refused) + len(finish.crashed) == len(contestants)
    return finish


def _connect() -> None:
    """On a busy machine a crowd may be too much for the server's door at once."""
    for _attempt in range(10):
        try:
            connection.ensure_connection()
        except OperationalError:
            continue
        else:
            return
    connection.ensure_connection()


def _is_deadlock(busy: Busy) -> bool:
    cause = busy.__cause__.__cause__ if busy.__cause__ else None
    return getattr(cause, "pgcode", None) == DEADLOCK_DETECTED


class Meeting:
    """A point in the code where two threads wait for each other.

    When something, as a lock, keeps the second away, the first goes on after `patience` seconds: the same forced
    interleaving that breaks the code without its lock passes with it. A negative control waits `for_sure`.
    """

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2)
        self.patience = 1.0

    def for_sure(self) -> None:
        """Nothing is in the way: however slow the machine, the two will meet."""
        self.patience = 60.0

    def wait(self) -> None:
        try:
            self._barrier.wait(self.patience)
        except threading.BrokenBarrierError:
            return

    def before(self, act: Callable[..., R]) -> Callable[..., R]:
        """`act`, but not before both are there."""

        def together(*positional: object, **named: object) -> R:
            self.wait()
            return act(*positional, **named)

        return together


def differences(now: datetime) -> list[str]:
    """Everything that partners, orders and ratings find wrong."""
    checks = (differences_of_partners, differences_of_orders, differences_of_ratings)
    return list(chain.from_iterable(check(now) for check in checks))
