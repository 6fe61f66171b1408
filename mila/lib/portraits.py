"""A picture for everybody: a small view of mountains that always belongs to the same person. Pure.

Until people can give photos of themselves, and for those who give none. It is drawn from a text alone, so that it is
the same on every page, in every process and for ever; nothing about the person can be read from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

HUES = 12
SKIES = 4
# The canvas is 100 by 100; a ridge is drawn from the left edge to the right and down to the bottom.
FAR_STEPS, NEAR_STEPS = (0, 22, 44, 70, 100), (0, 34, 66, 100)


@dataclass(frozen=True, slots=True)
class Portrait:
    """`hue` is that of the hills, `sky` one of a few kinds of light; ridges are paths of SVG."""

    hue: int
    sky: int
    sun_x: int
    sun_y: int
    sun_r: int
    far: str
    near: str
    snow: str


def portrait_of(seed: str) -> Portrait:
    """The picture of whoever has this seed, a reference or a name; capitals do not matter."""
    dice = _dice(seed)
    hue, sky = next(dice) % HUES, next(dice) % SKIES
    sun_x, sun_y, sun_r = 20 + next(dice) % 61, 16 + next(dice) % 15, 9 + next(dice) % 5
    peak = next(dice) % 3 + 1
    heights = [50 - next(dice) % 8 for _x in FAR_STEPS]
    heights[peak] = 24 + next(dice) % 12
    far = list(zip(FAR_STEPS, heights, strict=True))
    near = [(x, 66 - next(dice) % 13) for x in NEAR_STEPS]
    return Portrait(
        hue=hue,
        sky=sky,
        sun_x=sun_x,
        sun_y=sun_y,
        sun_r=sun_r,
        far=_ridge(far),
        near=_hills(near),
        snow=_cap(far, peak),
    )


def _dice(seed: str) -> Iterator[int]:
    """Bytes that look like chance and are not."""
    return iter(blake2b(seed.strip().casefold().encode(), digest_size=32).digest())


def _ridge(points: list[tuple[int, int]]) -> str:
    """Straight slopes."""
    return "M0 100" + "".join(f"L{x} {y}" for x, y in points) + "L100 100Z"


def _hills(points: list[tuple[int, int]]) -> str:
    """Round ones: each point is met with a level slope."""
    path = f"M0 100V{points[0][1]}"
    for (x, y), (to_x, to_y) in pairwise(points):
        half = (x + to_x) // 2
        path += f"C{half} {y} {half} {to_y} {to_x} {to_y}"
    return path + "V100Z"


def _cap(points: list[tuple[int, int]], peak: int) -> str:
    """The snow on the highest peak: a third of both of its slopes."""
    x, y = points[peak]
    (left_x, left_y), (right_x, right_y) = points[peak - 1], points[peak + 1]
    left = (x + (left_x - x) / 3, y + (left_y - y) / 3)
    right = (x + (right_x - x) / 3, y + (right_y - y) / 3)
    low = max(left[1], right[1])
    return (
        f"M{x} {y}L{right[0]:.1f} {right[1]:.1f}L{x + 2} {low - 3:.1f}L{x - 3} {low + 1:.1f}"
        f"L{left[0]:.1f} {left[1]:.1f}Z"
    )
