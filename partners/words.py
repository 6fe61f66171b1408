"""What partners have said about themselves, in words: for pages, and for ops."""

from collections.abc import Iterable, Iterator

from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import get_language_info

from partners.availability.policy import Hours

# The languages of the country first, then those that most people here speak besides.
SPOKEN = ("de", "fr", "it", "en", "es", "pt", "sq", "hr", "sr", "tr", "uk", "ar")


def language_name(code: str) -> str:
    """In its own words, so that whoever speaks it finds it."""
    return str(get_language_info(code)["name_local"]).capitalize()


def language_names(codes: Iterable[str]) -> str:
    """`Français, Deutsch`."""
    return ", ".join(language_name(code) for code in codes)


def language_choices(kept: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Codes and names to choose from. Whoever speaks another one, as an imported partner, keeps it."""
    return [(code, language_name(code)) for code in dict.fromkeys((*SPOKEN, *kept))]


def week_in_words(week: Iterable[Hours]) -> Iterator[tuple[str, str]]:
    """Each weekday with time, and its spans: (`Monday`, `09:00 – 12:00, 13:00 – 17:00`)."""
    spans = sorted(week, key=lambda span: (span.weekday, span.begins))
    for weekday, name in WEEKDAYS.items():
        times = [f"{_clock(span.begins)} – {_clock(span.ends)}" for span in spans if span.weekday == weekday]
        if times:
            yield str(capfirst(name)), ", ".join(times)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
