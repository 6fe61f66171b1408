"""Loads facts that another system has recorded: every row or none, however long the file is.

Rows are checked here while the database stores the rows before them. They go in by COPY, in file order, so that
ids grow in recording order. Partners are locked only at the end, when their counts and review marks are written:
until then nobody can see the new jobs, and nobody waits. Reasons and measurements: docs/adr.
"""

import csv
import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, Self

from django.db import connection
from psycopg2.errors import UniqueViolation

from mila.lib.arrays import instants, numbers
from mila.lib.locks import locking
from orders.history_rows import COLUMNS, REASON, HistoryRow, Refused, read_history
from partners.models import City
from partners.reviews import mark_for_review
from partners.services import Arrival, enrol_imported, lock_partners, note_earlier_joining

# Larger chunks are handed over more slowly, as their memory is given back and asked for again each time.
CHUNK = 5_000
PROBLEMS_KEPT = 100
MOST_REMEMBERED_PARTNERS = 200_000
WORTH_ANALYZING = 10_000
LOCK_TIMEOUT_MS = 60_000
ONE_IMPORT_AT_A_TIME = 0x6D696C61_68697374  # a key for the advisory lock: "milahist"

COPY = """
COPY orders_job (
       import_reference, partner_id, accepted_at, outcome, outcome_at, client_stars, stars_published_at)
FROM STDIN WITH (DELIMITER ',', NULL '')
"""

TRUSTING = ("SET LOCAL session_replication_role = replica", "SET LOCAL session_replication_role = origin")
# Partners are looked up after each chunk, so that the list of what is still to be looked up stays short.
LOOKING_UP = ("", "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

KNOWN = """
SELECT job.import_reference, partner.reference, job.accepted_at, job.outcome, job.outcome_at, job.client_stars,
       job.stars_published_at
  FROM orders_job job JOIN partners_partner partner ON partner.id = job.partner_id
 WHERE job.import_reference = ANY(%s)
"""

ADDED = """
SELECT partner_id, count(*), count(*) FILTER (WHERE outcome = 'cancelled'),
       count(*) FILTER (WHERE outcome = 'no_show'),
       greatest(max(accepted_at), max(outcome_at) FILTER (WHERE outcome IN ('cancelled', 'no_show'))),
       max(accepted_at), min(accepted_at)
  FROM orders_job
 WHERE id > %s AND import_reference IS NOT NULL
 GROUP BY partner_id
 ORDER BY partner_id
"""

COUNT = """
INSERT INTO orders_partnertally AS tally (
       partner_id, accepted, cancelled, no_shows, latest_fact_at, last_accepted_at)
SELECT * FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::timestamptz[], %s::timestamptz[])
    ON CONFLICT (partner_id) DO UPDATE
   SET accepted = tally.accepted + excluded.accepted, cancelled = tally.cancelled + excluded.cancelled,
       no_shows = tally.no_shows + excluded.no_shows,
       latest_fact_at = greatest(tally.latest_fact_at, excluded.latest_fact_at),
       last_accepted_at = greatest(tally.last_accepted_at, excluded.last_accepted_at)
"""

Progress = Callable[[int, int], None]


class AnotherImport(Exception):
    """An import is running already; nothing was done."""


@dataclass
class Report:
    """What became of the rows. `problems` are the first refused ones; `rejected` is the file that has them all."""

    read: int = 0
    added: int = 0
    known: int = 0
    refused: int = 0
    problems: list[Refused] = field(default_factory=list)
    rejected: Path | None = None


class BadRows(Exception):
    """Some rows were refused and nothing of the file was kept."""

    def __init__(self, report: Report) -> None:
        super().__init__(f"{report.refused} bad rows")
        self.report = report


def import_history(
    *, path: Path, skip_bad: bool, now: datetime, progress: Progress = lambda _bytes, _rows: None
) -> Report:
    """Load the file (policy "Commands"); `progress(bytes, rows)` is told now and then how far reading has come.

    A job that is known already, with nothing else said about it, adds nothing. Unless bad rows are skipped into
    a file of their own, one is enough to keep nothing: `BadRows`. Raises also `history_rows.BadHeader`,
    `AnotherImport`, `Busy`.
    """
    cities = dict(City.objects.values_list("slug", "id"))
    with ExitStack() as closing:
        file = closing.enter_context(path.open("rb"))
        refusals = closing.enter_context(_Refusals(rejected_path(path) if skip_bad else None))
        closing.enter_context(_without_garbage_collection())
        closing.enter_context(locking(LOCK_TIMEOUT_MS))
        before = _begin()
        loading = _Loading(cities, refusals)
        closing.callback(loading.close)
        lines = TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
        rows: list[HistoryRow] = []
        for entry in read_history(lines, cities):
            refusals.report.read += 1
            if isinstance(entry, Refused):
                refusals.add(entry)
                continue
            rows.append(entry)
            if len(rows) == CHUNK:
                progress(file.tell(), refusals.report.read)
                loading.load(rows)
                rows = []
        loading.load(rows)
        loading.finish()
        if refusals.report.refused and not skip_bad:
            raise BadRows(refusals.report)
        _settle(before, refusals.report.added, now)
        progress(file.tell(), refusals.report.read)
    return refusals.report


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Rows hold no cycles; looking for some among them took a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def rejected_path(path: Path) -> Path:
    """`history.csv` -> `history.rejected.csv`."""
    return path.with_name(f"{path.stem if path.suffix.lower() == '.csv' else path.name}.rejected.csv")


def _begin() -> int:
    """Take the lock of imports; returns the id that every job added from now on is above."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_IMPORT_AT_A_TIME])
        if not cursor.fetchone()[0]:
            raise AnotherImport
        cursor.execute("SELECT COALESCE(max(id), 0) FROM orders_job")
        latest: int = cursor.fetchone()[0]
    return latest


def _settle(before: int, added: int, now: datetime) -> None:
    """Count the new jobs for their partners, and mark these for review."""
    if not added:
        return
    with connection.cursor() as cursor:
        cursor.execute(ADDED, [before])
        partners, *counts, latest, accepted, joined = zip(*cursor.fetchall(), strict=True)
        lock_partners(partner_ids=partners)
        cursor.execute(
            COUNT, [numbers(partners), *map(numbers, counts), instants(latest), instants(accepted)]
        )
        note_earlier_joining(joined_at=dict(zip(partners, joined, strict=True)))
        mark_for_review(partner_ids=partners, now=now)
        if added >= WORTH_ANALYZING:
            cursor.execute("ANALYZE orders_job, orders_partnertally, partners_partner")


class _Refusals:
    """Counts the refused rows, keeps the first and writes all of them to a file if one is wanted."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.report = Report()
        self._closing = ExitStack()
        self._write: Callable[[Sequence[str]], Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._closing.close()

    def add(self, refused: Refused) -> None:
        self.report.refused += 1
        if len(self.report.problems) < PROBLEMS_KEPT:
            self.report.problems.append(refused)
        if self.path is not None:
            padding = [""] * (len(COLUMNS) - len(refused.fields))
            self._writer(self.path)([*refused.fields, *padding, str(refused)])

    def _writer(self, path: Path) -> Callable[[Sequence[str]], Any]:
        if self._write is None:
            file = path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
            self._closing.enter_context(file)
            self._write = csv.writer(file, lineterminator="\n").writerow
            self._write([*COLUMNS, REASON])
            self.report.rejected = path
        return self._write


class _Loading:
    """Stores chunk after chunk on the connection of the open transaction; one chunk is under way at a time."""

    def __init__(self, cities: dict[str, int], refusals: _Refusals) -> None:
        self.cities, self.refusals = cities, refusals
        self.partners: dict[str, int] = {}
        self.executor = ThreadPoolExecutor(max_workers=1)
        self.under_way: tuple[Future[None], list[HistoryRow]] | None = None
        self.may_trust = _may_skip_lookups()
        # A Django connection belongs to one thread; the one of psycopg2 below it does not.
        self.database: Any = connection.connection

    def close(self) -> None:
        self.executor.shutdown(wait=True)

    def load(self, rows: list[HistoryRow]) -> None:
        """Store the rows while the caller goes on reading; what became of them shows with the next call."""
        rows = self._without_repetitions(rows)
        # Writing the text needs no database while nobody new is named, so it need not wait for its turn either.
        text = None if self._names_somebody_new(rows) else self._text_of(rows)
        self.finish()
        if not rows or (self.refusals.report.refused and self.refusals.path is None):
            return
        self.under_way = self.executor.submit(self._copy, text or self._text_of(rows)), rows

    def finish(self) -> None:
        """Wait for the chunk under way. If it holds a job that is known, only the others of it are stored."""
        if self.under_way is None:
            return
        (future, rows), self.under_way = self.under_way, None
        # Not `result()`: what it raises would hold this frame, and this frame the rows, until somebody collects.
        problem = future.exception()
        if isinstance(problem, UniqueViolation):
            rows = self._without_known(rows)
            self._copy(self._text_of(rows))
        elif problem is not None:
            raise problem
        self.refusals.report.added += len(rows)

    def _without_repetitions(self, rows: list[HistoryRow]) -> list[HistoryRow]:
        if len({row.job for row in rows}) == len(rows):
            return rows
        seen: dict[str, HistoryRow] = {}
        kept = []
        for row in rows:
            first = seen.setdefault(row.job, row)
            if first is row:
                kept.append(row)
            else:
                self._pass_over(row, is_same=(row.partner, row.facts) == (first.partner, first.facts))
        return kept

    def _without_known(self, rows: list[HistoryRow]) -> list[HistoryRow]:
        with connection.cursor() as cursor:
            cursor.execute(KNOWN, [[row.job for row in rows]])
            known = {job: facts for job, *facts in cursor.fetchall()}
        for row in rows:
            if row.job in known:
                self._pass_over(row, is_same=_says_no_more(row, known[row.job]))
        return [row for row in rows if row.job not in known]

    def _pass_over(self, row: HistoryRow, *, is_same: bool) -> None:
        if is_same:
            self.refusals.report.known += 1
            return
        fields = [row.job, row.partner, row.city, *row.facts.split(",")]
        self.refusals.add(Refused(row.line, "job", f"{row.job} is known with other facts", fields))

    def _names_somebody_new(self, rows: list[HistoryRow]) -> bool:
        return bool({row.partner for row in rows} - self.partners.keys())

    def _text_of(self, rows: list[HistoryRow]) -> str:
        """The rows as COPY reads them, in their order."""
        partners = self.partners
        if self._names_somebody_new(rows):
            if len(partners) > MOST_REMEMBERED_PARTNERS:
                partners.clear()
            # Reversed, so that the first row of a partner says where and when an unknown one begins.
            arrivals = {
                row.partner: Arrival(self.cities[row.city], row.facts.split(",", 1)[0])
                for row in reversed(rows)
                if row.partner not in partners
            }
            partners.update(enrol_imported(arrivals=arrivals))
        return "".join([f"{_escaped(row.job)},{partners[row.partner]},{row.facts}\n" for row in rows])

    def _copy(self, text: str) -> None:
        """Runs beside the reading, in the open transaction. Raises `UniqueViolation` and leaves nothing behind."""
        before, after = TRUSTING if self.may_trust else LOOKING_UP
        with self.database.cursor() as cursor:
            # In three pieces: after each, this thread waits for its turn behind the reading.
            cursor.execute(f"SAVEPOINT history; {before}")
            try:
                cursor.copy_expert(COPY, StringIO(text), size=len(text) + 1)
                cursor.execute(f"{after}; RELEASE SAVEPOINT history")
            except UniqueViolation:
                cursor.execute("ROLLBACK TO SAVEPOINT history")
                raise


def _may_skip_lookups() -> bool:
    """Whether this role may store rows without a lookup of each row's partner: superusers may, and grantees.

    The ids come from partners that this transaction has just read and holds against removal, so there is nothing
    to find out; the lookups would be 40 % of the work.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        return bool(cursor.fetchone()[0])


def _says_no_more(row: HistoryRow, known: Sequence[Any]) -> bool:
    """Whether all that the row says is on record; more may be."""
    partner, accepted_at, outcome, outcome_at, stars, published_at = known
    accepted, ended_as, ended, given, rated = row.facts.split(",")
    return (
        row.partner == partner
        and datetime.fromisoformat(accepted) == accepted_at
        and (not ended_as or (ended_as == outcome and datetime.fromisoformat(ended) == outcome_at))
        and (not given or (given == str(stars) and datetime.fromisoformat(rated) == published_at))
    )


def _escaped(job: str) -> str:
    return job.replace("\\", "\\\\").replace(",", "\\,")
