"""`import_history`: facts of another system, all or none, once."""

import csv
import gc
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from orders.history_rows import COLUMNS, HistoryRow
from orders.models import Job, PartnerTally
from orders.services import history
from partners.models import Partner, PartnerReview, PartnerTransition
from partners.policy import PartnerStatus
from tests.factories import PartnerFactory, city

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def row(
    job: str,
    partner: str = "p-1",
    *,
    day: float = 0,
    outcome: str = "completed",
    stars: int | str = "",
    city: str = "zurich",
) -> str:
    """A job accepted on this day, over a day later and rated an hour after that."""
    accepted = DAY + timedelta(days=day)
    ended = accepted + timedelta(days=1) if outcome else ""
    rated = accepted + timedelta(days=1, hours=1) if stars else ""
    cells = (job, partner, city, accepted, outcome, ended, stars, rated)
    return ",".join(cell.isoformat() if isinstance(cell, datetime) else str(cell) for cell in cells)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.csv"


def write(file: Path, *rows: str) -> Path:
    file.write_text("\n".join((",".join(COLUMNS), *rows)) + "\n", encoding="utf-8")
    return file


def run(file: Path, **options: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_history", str(file), stdout=out, stderr=err, **options)
    except CommandError as error:
        err.write(f"CommandError: {error}")
    return out.getvalue(), err.getvalue()


def test_every_column_arrives(file: Path) -> None:
    out, err = run(write(file, row("j-1", stars=4), row("j-2", outcome="no_show"), row("j-3", outcome="")))
    assert (out, err) == ("3 rows read: 3 jobs added, 0 known already, 0 refused.\n", "")
    rated, missed, alive = Job.objects.order_by("id")
    assert (rated.import_reference, rated.outcome, rated.client_stars) == ("j-1", "completed", 4)
    assert (rated.accepted_at, rated.outcome_at) == (DAY, DAY + timedelta(days=1))
    assert rated.stars_published_at == DAY + timedelta(days=1, hours=1)
    assert (missed.outcome, missed.client_stars, missed.stars_published_at) == ("no_show", None, None)
    assert (alive.outcome, alive.outcome_at, alive.order_id, alive.slot) == (None, None, None, None)


def test_an_unknown_partner_begins_active_in_the_city_of_the_row(file: Path) -> None:
    run(write(file, row("j-1", "anna", day=5, city="bern"), row("j-2", "anna", day=2, city="basel")))
    partner = Partner.objects.get()
    assert (partner.reference, partner.city.slug, partner.status) == ("anna", "bern", PartnerStatus.ACTIVE)
    assert partner.joined_at == DAY + timedelta(days=2)
    assert not PartnerTransition.objects.exists()


def test_a_later_file_lowers_the_joining_and_never_raises_it(file: Path) -> None:
    known = PartnerFactory.create(reference="p-1", city=city("bern"), joined_at=DAY)
    run(write(file, row("j-1", day=3)))
    known.refresh_from_db()
    assert known.joined_at == DAY
    run(write(file, row("j-2", day=-3)))
    known.refresh_from_db()
    assert (known.joined_at, known.city.slug) == (DAY - timedelta(days=3), "bern")


def test_rows_are_recorded_in_the_order_of_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "CHUNK", 7)
    jobs = [f"j-{(number * 37) % 101}" for number in range(100)]
    run(write(file, *(row(job, f"p-{job[-1]}", day=-number) for number, job in enumerate(jobs))))
    assert list(Job.objects.order_by("id").values_list("import_reference", flat=True)) == jobs


def test_a_file_adds_nothing_the_second_time(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "CHUNK", 7)
    rows = [
        row(f"j-{n}", f"p-{n % 3}", day=n, outcome="cancelled" if n % 5 else "completed") for n in range(40)
    ]
    write(file, *rows)
    run(file)
    before = (
        list(Job.objects.order_by("id").values()),
        list(PartnerTally.objects.order_by("partner").values()),
    )
    out, err = run(file)
    assert (out, err) == ("40 rows read: 0 jobs added, 40 known already, 0 refused.\n", "")
    assert before == (
        list(Job.objects.order_by("id").values()),
        list(PartnerTally.objects.order_by("partner").values()),
    )


def test_new_rows_among_known_ones_are_added(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "CHUNK", 4)
    run(write(file, *(row(f"j-{n}") for n in range(0, 30, 3))))
    out, _err = run(write(file, *(row(f"j-{n}") for n in range(30))))
    assert "20 jobs added, 10 known already" in out
    assert PartnerTally.objects.get().accepted == 30


def test_a_job_said_twice_in_a_file_is_one_job(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, _err = run(write(file, row("j-1"), row("j-1"), row("j-2")))
    assert "2 jobs added, 1 known already" in out
    monkeypatch.setattr(history, "CHUNK", 1)
    out, _err = run(write(file, row("j-3"), row("j-3"), row("j-4")))
    assert "2 jobs added, 1 known already" in out


@pytest.mark.parametrize("chunk", [1, 100])
def test_a_job_said_twice_with_different_facts_is_a_bad_row(
    file: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(history, "CHUNK", chunk)
    _out, err = run(write(file, row("j-1", stars=5), row("j-1", stars=1)))
    assert "line 3, column job: j-1 is known with other facts" in err
    assert not Job.objects.exists()


def test_a_known_job_may_be_told_again_in_less_detail_but_not_differently(file: Path) -> None:
    run(write(file, row("j-1", stars=5)))
    out, _err = run(write(file, row("j-1"), row("j-2")))
    assert "1 jobs added, 1 known already" in out
    for changed in (row("j-1", stars=4), row("j-1", "p-9"), row("j-1", day=1), row("j-1", outcome="excused")):
        assert "line 2, column job: j-1 is known with other facts" in run(write(file, changed))[1]


def test_one_bad_row_is_enough_to_keep_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "CHUNK", 2)
    rows = [row(f"j-{n}", f"p-{n}") for n in range(9)]
    rows[7] = row("j-7", city="paris")
    out, err = run(write(file, *rows))
    assert out == ""
    assert "line 9, column city: 'paris' is not a known city\n" in err
    assert "1 of 9 rows can't be taken; nothing of the file was kept" in err
    assert not Job.objects.exists()
    assert not Partner.objects.exists()
    assert not PartnerTally.objects.exists()
    assert list(file.parent.iterdir()) == [file]


def test_every_bad_row_is_named_up_to_a_hundred(file: Path) -> None:
    _out, err = run(write(file, *(row(f"j-{n}", city="paris") for n in range(130))))
    assert err.count("column city") == 100
    assert "line 101, column city" in err
    assert "... and 30 more." in err


def test_bad_rows_can_be_skipped_into_a_file_of_their_own(file: Path) -> None:
    rows = [row("j-1"), row("j-2", city="paris"), "j-3,p", row("j-4"), f"{row('j-5')},x"]
    out, err = run(write(file, *rows), skip_bad=True)
    assert "5 rows read: 2 jobs added, 0 known already, 3 refused." in out
    rejected = file.with_name("history.rejected.csv")
    assert f"The refused rows are in {rejected}." in err
    header, *refused = csv.reader(rejected.open(encoding="utf-8"))
    assert header == [*COLUMNS, "reason"]
    assert [fields[0] for fields in refused] == ["j-2", "j-3", "j-5"]
    assert [fields[-1].split(":")[0] for fields in refused] == [
        "line 3, column city",
        "line 4, column city",
        "line 6, column rated_at",
    ]
    assert Job.objects.count() == 2
    corrected = rejected.read_text(encoding="utf-8").replace("paris", "bern").splitlines()[:2]
    rejected.write_text("\n".join(corrected), encoding="utf-8")
    assert "1 jobs added" in run(rejected)[0]


def test_bytes_that_are_no_text_are_refused_and_kept_as_they_were(file: Path) -> None:
    good = row("j-1").encode()
    bad = row("j-2").encode().replace(b"p-1", b"p-\xff")
    file.write_bytes(
        b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n" + good + b"\r\n\r\n" + bad + b"\r\n"
    )
    out, err = run(file, skip_bad=True)
    assert "line 4, column partner: is not UTF-8" in err
    assert "1 jobs added" in out
    assert b"p-\xff" in file.with_name("history.rejected.csv").read_bytes()


def test_signs_that_mean_something_to_copy_arrive_unchanged(file: Path) -> None:
    run(write(file, row("\\N"), row("a\\tb"), row("naïve \\. 中"), row('"x, ""y"""')))
    stored = Job.objects.order_by("id").values_list("import_reference", flat=True)
    assert list(stored) == ["\\N", "a\\tb", "naïve \\. 中", 'x, "y"']


def test_the_tally_counts_what_was_added_on_top_of_what_was_there(file: Path) -> None:
    partner = PartnerFactory.create(reference="p-1")
    PartnerTally.objects.create(
        partner=partner, accepted=10, cancelled=2, no_shows=1, latest_fact_at=DAY + timedelta(days=3)
    )
    rows = [
        row("a", outcome="cancelled"),
        row("b", outcome="no_show"),
        row("c", outcome="excused"),
        row("d", day=1),
    ]
    run(write(file, *rows, row("e", outcome=""), row("f", "p-2", day=9, outcome="cancelled")))
    tally = PartnerTally.objects.get(partner=partner)
    assert (tally.accepted, tally.cancelled, tally.no_shows) == (15, 3, 2)
    assert tally.latest_fact_at == DAY + timedelta(days=3)
    other = PartnerTally.objects.get(partner__reference="p-2")
    assert (other.accepted, other.cancelled, other.latest_fact_at) == (1, 1, DAY + timedelta(days=10))


def test_partners_with_new_facts_are_due_for_review_and_no_others(file: Path, bells: list[str]) -> None:
    PartnerFactory.create(reference="idle")
    run(write(file, row("j-1", "p-1"), row("j-2", "p-2")))
    due = Partner.objects.filter(review__due_at__isnull=False)
    assert set(due.values_list("reference", flat=True)) == {"p-1", "p-2"}
    PartnerReview.objects.update(due_at=None)
    run(file)
    assert not due.exists()


def test_without_the_right_to_skip_lookups_the_same_is_stored(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_may_skip_lookups", lambda: False)
    assert "2 jobs added" in run(write(file, row("j-1"), row("j-2", "p-2")))[0]


def test_triggers_and_foreign_keys_work_as_ever_after_an_import(file: Path) -> None:
    run(write(file, row("j-1")))
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "line 1: must name the columns job,partner"), ("job;partner\n", "unknown: 'job;partner'")],
)
def test_a_file_without_the_columns_is_refused(file: Path, content: str, words: str) -> None:
    file.write_text(content, encoding="utf-8")
    assert words in run(file, skip_bad=True)[1]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "missing.csv: No such file" in run(tmp_path / "missing.csv")[1]


def test_a_header_alone_is_an_empty_history(file: Path) -> None:
    assert "0 rows read: 0 jobs added" in run(write(file))[0]


def test_rows_that_are_known_leave_nothing_to_collect(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The collector is off meanwhile: whatever held itself would stay until the end of the file."""
    monkeypatch.setattr(history, "CHUNK", 2)
    run(write(file, *(row(f"j-{number}", "p-1") for number in range(20))))
    gc.collect()
    gc.disable()
    try:
        run(file)
        assert not [kept for kept in gc.get_objects() if type(kept) is HistoryRow]
    finally:
        gc.enable()
