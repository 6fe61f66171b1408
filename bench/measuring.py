"""What `make bench` measures."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection

from bench import market
from bench.crew import CORES, crew, review_together
from bench.exchange import RATED_HISTORIES, Exchange
from bench.figures import Figures, memory_mb, middle, peak_memory_mb, say, timed
from bench.history_file import copy_into_bare_table, write_history
from bench.scratch import scratch_database
from compliance.services import assess_city, recompute_all, review_due
from orders.services.history import import_history
from partners.models import City
from ratings.standings import standings_from_facts

REPETITIONS = 5
RATINGS = 15
DIRTY = 1000
CHANGED_SHARE = 0.05
COPY_REPETITIONS = 3

SEQUENTIAL = "SELECT count(*), sum(client_stars) FROM orders_job"
INDEX_ONLY = "SELECT count(*), sum(client_stars) FROM orders_job WHERE outcome = 'completed'"


def measure(*, partners: int, jobs: int, rows: int) -> Figures:
    figures = Figures()
    with scratch_database():
        say(f"Importing {rows:,} rows ...")
        measure_import(figures, rows=rows, partners=min(partners, max(rows // 20, 1)))
    with scratch_database():
        say(f"Building {partners:,} partners with {jobs:,} jobs each ...")
        market.build_market(partners=partners, jobs=jobs)
        exchanges = [Exchange(history=history, ratings=RATINGS) for history in RATED_HISTORIES]
        recompute_all(now=market.NOW)
        market.settle()
        say("Scanning ...")
        measure_scans(figures)
        say("Recomputing ...")
        measure_recomputing(figures, partners)
        say("Reviewing ...")
        measure_review(figures, partners)
        say("Rating ...")
        measure_ratings(figures, exchanges)
    figures.add("peak_memory", peak_memory_mb(), "MB")
    return figures


def measure_import(figures: Figures, *, rows: int, partners: int) -> None:
    """Rows per second, and what the process holds at the end beside a tenth of the way."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "history.csv"
        write_history(path, rows=rows, partners=partners)
        size = path.stat().st_size
        copying = middle([timed(copy_into_bare_table, path) for _ in range(COPY_REPETITIONS)])
        held: list[tuple[int, float]] = []
        seconds = timed(
            import_history,
            path=path,
            skip_bad=False,
            now=market.NOW,
            progress=lambda position, _rows: held.append((position, memory_mb())),
        )
        figures.add("copy", round(rows / copying), "rows/s")
        figures.add("import_history", round(rows / seconds), "rows/s", "copy")
        early = max(memory for position, memory in held if position <= size / 10 or memory is held[0][1])
        figures.add("import_memory_at_10", early, "MB")
        figures.add("import_memory", max(memory for _position, memory in held), "MB", "import_memory_at_10")


def measure_scans(figures: Figures) -> None:
    for name, statement, scan in (
        ("seq_scan", SEQUENTIAL, "Seq Scan"),
        ("index_only_scan", INDEX_ONLY, "Index Only Scan"),
    ):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            if scan not in plan:
                say(f"{name}: the planner would do otherwise and is told to.")
                cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
            times = [timed(cursor.execute, statement) for _ in range(REPETITIONS + 1)]
            cursor.execute("RESET enable_seqscan; RESET enable_bitmapscan")
        figures.add(name, middle(times[1:]), "s")


def measure_recomputing(figures: Figures, partners: int) -> None:
    """Each repetition comes after a day of new facts about 5 % of the partners."""
    times = []
    for hour in hours():
        market.add_facts(count=max(1, int(partners * CHANGED_SHARE)), salt=hour, at=at(hour))
        times.append(timed(recompute_all, now=at(hour), at_once=CORES))
    figures.add("recompute_all", middle(times), "s", "index_only_scan")
    figures.add("assess_all", round(timed(assess_every_city, at(REPETITIONS)), 6), "s", "index_only_scan")
    past = market.END - timedelta(days=30)
    times = [timed(standings_from_facts, None, past) for _ in hours()]
    figures.add("recompute_from_facts", middle(times), "s", "index_only_scan")


def assess_every_city(now: datetime) -> None:
    """What follows the recomputing at night: rules, notices, ranks."""
    for city in City.objects.order_by("pk"):
        assess_city(city=city, as_of=now, dry_run=False)


def measure_review(figures: Figures, partners: int) -> None:
    """By the processes of one worker, as the sweep shares it out, and by a single one. They take turns."""
    together, alone = [], []
    dirty = min(DIRTY, partners)
    while review_due(now=at(REPETITIONS), limit=DIRTY):
        pass
    with crew() as workers:
        for turn in range(2 * (REPETITIONS + 1)):
            now = at(REPETITIONS + 1 + turn)
            market.add_facts(count=dirty, salt=100 + turn, at=now)
            if turn % 2:
                together.append(timed(review_together, workers, now=now, limit=dirty))
            else:
                alone.append(timed(review_due, now=now, limit=dirty))
    # The first turn of each warms up, as with the scans.
    figures.add("review_1000_dirty", middle(together[1:]), "s", "index_only_scan")
    figures.add("review_1000_alone", middle(alone[1:]), "s", "index_only_scan")


def measure_ratings(figures: Figures, exchanges: list[Exchange]) -> None:
    """Submitted, published, reviewed and written; the histories take turns, so that all see the same weather."""
    times: dict[int, list[float]] = {exchange.history: [] for exchange in exchanges}
    for number in range(RATINGS):
        for exchange in exchanges:
            times[exchange.history].append(timed(exchange.rate_and_review, number))
    for history, seconds in times.items():
        reference = None if history == RATED_HISTORIES[0] else f"rating_at_{RATED_HISTORIES[0]}"
        figures.add(f"rating_at_{history}", middle(seconds[2:]), "s", reference)


def hours() -> Iterator[int]:
    yield from range(1, REPETITIONS + 1)


def at(hour: int) -> datetime:
    """Time goes on from one repetition to the next, or kept counts would not hold."""
    return market.NOW + timedelta(hours=hour)
