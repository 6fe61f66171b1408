"""What the rows of a history file may say, cell by cell."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.history_rows import COLUMNS, BadHeader, HistoryRow, Refused, _look_at, read_history
from orders.policy import Outcome

CITIES = {"zurich", "bern"}
HEADER = ",".join(COLUMNS)
GOOD = {
    "job": "j-1",
    "partner": "p-1",
    "city": "zurich",
    "accepted_at": "2026-03-01T10:00:00+01:00",
    "outcome": "completed",
    "outcome_at": "2026-03-02T10:00:00+01:00",
    "stars": "4",
    "rated_at": "2026-03-03T10:00:00+01:00",
}
UNRATED = {"stars": "", "rated_at": ""}
UNFINISHED = {"outcome": "", "outcome_at": "", **UNRATED}


def line_of(**cells: str) -> str:
    return ",".join((GOOD | cells).values())


def taken(line: int = 2, **cells: str) -> HistoryRow:
    job, partner, city, *facts = (text.strip('"') for text in (GOOD | cells).values())
    return HistoryRow(line, job, partner, city, ",".join(facts))


def read(*lines: str, end: str = "\n") -> list[HistoryRow | Refused]:
    text = end.join((HEADER, *lines)) + end
    return list(read_history(io.StringIO(text, newline=""), CITIES))


def refusal(**cells: str) -> Refused:
    (entry,) = read(line_of(**cells))
    assert isinstance(entry, Refused), entry
    return entry


@pytest.mark.parametrize(
    "cells",
    [
        {},
        UNRATED,
        UNFINISHED,
        {"outcome": "no_show", **UNRATED},
        {"outcome_at": GOOD["accepted_at"]},
        {"rated_at": GOOD["outcome_at"]},
        {"stars": "1"},
        {"stars": "5"},
        {"job": "é" * 80},
        {"job": "back\\slash"},
        {"job": '"with, comma"'},
        {"accepted_at": "2026-03-01T09:00:00Z"},
        {"accepted_at": "2026-03-01T09:00:00.123456+00:00"},
    ],
)
def test_a_good_row_is_taken_as_it_is(cells: dict[str, str]) -> None:
    assert read(line_of(**cells)) == [taken(**cells)]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-03-01 09:00:00+00:00", "2026-03-01T09:00:00+00:00"),
        ("2026-W09-7T09:00:00+00:00", "2026-03-01T09:00:00+00:00"),
        ("20260301T090000Z", "2026-03-01T09:00:00+00:00"),
        ("2026-03-01T09:00+00:00", "2026-03-01T09:00:00+00:00"),
    ],
)
def test_every_iso_form_of_an_instant_is_the_same_instant(written: str, read_as: str) -> None:
    assert read(line_of(accepted_at=written)) == [taken(accepted_at=read_as)]


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"job": ""}, "job", "is missing"),
        ({"job": "   "}, "job", "is missing"),
        ({"job": "x" * 81}, "job", "is longer than 80 characters"),
        ({"job": "a\0b"}, "job", "'a\\x00b' contains a character that can't be printed"),
        ({"partner": ""}, "partner", "is missing"),
        ({"partner": " p"}, "partner", "' p' begins or ends with a blank"),
        ({"partner": "p\udcff"}, "partner", "is not UTF-8"),
        ({"city": ""}, "city", "is missing"),
        ({"city": "paris"}, "city", "'paris' is not a known city"),
        ({"city": "Zurich"}, "city", "'Zurich' is not a known city"),
        ({"accepted_at": ""}, "accepted_at", "is missing"),
        ({"accepted_at": "yesterday"}, "accepted_at", "'yesterday' is not an ISO 8601 time"),
        ({"accepted_at": "2026-02-30T10:00:00Z"}, "accepted_at", "'2026-02-30T10:00:00Z' is not an ISO 8601 time"),
        ({"accepted_at": "2026-03-01T10:00:00"}, "accepted_at", "'2026-03-01T10:00:00' has no offset from UTC"),
        ({"accepted_at": "2026-03-01"}, "accepted_at", "'2026-03-01' has no offset from UTC"),
        ({"accepted_at": "0026-03-01T10:00:00Z"}, "accepted_at", "'0026-03-01T10:00:00Z' is not between 1970 and 2199"),
        ({"outcome": "done"}, "outcome", f"'done' is none of {', '.join(Outcome)}"),
        ({"outcome": ""}, "outcome_at", "is given, but the job has no outcome"),
        ({"outcome": "", "outcome_at": ""}, "stars", "is given, but the job has no outcome"),
        ({"outcome_at": ""}, "outcome_at", "is missing, but the job has an outcome"),
        ({"outcome_at": "2026-03-01T08:59:59Z"}, "outcome_at", "is before accepted_at"),
        ({"stars": "0"}, "stars", "'0' is none of 1, 2, 3, 4, 5"),
        ({"stars": "6"}, "stars", "'6' is none of 1, 2, 3, 4, 5"),
        ({"stars": "4.0"}, "stars", "'4.0' is none of 1, 2, 3, 4, 5"),
        ({"stars": "٤"}, "stars", "'\\u0664' is none of 1, 2, 3, 4, 5"),
        ({"outcome": "cancelled"}, "stars", "are given, but the job was not completed"),
        ({"stars": ""}, "rated_at", "is given, but there are no stars"),
        ({"rated_at": ""}, "rated_at", "is missing, but there are stars"),
        ({"rated_at": "2026-03-02T09:59:59+01:00"}, "rated_at", "is before outcome_at"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_its_column_and_reason(
    cells: dict[str, str], column: str, reason: str
) -> None:
    refused = refusal(**cells)
    assert (refused.line, refused.column, refused.reason) == (2, column, reason)
    assert refused.fields == list((GOOD | cells).values())


def test_too_few_and_too_many_fields_are_named() -> None:
    few, many = read("j-1,p-1,zurich", f"{line_of()},x,y")
    assert str(few) == "line 2, column accepted_at: is missing: the row has 3 fields instead of 8"
    assert str(many) == "line 3, column rated_at: is followed by 2 fields too many"


def test_a_row_that_is_not_csv_is_refused_and_the_next_is_read() -> None:
    bad, good = read('"j-1"x,p-1,zurich', line_of())
    assert isinstance(bad, Refused)
    assert (bad.line, bad.column, bad.fields) == (2, "row", ['"j-1"x,p-1,zurich'])
    assert good == taken(3)


def test_a_quote_that_never_ends_is_refused() -> None:
    (bad,) = read(f'"{line_of()}')
    assert isinstance(bad, Refused)
    assert bad.line == 2


def test_line_numbers_count_blank_lines_and_lines_within_quotes() -> None:
    entries = read("", '"j\n1",p,zurich', line_of(), "", line_of(city="x"))
    assert [entry.line for entry in entries] == [3, 5, 7]


def test_a_row_within_quotes_of_the_row_before_is_no_row() -> None:
    (bad,) = read('"j', line_of(), '",p,zurich,2026-03-01T10:00:00Z,,,,')
    assert isinstance(bad, Refused)
    assert (bad.line, bad.column) == (2, "job")


@pytest.mark.parametrize("cells", [{}, UNRATED, UNFINISHED, {"accepted_at": "2026-03-01 10:00+01:00"}])
def test_quotes_around_every_field_change_nothing(cells: dict[str, str]) -> None:
    quoted = ",".join(f'"{text}"' for text in (GOOD | cells).values())
    assert read(quoted) == read(line_of(**cells))


TEXTS = [
    *["", "j-1", "x" * 80, "x" * 81, " j", "a\\b", "é", "a b", "~", "!", "zurich", "bern", "paris"],
    *["completed", "cancelled", "no_show", "done", "completed ", "1", "5", "0", "6", "55"],
    *["2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00Z", "2026-03-01T09:30:00.5+00:00"],
    *[
        "2026-03-02T10:00:00+01:00",
        "2026-03-04T10:00:00+01:00",
        "2026-02-30T10:00:00Z",
        "2026-03-01T24:30:00Z",
    ],
    *["1969-12-31T23:00:00Z", "2200-01-01T00:00:00Z", "2026-03-01T10:00:00", "2026-W09-7T09:00:00+00:00"],
]


@given(
    base=st.sampled_from([{}, UNRATED, UNFINISHED, {"outcome": "excused", **UNRATED}]),
    changed=st.dictionaries(st.sampled_from(COLUMNS), st.sampled_from(TEXTS), max_size=3),
    quoted=st.booleans(),
)
@settings(max_examples=600)
def test_both_ways_to_look_at_a_row_say_the_same(
    base: dict[str, str], changed: dict[str, str], quoted: bool
) -> None:
    cells = list((GOOD | base | changed).values())
    (entry,) = read(",".join(f'"{cell}"' if quoted else cell for cell in cells))
    assert entry == _look_at(2, cells, len(COLUMNS), CITIES)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(end: str) -> None:
    assert [entry[0] for entry in read(line_of(), "", line_of(), end=end) if isinstance(entry, tuple)] == [
        2,
        4,
    ]


def test_a_file_of_refused_rows_can_be_read_again() -> None:
    text = f"{HEADER},reason\n{line_of()},line 2: was wrong\n"
    assert list(read_history(io.StringIO(text), CITIES)) == [taken()]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", "missing: job, partner"),
        ("job,partner,city,accepted_at,outcome,outcome_at,stars", "missing: rated_at"),
        (HEADER.replace("stars", "Stars"), "missing: stars; unknown: 'Stars'"),
        (HEADER.replace(",", ";"), "unknown: 'job;partner"),
        (line_of(), "missing: job"),
        (
            "partner,job,city,accepted_at,outcome,outcome_at,stars,rated_at",
            "must name the columns job,partner",
        ),
        ('"job', "is not CSV"),
    ],
)
def test_the_header_must_name_the_columns(header: str, words: str) -> None:
    with pytest.raises(BadHeader, match=words):
        list(read_history(io.StringIO(f"{header}\n"), CITIES))


def test_an_empty_file_has_no_header() -> None:
    with pytest.raises(BadHeader):
        list(read_history(io.StringIO(""), CITIES))
