"""Geometry of the figures that the server draws as SVG: pure, so that pages need no script and no inline style.

All positions are percentages of the width of a figure, as strings that may stand in an SVG attribute ("52.5%").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

Kind = Literal["stars", "rate"]
Tone = Literal["bad", "near", "good", "rest"]
Anchor = Literal["start", "middle", "end"]

STARS_FLOOR = Decimal(3)
STARS_CEILING = Decimal(5)
RATE_STEP = Decimal("0.05")


@dataclass(frozen=True)
class Zone:
    """A coloured stretch of the scale."""

    x: str
    width: str
    tone: Tone


@dataclass(frozen=True)
class Mark:
    """A position on the scale, with the side on which text beside it stays inside the figure."""

    x: str
    anchor: Anchor
    value: Decimal


@dataclass(frozen=True)
class Gauge:
    """A value on its scale; `tone` says in which zone it lies."""

    low: Decimal
    high: Decimal
    zones: tuple[Zone, ...]
    value: Mark | None
    limit: Mark | None
    tone: Tone


def draw_gauge(
    *, value: Decimal | None, limit: Decimal | None, near: Decimal | None, kind: Kind = "stars"
) -> Gauge:
    """Place a value beside its limit.

    "stars": from 1 to 5, more is better, a breach lies below `limit` and the approach zone reaches up to `near`.
    "rate": a share from 0 to 1, less is better, a breach lies above `limit` and the approach zone begins above `near`.
    Without a limit the rule rests and the scale is one neutral zone.
    """
    low, high = _scale(value=value, limit=limit, kind=kind)
    near = limit if near is None else near
    if limit is None or near is None:
        zones: tuple[Zone, ...] = (Zone("0%", "100%", "rest"),)
        tone: Tone = "rest"
    elif kind == "stars":
        near = max(near, limit)
        zones = _zones(low, high, ((limit, "bad"), (near, "near"), (high, "good")))
        tone = "rest" if value is None else "bad" if value < limit else "near" if value < near else "good"
    else:
        near = min(near, limit)
        zones = _zones(low, high, ((near, "good"), (limit, "near"), (high, "bad")))
        tone = "rest" if value is None else "bad" if value > limit else "near" if value > near else "good"
    return Gauge(
        low=low,
        high=high,
        zones=zones,
        value=_mark(value, low, high),
        limit=_mark(limit, low, high),
        tone=tone,
    )


def star_fill(value: Decimal) -> str:
    """Width of the filled part of five stars, to the tenth of a star; a row of stars is 100 units wide."""
    filled = min(max(value, Decimal(0)), STARS_CEILING)
    return f"{filled.quantize(Decimal('0.1')) * 20:.0f}"


def initials_of(name: str) -> str:
    """First letters of the first and the last word: "Anna Maria Keller" gives "AK", "Luca" gives "L"."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    chosen: Sequence[str] = words if len(words) < 2 else (words[0], words[-1])
    return "".join(word[0] for word in chosen).upper()


def _scale(*, value: Decimal | None, limit: Decimal | None, kind: Kind) -> tuple[Decimal, Decimal]:
    known = [figure for figure in (value, limit) if figure is not None]
    if kind == "stars":
        lowest = min([STARS_FLOOR, *known])
        return max(lowest.to_integral_value(ROUND_FLOOR), Decimal(1)), STARS_CEILING
    highest = max([RATE_STEP, *(figure * Decimal("1.4") for figure in known)])
    steps = (highest / RATE_STEP).to_integral_value(ROUND_CEILING)
    return Decimal(0), min(steps * RATE_STEP, Decimal(1))


def _zones(low: Decimal, high: Decimal, ends: tuple[tuple[Decimal, Tone], ...]) -> tuple[Zone, ...]:
    zones = []
    start = low
    for wanted, tone in ends:
        end = min(max(wanted, start), high)
        if end > start:
            zones.append(Zone(_percent(start - low, high - low), _percent(end - start, high - low), tone))
        start = end
    return tuple(zones)


def _mark(value: Decimal | None, low: Decimal, high: Decimal) -> Mark | None:
    if value is None:
        return None
    inside = min(max(value, low), high)
    share = (inside - low) / (high - low)
    anchor: Anchor = "start" if share < Decimal("0.2") else "end" if share > Decimal("0.8") else "middle"
    return Mark(_percent(inside - low, high - low), anchor, value)


def _percent(part: Decimal, whole: Decimal) -> str:
    return f"{part / whole * 100:.2f}%"
