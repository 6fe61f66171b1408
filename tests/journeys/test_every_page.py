"""Every page in four languages, on a phone and on a desk, by day and by night: nothing is broken, foreign or too wide.

Each language comes with its own width and scheme for axe; the width is tried both ways in each. `MILA_SHOTS` keeps
pictures of the main pages.
"""

import gzip
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, Request, Response

from mila.accounts.models import User
from tests.journeys.catalogue import english_texts
from tests.journeys.conftest import Clock, Meet, Person
from tests.pages.every_page import MAIN_PAGES, WRITTEN_BY_PEOPLE, Scenes, every_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE, DESK = 390, 1280
# English first: what the others must not say.
WAYS = (("en", DESK, "light"), ("de", PHONE, "light"), ("it", PHONE, "dark"), ("fr", DESK, "dark"))
MOST_JS_KB, MOST_CSS_KB, MOST_SHIFT = 70, 40, 0.05
SENTENCE = re.compile(r"(?:[^\W\d]{2,}[,:]?\s+){3}[^\W\d]{2,}")

WATCH_SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({type: "layout-shift", buffered: true});
"""
TEXTS = """() => {
    const found = new Set([document.title]);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        const isHidden = ["SCRIPT", "STYLE", "TEMPLATE"].includes(parent.tagName) || parent.closest("[lang]:not(html)");
        if (!isHidden) found.add(walker.currentNode.textContent.replace(/\\s+/g, " ").trim());
    }
    for (const name of ["aria-label", "placeholder", "title", "alt"])
        for (const element of document.querySelectorAll(`[${name}]`)) found.add(element.getAttribute(name).trim());
    return [...found].filter(Boolean);
}"""


@dataclass
class Watch:
    """What a page asked for, and what went wrong."""

    faults: list[str] = field(default_factory=list)
    bodies: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def on(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"error in a script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _failed(self, request: Request) -> None:
        # Whoever leaves a page gives up what it still waits for.
        if "ERR_ABORTED" not in str(request.failure):
            self.faults.append(f"failed: {request.url} ({request.failure})")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"answered {response.status}: {response.url}")
        elif response.request.resource_type in ("script", "stylesheet"):
            self.bodies[response.url] = (response.request.resource_type, response.body())

    def kilobytes(self, kind: str) -> float:
        return sum(len(gzip.compress(body)) for is_of, body in self.bodies.values() if is_of == kind) / 1000


@pytest.fixture
def scenes(clock: Clock) -> Scenes:
    return every_page()


@pytest.mark.parametrize("role", ["visitor", "client", "partner", "suspended", "applicant", "ops"])
def test_every_page_is_sound(role: str, scenes: Scenes, meet: Meet) -> None:
    faults: list[str] = []
    said_in_english: dict[str, set[str]] = {}
    for language, width, scheme in WAYS:
        person = meet(language, width, _speaking(scenes.users[role], language), name=role)
        person.page.add_init_script(WATCH_SHIFTS)
        person.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        watch = Watch()
        watch.on(person.page)
        for name, paths in scenes.pages[role].items():
            for number, path in enumerate(paths):
                watch.bodies.clear()
                watch.faults = []
                person.go(path.replace("LANGUAGE", language))
                found = [*_faults(person, watch, said_in_english, path), *watch.faults]
                faults += [f"{path} ({language}): {fault}" for fault in found]
                if name in MAIN_PAGES and number == 0:
                    person.shoot(f"{role}-{name}")
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
    page.wait_for_load_state("networkidle")
    if (headings := page.locator("h1").count()) != 1:
        yield f"{headings} main headings"
    if (shifted := page.evaluate("window.shifted")) >= MOST_SHIFT:
        yield f"the layout shifts by {shifted:.3f}"
    yield from _weight(watch)
    texts = set(page.evaluate(TEXTS))
    if person.language == "en":
        in_english[path] = texts
    else:
        yield from _untranslated(texts, in_english[path], person.language)
    for violation in _violations(page):
        places = [node["target"] for node in violation["nodes"]][:3]
        yield f"{violation['id']} ({violation['impact']}): {violation['help']} {places}"
    yield from _sideways(page)


def _weight(watch: Watch) -> Iterator[str]:
    for kind, most in (("script", MOST_JS_KB), ("stylesheet", MOST_CSS_KB)):
        if (size := watch.kilobytes(kind)) > most:
            yield f"{size:.1f} kB of {kind}"


def _violations(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [violation for violation in found if violation["impact"] != "minor"]


def _untranslated(texts: set[str], in_english: set[str], language: str) -> Iterator[str]:
    """Texts of the catalogue that have a translation, and sentences that are the same in English."""
    with translation.override(language):
        known = {text for text in texts & english_texts() if gettext(text) != text}
    same = {text for text in texts & in_english if SENTENCE.search(text) and not _is_data(text)}
    yield from (f"not translated: {text}" for text in sorted(known | same))


def _is_data(text: str) -> bool:
    with translation.override("en"):
        return any(written in text for written in WRITTEN_BY_PEOPLE)


def _sideways(page: Page) -> Iterable[str]:
    size = page.viewport_size
    assert size is not None
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 844})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            yield f"scrolls sideways by {over} px at {width} px"
    page.set_viewport_size(size)
