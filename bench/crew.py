"""Worker processes with connections of their own, as many as a worker of the house has."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.pool import Pool

from django.db import connection

from compliance.services import review_due

CORES = 2


@contextmanager
def crew() -> Iterator[Pool]:
    """The workers, warm; they are on the same database as this process."""
    # No connection may be shared with a child.
    connection.close()
    with multiprocessing.get_context("fork").Pool(CORES) as workers:
        workers.map(_look_around, range(CORES), chunksize=1)
        yield workers


def review_together(workers: Pool, *, now: datetime, limit: int) -> int:
    """Each claims its share, as two tasks of the sweep would; returns how many partners were reviewed."""
    share = -(-limit // CORES)
    return sum(workers.starmap(_review, [(now, share)] * CORES, chunksize=1))


def _review(now: datetime, limit: int) -> int:
    return review_due(now=now, limit=limit)


def _look_around(_number: int) -> None:
    connection.ensure_connection()
