"""Every page in four languages, on a phone and on a desk, by day and by night: nothing is broken, foreign or too wide.

A page is loaded once a language, each language in a width and a scheme of its own, and then looked at in every width
and scheme. `MILA_SHOTS` keeps pictures of the main pages.
"""

import gzip
from collections.abc import Iterator

import pytest

from mila.accounts.models import User
from tests.journeys.conftest import SHOTS, Clock, Meet, Person
from tests.journeys.walk import (
    DESK,
    LOOKS,
    PHONE,
    SETTLE,
    Look,
    Watch,
    faults_by_look,
    look_as,
    texts_of,
    untranslated,
)
from tests.pages.every_page import MAIN_PAGES, WRITTEN_BY_PEOPLE, Scenes, every_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# How a page is loaded; English first: what the others must not say.
WAYS = {
    "en": Look(DESK, "light"),
    "de": Look(PHONE, "light"),
    "it": Look(PHONE, "dark"),
    "fr": Look(DESK, "dark"),
}
MOST_JS_KB, MOST_CSS_KB, MOST_SHIFT = 70, 40, 0.05

WATCH_SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture
def scenes(clock: Clock) -> Scenes:
    return every_page()


@pytest.mark.parametrize("role", ["visitor", "client", "partner", "suspended", "applicant", "ops"])
def test_every_page_is_sound(role: str, scenes: Scenes, meet: Meet) -> None:
    faults: list[str] = []
    said_in_english: dict[str, set[str]] = {}
    for language, way in WAYS.items():
        person = meet(language, way.width, _speaking(scenes.users[role], language), name=role)
        person.page.add_init_script(WATCH_SHIFTS)
        watch = Watch()
        watch.on(person.page)
        for name, paths in scenes.pages[role].items():
            for number, path in enumerate(paths):
                watch.bodies.clear()
                watch.faults = []
                look_as(person.page, way, motion=True)
                person.go(path.replace("LANGUAGE", language))
                found = [*_faults(person, watch, said_in_english, path), *watch.faults]
                faults += [f"{path} ({language}): {fault}" for fault in found]
                if name in MAIN_PAGES and number == 0:
                    _shoot(person, f"{role}-{name}", way)
        faults += person.complaints
        person.complaints = []
    assert faults == []


def _speaking(user: User | None, language: str) -> User | None:
    if user is not None:
        user.language = language
        user.save(update_fields=["language"])
    return user


def _faults(person: Person, watch: Watch, in_english: dict[str, set[str]], path: str) -> Iterator[str]:
    page = person.page
    page.evaluate(SETTLE)
    if (headings := page.locator("h1").count()) != 1:
        yield f"{headings} main headings"
    if (shifted := page.evaluate("window.shifted")) >= MOST_SHIFT:
        yield f"the layout shifts by {shifted:.3f}"
    yield from _weight(watch)
    texts = texts_of(page)
    if person.language == "en":
        in_english[path] = texts
    else:
        yield from untranslated(texts, in_english[path], person.language, written=WRITTEN_BY_PEOPLE)
    yield from faults_by_look(page, LOOKS)


def _weight(watch: Watch) -> Iterator[str]:
    for kind, most in (("script", MOST_JS_KB), ("stylesheet", MOST_CSS_KB)):
        bodies = [body for is_of, body in watch.bodies.values() if is_of == kind]
        if (size := sum(len(gzip.compress(body)) for body in bodies) / 1000) > most:
            yield f"{size:.1f} kB of {kind}"


def _shoot(person: Person, what: str, way: Look) -> None:
    """As the page was loaded, and as different as can be: all widths and schemes, in two languages each."""
    for look in (way, way.opposite):
        look_as(person.page, look)
        if SHOTS:
            # A map draws itself anew a moment after its size has changed.
            person.page.wait_for_timeout(300)
        person.shoot(what)
