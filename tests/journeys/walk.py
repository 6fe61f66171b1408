"""What is looked for on each page of a walk: nothing broken, foreign, too wide, or closed to somebody."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, Request, Response

from tests.journeys.catalogue import english_texts

PHONE, DESK = 390, 1280
HEIGHT = {PHONE: 844, DESK: 900}
# What an object is called in a program, `Partner(pk=5, …)` or `<Partner: …>`, has no place on a page.
REPRESENTATION = re.compile(r"\w\(\w+=|<\w+: |object at 0x")
SENTENCE = re.compile(r"(?:[^\W\d]{2,}[,:]?\s+){3}[^\W\d]{2,}")

# Complete, with nothing of htmx under way.
SETTLE = """async () => {
    const busy = ".htmx-request, .htmx-swapping, .htmx-settling";
    do await new Promise(done => setTimeout(done, 30));
    while (document.readyState !== "complete" || document.querySelector(busy));
}"""
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
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
AXE = Axe()
# Two frames later a changed scheme is drawn everywhere; axe reads the colours as they are drawn.
RUN_AXE = """async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    const found = await axe.run({resultTypes: ["violations"]});
    return found.violations.map(({id, impact, help, nodes}) =>
        ({id, impact, help, places: nodes.map(node => node.target.join(" "))}));
}"""


@dataclass(frozen=True)
class Look:
    """One way in which a page is looked at."""

    width: int
    scheme: Literal["light", "dark"]

    def __str__(self) -> str:
        return f"{self.width} px, {self.scheme}"

    @property
    def opposite(self) -> "Look":
        return Look(PHONE + DESK - self.width, "dark" if self.scheme == "light" else "light")


LOOKS = (Look(DESK, "light"), Look(DESK, "dark"), Look(PHONE, "dark"), Look(PHONE, "light"))


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
        # Whoever leaves a page gives up what it still waits for; `Person.go` sees to a network that changed.
        if not {"net::ERR_ABORTED", "net::ERR_NETWORK_CHANGED"} & {request.failure}:
            self.faults.append(f"failed: {request.url} ({request.failure})")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"answered {response.status}: {response.url}")
        elif response.request.resource_type in ("script", "stylesheet"):
            self.bodies[response.url] = (response.request.resource_type, response.body())


def look_as(page: Page, look: Look, *, motion: bool = False) -> None:
    """Without motion a colour is at once what it becomes."""
    page.set_viewport_size({"width": look.width, "height": HEIGHT[look.width]})
    page.emulate_media(color_scheme=look.scheme, reduced_motion="no-preference" if motion else "reduce")


def texts_of(page: Page) -> set[str]:
    """What is written on a page and in its attributes."""
    return set(page.evaluate(TEXTS))


def untranslated(
    texts: set[str], in_english: set[str], language: str, *, written: Iterable[str]
) -> Iterator[str]:
    """Texts of the catalogue that have a translation, and sentences that are the same in English.

    But for those that people have `written`.
    """
    with translation.override(language):
        known = {text for text in texts & english_texts() if gettext(text) != text}
    same = {
        text
        for text in texts & in_english
        if SENTENCE.search(text) and not any(words in text for words in written)
    }
    yield from (f"not translated: {text}" for text in sorted(known | same))
    yield from (f"no words: {text[:60]}" for text in sorted(texts) if REPRESENTATION.search(text))


def faults_by_look(
    page: Page,
    looks: Iterable[Look],
    *,
    turn: Callable[[Page, Look], None] = look_as,
) -> Iterator[str]:
    """What axe finds above "minor" and whether the page is too wide, each way that it is looked at.

    All of axe's rules run each time.
    """
    page.evaluate(AXE.axe_script)
    for look in looks:
        turn(page, look)
        if (over := page.evaluate(OVER)) > 0:
            yield f"{look}: scrolls sideways by {over} px"
        found: list[dict[str, Any]] = page.evaluate(RUN_AXE)
        for each in found:
            if each["impact"] != "minor":
                yield f"{look}: {each['id']} ({each['impact']}): {each['help']} {each['places'][:3]}"
