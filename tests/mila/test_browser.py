"""The browser of the journeys works, and the strict content policy lets our own pages through."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_login_page_comes_without_complaints_of_the_browser(
    page: Page, live_server: LiveServer, width: int
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"{request.url}: {request.failure}"))
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{live_server.url}/accounts/login/")
    assert page.locator("input[type=password]").is_visible()
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
