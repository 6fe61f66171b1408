"""Hands that never touch a mouse: they press Tab until they are where they want to be, and see where they are."""

import re

from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Person

# More than any page has on the way to its main action.
MOST_STEPS = 60

# What has the focus, and what is wrong with it: it must look otherwise than without (known once it has moved on), and
# some of it must be on the screen with nothing over it. The look of a hidden radio button is that of its label.
# The ring stands out from its ground by 3:1 (WCAG 1.4.11); a field may have its border instead.
LOOK = """() => {
    const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const luminance = (...layers) => {
        for (const colour of layers) {
            brush.fillStyle = colour;
            brush.fillRect(0, 0, 1, 1);
        }
        const [red, green, blue] = [...brush.getImageData(0, 0, 1, 1).data].map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const grounds = (element) =>
        element ? [...grounds(element.parentElement), getComputedStyle(element).backgroundColor] : ["white"];
    const standsOut = (element) => {
        const ground = grounds(element.parentElement);
        const parts = [element, element.closest("label")].filter(Boolean);
        const rings = parts.flatMap((part) => [getComputedStyle(part), getComputedStyle(part, "::after")])
            .filter((style) => style.outlineStyle !== "none")
            .map((style) => style.outlineColor);
        if (element.matches("input, select, textarea")) rings.push(getComputedStyle(element).borderTopColor);
        return rings.some((ring) => {
            const [dark, light] = [luminance(...ground), luminance(...ground, ring)].sort((a, b) => a - b);
            return (light + 0.05) / (dark + 0.05) >= 3;
        });
    };
    const looks = (element) => [element, element.closest("label"), element.nextElementSibling]
        .filter(Boolean)
        .flatMap((part) => [getComputedStyle(part), getComputedStyle(part, "::after")])
        .map((style) => [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.translate])
        .join();
    const words = (element) =>
        `${element.localName} "${(element.labels?.[0] ?? element).textContent.trim().slice(0, 40)}"`;
    const isInSight = (element) => {
        const own = element.getBoundingClientRect();
        const box = own.width > 2 ? element : element.closest("label");
        if (!box) return false;
        return [...box.getClientRects()].some(({ left, top, width, height }) =>
            [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]].some(([x, y]) => {
                const hit = document.elementFromPoint(left + x * width, top + y * height);
                return hit && (box.contains(hit) || hit.closest("label")?.control === element);
            }),
        );
    };
    const on = document.activeElement;
    const before = window.focusBefore;
    const faults = [];
    if (before && before.element !== on && before.element.isConnected && looks(before.element) === before.look)
        faults.push(`the focus on ${before.words} is not seen`);
    const isNowhere = on === document.body;
    // A field for a day has several stops within.
    if (before?.element !== on) window.focusBefore = { element: on, look: looks(on), words: words(on) };
    if (isNowhere) window.focusBefore = null;
    if (!isNowhere && !on.matches("main, input[type=range]") && !standsOut(on))
        faults.push(`the ring around ${words(on)} is too faint`);
    if (!isNowhere && !isInSight(on)) faults.push(`${words(on)} has the focus out of sight`);
    return { on: isNowhere ? "nothing" : words(on), faults };
}"""


class Keyboard:
    """Of one person, on whatever page they are."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page = person.page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def types(self, text: str) -> None:
        self.page.keyboard.type(text)

    def to(self, role: str, name: str | re.Pattern[str], *, by: str = "Tab") -> Locator:
        """Where the focus is now: on the element of this role and name, reached in few steps."""
        target = self.page.get_by_role(role, name=name, exact=True)
        expect(target.first).to_be_attached()
        passed: list[str] = []
        while not self.is_on(target):
            assert len(passed) < MOST_STEPS, f"{role} {name!r} is not reached by {by}: {passed}"
            self.press(by)
            passed.append(self.looks())
        return target

    def opens(self, role: str, name: str | re.Pattern[str]) -> None:
        """A link or a button, reached and pressed."""
        self.to(role, name)
        self.press("Enter")

    def is_on(self, target: Locator) -> bool:
        return bool(target.evaluate_all("found => found.includes(document.activeElement)"))

    def looks(self) -> str:
        """Where the focus is, in words; it must be seen."""
        found = self.page.evaluate(LOOK)
        assert not found["faults"], f"{self.page.url}: {found['faults']}"
        return str(found["on"])

    def has_lost_nothing(self) -> None:
        """After something has been exchanged under the focus; htmx takes a moment to settle it."""
        expect(self.page.locator("body")).not_to_be_focused()
        assert self.looks() != "nothing", self.page.url
