"""The steps of a booking as somebody with a browser takes them."""

import re

from playwright.sync_api import expect

from orders.tasks import expire_due
from tests.journeys.conftest import Person


def says_what(client: Person, details: str) -> None:
    """The service is chosen already."""
    client.page.wait_for_url("**/book/service")
    client.page.fill("[name=details]", details)
    client.press("Continue")


def says_where(client: Person, street: str, **more: str) -> None:
    client.page.wait_for_url("**/book/address")
    client.page.fill("[name=street]", street)
    for name, value in more.items():
        client.page.fill(f"[name={name}]", value)
    client.press("Continue")


def confirms(client: Person) -> None:
    """Looks at the summary and presses the one button."""
    client.page.wait_for_url("**/book/summary")
    client.reads_heading("Is everything right?")
    client.shoot("summary")
    expect(client.page.locator("#confirm")).to_have_text(re.compile("CHF"))
    client.page.locator("#confirm").click()
    client.reads_heading("We are asking around for you")
    # As the worker does, whom the booking has called.
    expire_due()
