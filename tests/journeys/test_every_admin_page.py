"""Every page of the admin on a desk and a phone, by day and by night: nothing is broken or too wide.

In German, whose words are the longest; `tests/admin/test_every_page.py` reads them in all languages.
"""

import pytest
from playwright.sync_api import Page

from tests.admin.every_page import every_admin_page
from tests.factories import OpsFactory
from tests.journeys.conftest import Clock, Meet
from tests.journeys.walk import DESK, LOOKS, Look, Watch, faults_by_look, look_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SETTLE = "new Promise(done => Alpine.nextTick(() => setTimeout(done, 30)))"
STILL = "*, ::before, ::after { transition: none !important; animation: none !important }"
TURN = "scheme => Alpine.$data(document.documentElement).switchTheme(scheme)"
# What a mail brings along must not run, and does not.
NOT_RUN = "Blocked script execution in 'about:srcdoc' because the document's frame is sandboxed"


def test_every_admin_page_is_sound(clock: Clock, meet: Meet) -> None:
    ops = OpsFactory.create(language="de")
    person = meet("de", DESK, ops, name="ops")
    watch = Watch()
    watch.on(person.page)
    faults: list[str] = []
    for path in every_admin_page(ops).values():
        watch.faults = []
        look_as(person.page, LOOKS[0])
        person.go(path)
        person.page.add_style_tag(content=STILL)
        person.page.evaluate(SETTLE)
        found = faults_by_look(person.page, LOOKS, turn=_turn)
        faults += [f"{path}: {fault}" for fault in [*found, *watch.faults]]
        faults += [f"{path}: {each}" for each in person.complaints if not each.startswith(NOT_RUN)]
        person.complaints = []
    assert faults == []


def _turn(page: Page, look: Look) -> None:
    look_as(page, look)
    page.evaluate(TURN, look.scheme)
