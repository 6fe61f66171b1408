"""Geometry of a chart over time that the server draws as SVG: pure, no script, no inline style.

A figure is a line, its limit a stepped line, and what was told are marks at the top. The lines are paths in a
square of 1000 x 1000 units that the page stretches over the plot; positions of texts and marks are percentages of
the whole drawing, so that they keep their size on a phone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import groupby

from mila.lib.drawing import Anchor, Kind

Point = tuple[datetime, Decimal | None]
Known = tuple[datetime, Decimal]

UNITS = 1000
# The plot within the drawing, in percent; the template's inner `svg` says the same.
LEFT, WIDTH = Decimal(11), Decimal(87)
TOP, HEIGHT = Decimal(9), Decimal(79)

STARS_STEP = Decimal("0.5")
STARS_CEILING = Decimal(5)
STARS_AT_LEAST_FROM = Decimal(4)
RATE_STEPS = (Decimal("0.05"), Decimal("0.10"), Decimal("0.25"))
RATE_AT_LEAST_TO = Decimal("0.10")
MOST_STEPS = 5
MOST_MONTHS = 4


@dataclass(frozen=True, slots=True)
class Event:
    """Something told at an instant; `kind` names the mark."""

    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Level:
    """A line across at a value."""

    y: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Moment:
    """A place on the axis of time."""

    x: str
    at: datetime
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Mark:
    x: str
    y: str
    kind: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`line`, `limit`, `alert`, `beyond` are paths in units of the plot; empty where there is nothing to draw."""

    line: str
    limit: str
    alert: str
    beyond: str
    levels: tuple[Level, ...]
    moments: tuple[Moment, ...]
    by_month: bool
    marks: tuple[Mark, ...]
    latest: Mark | None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table behind a chart.

    `counts`: whether the limit counted then; `told`: what was told since the line before it, in words.
    """

    at: datetime
    figure: Decimal | None
    limit: Decimal | None
    alert: Decimal | None
    counts: bool
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that `_chart.html` shows: the drawing, what it says in a sentence, its legend and the table.

    `key` names it within the page. `marks`: (kind, words) of each kind of mark in the drawing. `rows`: latest first.
    """

    key: str
    kind: Kind
    chart: Chart
    summary: str
    figure_label: str
    limit_label: str
    alert_label: str
    marks: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    start: datetime
    end: datetime
    low: Decimal
    high: Decimal

    def share(self, at: datetime) -> Decimal:
        """From 0 at the start to 1 at the end."""
        return Decimal((at - self.start) / (self.end - self.start))

    def height(self, value: Decimal) -> Decimal:
        """From 0 at the top to 1 at the bottom."""
        inside = min(max(value, self.low), self.high)
        return (self.high - inside) / (self.high - self.low)

    def x(self, at: datetime) -> str:
        return f"{self.share(at) * UNITS:.1f}"

    def y(self, value: Decimal) -> str:
        return f"{self.height(value) * UNITS:.1f}"

    def left(self, at: datetime) -> str:
        return f"{LEFT + WIDTH * self.share(at):.2f}%"

    def top(self, value: Decimal) -> str:
        return f"{TOP + HEIGHT * self.height(value):.2f}%"


def moments_between(first: datetime, end: datetime, most: int = 53) -> list[datetime]:
    """Instants whole days apart, the last one `end`, none before `first`: at most so many, at least `end`."""
    days = max((end - first).days, 0)
    step = max(1, -(-days // (most - 1)))
    return [end - timedelta(days=back) for back in range(days - days % step, -1, -step)]


def draw_chart(
    *,
    kind: Kind,
    figures: Sequence[Point],
    limits: Sequence[Point],
    counted: Sequence[Point],
    alerts: Sequence[Point] = (),
    events: Iterable[Event] = (),
) -> Chart:
    """Draw figures beside their limits; at least two points in order of time, instants in the page's time zone.

    "stars": what is below the limit is beyond it; "rate": what is above. `counted` are the limits where they counted:
    there what lies beyond is shaded. Points without a value leave a gap.
    """
    start, end = figures[0][0], figures[-1][0]
    low, high, step = _scale(
        kind, [value for _at, value in (*figures, *limits, *alerts) if value is not None]
    )
    frame = _Frame(start, end, low, high)
    edge = low if kind == "stars" else high
    known = [(at, value) for at, value in figures if value is not None]
    moments, by_month = _moments(start, end)
    return Chart(
        line=_line(figures, frame),
        limit=_steps(limits, frame),
        alert=_steps(alerts, frame),
        beyond=_area(counted, frame, edge),
        levels=tuple(
            Level(frame.top(low + step * n), low + step * n) for n in range(int((high - low) / step) + 1)
        ),
        moments=tuple(Moment(frame.left(at), at, _anchor(frame.share(at))) for at in moments),
        by_month=by_month,
        marks=tuple(
            Mark(frame.left(event.at), f"{TOP / 2}%", event.kind)
            for event in events
            if start <= event.at <= end
        ),
        latest=Mark(frame.left(known[-1][0]), frame.top(known[-1][1]), "latest") if known else None,
    )


def _scale(kind: Kind, values: Sequence[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """The lowest and the highest level, and how far levels are apart."""
    if kind == "stars":
        lowest = min([STARS_AT_LEAST_FROM, *values])
        low = max((lowest / STARS_STEP).to_integral_value(ROUND_FLOOR) * STARS_STEP, Decimal(1))
        if STARS_CEILING - low > STARS_STEP * MOST_STEPS:
            low, step = low.to_integral_value(ROUND_FLOOR), Decimal(1)
        else:
            step = STARS_STEP
        return low, STARS_CEILING, step
    highest = max([RATE_AT_LEAST_TO, *values])
    step = next((step for step in RATE_STEPS if highest <= step * MOST_STEPS), RATE_STEPS[-1])
    return Decimal(0), (highest / step).to_integral_value(ROUND_CEILING) * step, step


def _runs(points: Sequence[Point]) -> list[list[Known]]:
    """Stretches of points that have a value."""
    runs = []
    for has_value, run in groupby(points, key=lambda point: point[1] is not None):
        if has_value:
            runs.append([(at, value) for at, value in run if value is not None])
    return runs


def _line(points: Sequence[Point], frame: _Frame) -> str:
    """From point to point; a lone point is a line to itself, which round ends make a dot."""
    drawn = []
    for run in _runs(points):
        places = [f"{frame.x(at)} {frame.y(value)}" for at, value in run]
        drawn.append(f"M{' L'.join(places if len(places) > 1 else places * 2)}")
    return " ".join(drawn)


def _steps(points: Sequence[Point], frame: _Frame) -> str:
    """Each value holds until the next point."""
    return " ".join(_staircase(run, frame, _end_of(run, points)) for run in _runs(points))


def _area(points: Sequence[Point], frame: _Frame, edge: Decimal) -> str:
    """What lies beyond the steps, up to the edge of the plot."""
    return " ".join(
        f"{_staircase(run, frame, _end_of(run, points))} V{frame.y(edge)} H{frame.x(run[0][0])} Z"
        for run in _runs(points)
    )


def _staircase(run: Sequence[Known], frame: _Frame, end: datetime) -> str:
    (first, value), *later = run
    path = f"M{frame.x(first)} {frame.y(value)}"
    for at, following in later:
        if following != value:
            path += f" H{frame.x(at)} V{frame.y(following)}"
            value = following
    return f"{path} H{frame.x(end)}"


def _end_of(run: Sequence[Known], points: Sequence[Point]) -> datetime:
    """A value holds until the first point without one, or to the end."""
    instants = [at for at, _value in points]
    following = instants.index(run[-1][0]) + 1
    return instants[min(following, len(instants) - 1)]


def _moments(start: datetime, end: datetime) -> tuple[list[datetime], bool]:
    """Beginnings of months, few enough to be written out; where there are too few, three days of the time shown."""
    month = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = []
    while month <= end:
        if month >= start:
            months.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    if len(months) < MOST_MONTHS:
        return [start, start + (end - start) / 2, end], False
    return months[:: -(-len(months) // MOST_MONTHS)], True


def _anchor(share: Decimal) -> Anchor:
    return "start" if share < Decimal("0.1") else "end" if share > Decimal("0.9") else "middle"
