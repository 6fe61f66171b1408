"""The colours of the design system as its stylesheet names them, and how well one reads on another (WCAG 2.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TOKEN = re.compile(
    r"--(?P<name>[\w-]+):\s*(?:light-dark\((?P<day>#\w{6}),\s*(?P<night>#\w{6})\)|(?P<both>#\w{6}))"
)
TEXT, EDGE = 4.5, 3.0


@dataclass(frozen=True, slots=True)
class Colour:
    """A token with its value by day and by night, as `#rrggbb`."""

    name: str
    light: str
    dark: str

    def under(self, scheme: str) -> str:
        return self.dark if scheme == "dark" else self.light


# What is written or drawn on what, and the least contrast that WCAG AA asks for. Stars to look at are not among them:
# the figure beside them says the same.
PAIRS: tuple[tuple[str, str, float], ...] = (
    *((ink, ground, TEXT) for ink in ("ink", "soft") for ground in ("paper", "card", "raised", "sunken")),
    *((ink, "brand-wash", TEXT) for ink in ("ink", "soft", "brand", "brand-deep")),
    *((ink, ground, TEXT) for ink in ("brand", "brand-deep") for ground in ("paper", "card", "raised")),
    *(
        (tone, ground, TEXT)
        for tone in ("good", "warn", "bad")
        for ground in ("paper", "card", f"{tone}-wash")
    ),
    *(("ink", f"{tone}-wash", TEXT) for tone in ("good", "warn", "bad")),
    ("brand-ink", "brand", TEXT),
    ("brand-ink", "brand-deep", TEXT),
    ("next-ink", "next", TEXT),
    ("next-soft", "next", TEXT),
    ("line-strong", "card", EDGE),
    ("line-strong", "paper", EDGE),
    ("brand", "sunken", EDGE),
)


def colours_of(stylesheet: str) -> Mapping[str, Colour]:
    """Every token of the stylesheet that is a colour, by name."""
    return {
        match["name"]: Colour(match["name"], match["day"] or match["both"], match["night"] or match["both"])
        for match in TOKEN.finditer(stylesheet)
    }


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    linear: float = channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
    return linear
