"""People with browsers in a market of their own, on a clock that the test moves."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect
from pytest_django.live_server_helper import LiveServer

from mila.accounts.models import User
from tests.factories import load_launch_data

ZURICH = ZoneInfo("Europe/Zurich")
SHOTS = os.environ.get("MILA_SHOTS")
# A page without a stream asks every few seconds, and a busy machine takes its time on top.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)

# Chromium says this to each request that still waits for a connection when any address of the machine changes, its own
# loopback's included: a cable, a VPN, a container that comes or goes. It is never the page's fault.
NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
ATTEMPTS = 3


class Clock:
    """The server's time; it runs, and jumps when the story jumps."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self.traveller = traveller

    def set_to(self, moment: datetime) -> None:
        self.traveller.move_to(moment, tick=True)

    def forward(self, **how_far: float) -> None:
        self.set_to(timezone.now() + timedelta(**how_far))


class Person:
    """Somebody with a browser window of one width and one language; `say` is what the pages say to them."""

    def __init__(self, context: BrowserContext, address: str, language: str, name: str) -> None:
        self.context, self.address, self.language, self.name = context, address, language, name
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.cuts = 0
        self.page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if NETWORK_CHANGED in message.text:
            self.cuts += 1
        elif message.type == "error":
            self.complaints.append(message.text)

    def say(self, text: str, **values: object) -> str:
        with translation.override(self.language):
            return gettext(text) % values if values else gettext(text)

    def say_number(self, one: str, many: str, number: int, **values: object) -> str:
        with translation.override(self.language):
            return ngettext(one, many, number) % values

    def go(self, path: str) -> None:
        """Once more if the machine's network changed meanwhile: the page, or a file of it, may be missing."""
        for _ in range(ATTEMPTS):
            cuts = self.cuts
            try:
                self.page.goto(self.address + path)
            except Error as error:
                if NETWORK_CHANGED not in error.message:
                    raise
                continue
            if self.cuts == cuts:
                return
        pytest.fail(f"the network of this machine changed {ATTEMPTS} times while {path} was fetched")

    def log_in(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        self.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.address}])

    def press(self, text: str, **values: object) -> None:
        name = self.say(text, **values)
        self.page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()

    def follow(self, text: str, **values: object) -> None:
        name = re.compile("^" + re.escape(self.say(text, **values)))
        self.page.get_by_role("main").get_by_role("link", name=name).first.click()

    def sees(self, text: str, **values: object) -> None:
        expect(self.page.locator("body")).to_contain_text(self.say(text, **values))

    def reads_heading(self, text: str, **values: object) -> None:
        expect(self.page.locator("h1")).to_have_text(self.say(text, **values))

    def shoot(self, what: str) -> None:
        """A picture for the eye, if `MILA_SHOTS` names a folder; and what must hold on every page."""
        # A click may still be on its way to the next page.
        self.page.wait_for_load_state()
        expect(self.page.locator("h1").first).to_be_visible()
        width = self.page.viewport_size
        assert width is not None
        overflow = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{what} scrolls sideways by {overflow} px"
        if SHOTS:
            folder = Path(SHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            scheme = (
                "dark"
                if self.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
                else "light"
            )
            file = folder / f"{what}-{self.language}-{width['width']}-{scheme}.png"
            self.page.screenshot(path=str(file), full_page=True)


Meet = Callable[..., Person]


@pytest.fixture
def clock(transactional_db: None) -> Iterator[Clock]:
    """It is ten in the morning, tomorrow, so that browsers and cookies agree with the server."""
    load_launch_data()
    tomorrow = datetime.now(ZURICH) + timedelta(days=1)
    with time_machine.travel(tomorrow.replace(hour=10, minute=0, second=0), tick=True) as traveller:
        yield Clock(traveller)


@pytest.fixture
def meet(browser: Browser, live_server: LiveServer) -> Iterator[Meet]:
    """`meet("fr", 390)` gives a visitor; with `user` somebody who is logged in. Nobody's console complains.

    Without `script` the browser runs none.
    """
    people: list[Person] = []

    def someone(
        language: str, width: int, user: User | None = None, name: str = "visitor", *, script: bool = True
    ) -> Person:
        context = browser.new_context(
            java_script_enabled=script,
            viewport={"width": width, "height": 844 if width < 600 else 900},
            locale=f"{language}-CH",
            timezone_id="Europe/Zurich",
        )
        person = Person(context, str(live_server.url), language, name)
        if user is not None:
            person.log_in(user)
        people.append(person)
        return person

    yield someone
    for person in people:
        person.context.close()
    assert {person.name: person.complaints for person in people if person.complaints} == {}
