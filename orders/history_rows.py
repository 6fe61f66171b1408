"""What a row of a history file may say. Pure: lines in, checked facts or stated reasons out.

Source: policy "Commands", `import_history`. Choices made where it leaves room:

* Times need an offset and lie between 1970 and 2199; ids are printable, without blanks around them.
* Blank lines are passed over. A last column `reason`, as in a file of refused rows, is read over, so that a
  corrected file of refused rows can be imported as it is.

There are two ways to look at a row, and both take the same rows to mean the same. A row in the usual writing is
matched as a whole, which is three times as fast; any other is taken apart by `csv` and looked at cell by cell,
which also says what is wrong with it.
"""

import csv
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Final, NamedTuple

from orders.policy import Outcome

COLUMNS: Final = ("job", "partner", "city", "accepted_at", "outcome", "outcome_at", "stars", "rated_at")
REASON: Final = "reason"
LONGEST_ID = 80
FIRST_YEAR, LAST_YEAR = 1970, 2199

_OUTCOMES: Final = frozenset(str(outcome) for outcome in Outcome)
_STARS: Final = frozenset("12345")

_ID = rf"([!#-+\--\[\]-~]{{1,{LONGEST_ID}}})"  # printable ASCII without blank, quote, comma, backslash
_TIME = r"((?:19[7-9]\d|2[01]\d\d)-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d))"
_RATED = rf"completed,{_TIME},[1-5],{_TIME}"
_UNRATED = rf"(?:{'|'.join(sorted(_OUTCOMES))}),{_TIME},,"
_is_usual = re.compile(
    rf"{_ID},{_ID},([a-z-]+),({_TIME},(?:{_RATED}|{_UNRATED}|,,,))\r?\n?", re.ASCII
).fullmatch
_is_usual_time = re.compile(_TIME, re.ASCII).fullmatch


class HistoryRow(NamedTuple):
    """The facts of one job. `facts` is the text "accepted_at,outcome,outcome_at,stars,rated_at" as it goes on to
    the database: times as every parser reads them, nothing between commas for what is not there.
    """

    line: int
    job: str
    partner: str
    city: str
    facts: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that can't be taken: on which line it begins, which column is wrong and why, and what it says."""

    line: int
    column: str
    reason: str
    fields: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.reason}"


class BadHeader(ValueError):
    """The first line does not name the columns; the message says what is wrong."""


class BadCell(ValueError):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column, self.reason = column, reason


def read_history(lines: Iterable[str], cities: Container[str]) -> Iterator[HistoryRow | Refused]:
    """Each row of the file, or why it is refused. Raises `BadHeader`.

    `lines` keep their line ends and carry undecodable bytes as surrogates; `cities` are the known slugs.
    """
    rest = iter(lines)
    width, number = _read_header(rest)
    for line in rest:
        number += 1
        usual = _is_usual(line) or _is_usual(_unquoted(line))
        if usual is not None and (row := _usual_row(number, usual, cities)):
            yield row
            continue
        fields, raw = _take_apart(line, rest)
        if fields is None:
            yield Refused(number, "row", "is not CSV", ["".join(raw).rstrip("\r\n")])
        elif fields:
            yield _look_at(number, fields, width, cities)
        number += len(raw) - 1


# --- A row in the usual writing -----------------------------------------------------------------------------


def _unquoted(line: str) -> str:
    """A line of eight fields in quotes, with no quote within, without them; "" if it isn't one."""
    is_one = line[:1] == '"' and line.count('"') == 16 and line.count('","') == 7
    return line.replace('"', "") if is_one and line.rstrip("\r\n")[-1] == '"' else ""


def _usual_row(number: int, usual: re.Match[str], cities: Container[str]) -> HistoryRow | None:
    """None if there may be something wrong with it."""
    job, partner, city, facts, accepted, rated_end, rated, unrated_end = usual.groups()
    if city not in cities:
        return None
    try:
        accepted_at = datetime.fromisoformat(accepted)
        if unrated_end:
            if datetime.fromisoformat(unrated_end) < accepted_at:
                return None
        elif rated:
            ended_at = datetime.fromisoformat(rated_end)
            if ended_at < accepted_at or datetime.fromisoformat(rated) < ended_at:
                return None
    except ValueError:
        return None
    return HistoryRow(number, job, partner, city, facts)


# --- Any row, cell by cell ----------------------------------------------------------------------------------


def _take_apart(line: str, rest: Iterator[str]) -> tuple[list[str] | None, list[str]]:
    """The fields (None if it is not CSV) and the lines they stand on; a quoted field may reach into the rest."""
    raw: list[str] = []
    reader = csv.reader(_remembered(chain((line,), rest), raw), strict=True)
    try:
        return next(reader), raw
    except csv.Error:
        return None, raw


def _remembered(lines: Iterable[str], raw: list[str]) -> Iterator[str]:
    for line in lines:
        raw.append(line)
        yield line


def _read_header(lines: Iterator[str]) -> tuple[int, int]:
    """How many fields a row has, and how many lines were read."""
    header, raw = _take_apart(next(lines, ""), lines)
    if header is None:
        raise BadHeader("is not CSV")
    if header in ([*COLUMNS], [*COLUMNS, REASON]):
        return len(header), len(raw)
    missing = [column for column in COLUMNS if column not in header]
    unknown = [column[:40] for column in header if column not in COLUMNS]
    details = f"; missing: {', '.join(missing)}" if missing else ""
    details += f"; unknown: {ascii(unknown[:8])[1:-1]}" if unknown else ""
    raise BadHeader(f"must name the columns {','.join(COLUMNS)}{details}")


def _look_at(number: int, fields: list[str], width: int, cities: Container[str]) -> HistoryRow | Refused:
    try:
        return _checked(number, fields, width, cities)
    except BadCell as bad:
        return Refused(number, bad.column, bad.reason, fields)


def _checked(number: int, fields: list[str], width: int, cities: Container[str]) -> HistoryRow:
    if len(fields) != width:
        raise _wrong_width(len(fields), width)
    job, partner, city, accepted, outcome, ended, stars, rated = fields[:8]
    _check_id("job", job)
    _check_id("partner", partner)
    if city not in cities:
        raise BadCell("city", f"{_shown(city)} is not a known city" if city else "is missing")
    accepted_at, accepted = _instant("accepted_at", accepted)
    if outcome:
        ended_at, ended = _end(outcome, ended, accepted_at)
        if stars or rated:
            rated = _rating(outcome, stars, rated, ended_at)
    elif ended or stars or rated:
        raise _without_outcome(ended, stars)
    return HistoryRow(number, job, partner, city, f"{accepted},{outcome},{ended},{stars},{rated}")


def _end(outcome: str, ended: str, accepted_at: datetime) -> tuple[datetime, str]:
    if outcome not in _OUTCOMES:
        known = ", ".join(Outcome)
        raise BadCell("outcome", f"{_shown(outcome)} is none of {known}")
    if not ended:
        raise BadCell("outcome_at", "is missing, but the job has an outcome")
    ended_at, ended = _instant("outcome_at", ended)
    if ended_at < accepted_at:
        raise BadCell("outcome_at", "is before accepted_at")
    return ended_at, ended


def _rating(outcome: str, stars: str, rated: str, ended_at: datetime) -> str:
    if not stars:
        raise BadCell("rated_at", "is given, but there are no stars")
    if outcome != "completed":
        raise BadCell("stars", "are given, but the job was not completed")
    if stars not in _STARS:
        raise BadCell("stars", f"{_shown(stars)} is none of 1, 2, 3, 4, 5")
    if not rated:
        raise BadCell("rated_at", "is missing, but there are stars")
    rated_at, rated = _instant("rated_at", rated)
    if rated_at < ended_at:
        raise BadCell("rated_at", "is before outcome_at")
    return rated


def _without_outcome(ended: str, stars: str) -> BadCell:
    column = "outcome_at" if ended else "stars" if stars else "rated_at"
    return BadCell(column, "is given, but the job has no outcome")


def _wrong_width(given: int, width: int) -> BadCell:
    if given < width:
        return BadCell(
            (*COLUMNS, REASON)[given], f"is missing: the row has {given} fields instead of {width}"
        )
    return BadCell((*COLUMNS, REASON)[width - 1], f"is followed by {given - width} fields too many")


def _check_id(column: str, text: str) -> None:
    if text and len(text) <= LONGEST_ID and text.isprintable() and text[0] != " " and text[-1] != " ":
        return
    if not text.strip():
        raise BadCell(column, "is missing")
    if len(text) > LONGEST_ID:
        raise BadCell(column, f"is longer than {LONGEST_ID} characters")
    if any("\udc80" <= letter <= "\udcff" for letter in text):
        raise BadCell(column, "is not UTF-8")
    if not text.isprintable():
        raise BadCell(column, f"{_shown(text)} contains a character that can't be printed")
    raise BadCell(column, f"{_shown(text)} begins or ends with a blank")


def _instant(column: str, text: str) -> tuple[datetime, str]:
    """The instant, and its text as every parser reads it."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        reason = f"{_shown(text)} is not an ISO 8601 time" if text else "is missing"
        raise BadCell(column, reason) from None
    if instant.tzinfo is None:
        raise BadCell(column, f"{_shown(text)} has no offset from UTC")
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise BadCell(column, f"{_shown(text)} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return instant, text if _is_usual_time(text) else instant.isoformat()


def _shown(text: str) -> str:
    """Safe to print whatever is in it."""
    return ascii(text if len(text) <= 40 else f"{text[:40]}…")
