"""The week of a partner as it is drawn."""

import pytest
from playwright.sync_api import Locator

from tests.journeys.conftest import Clock, Meet
from tests.pages.scenes import new_partner

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _top(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"]


def test_the_line_of_now_stands_at_its_hour_where_no_hours_are_set(clock: Clock, meet: Meet) -> None:
    """It is ten; who is asked at any time has hours from midnight on, of which the grid shows a part."""
    partner = meet("de", 1280, new_partner().user, name="partner")
    partner.go("/partner/calendar")
    an_hour = _top(partner.page.locator(".cal-axis .h11")) - _top(partner.page.locator(".cal-axis .h10"))
    since_ten = _top(partner.page.locator(".cal-shade .now")) - _top(partner.page.locator(".cal-axis .h10"))
    assert abs(since_ten) < an_hour / 4
