"""A partner's hours and days off in the browser's forms."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.availability.policy import Hours
from partners.availability.services import availability_of
from partners.models import Partner
from tests.pages.scenes import new_partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    return new_partner()


@pytest.fixture
def browser(partner: Partner) -> Client:
    client = Client()
    assert partner.user is not None
    client.force_login(partner.user)
    return client


def save(browser: Client, **week: str) -> str:
    form = {"buffer_minutes": "15"} | week
    return browser.post(reverse("partner_hours"), form, follow=True).content.decode()


def kept(partner: Partner) -> tuple[Hours, ...] | None:
    return availability_of(Partner.objects.get(pk=partner.pk)).hours


def test_a_week_is_kept_and_shown_again(browser: Client, partner: Partner) -> None:
    page = save(browser, day0_from1="08:00", day0_to1="12:00", day0_from2="13:30", day0_to2="00:00")
    assert kept(partner) == (Hours(0, 480, 720), Hours(0, 810, 1440))
    assert "You are asked in these hours" in page
    assert 'name="day0_to2" value="00:00"' in page
    assert Partner.objects.get(pk=partner.pk).buffer_minutes == 15


def test_any_time_is_one_tick(browser: Client, partner: Partner) -> None:
    save(browser, day0_from1="08:00", day0_to1="12:00")
    page = save(browser, any_time="on", day0_from1="08:00", day0_to1="12:00")
    assert kept(partner) is None
    assert "You are asked at any time" in page


def test_hours_filled_in_beside_the_tick_are_not_lost(browser: Client, partner: Partner) -> None:
    """The tick stands there for everybody without hours: one fills in a week and overlooks it."""
    page = save(browser, any_time="on", day0_from1="08:00", day0_to1="12:00")
    assert "With this tick the hours you have filled in do not count." in page
    assert 'name="day0_from1" value="08:00"' in page


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ({"day0_from1": "08:00"}, "Please give both the beginning and the end."),
        ({"day0_from1": "12:00", "day0_to1": "08:00"}, "A span ends before it begins."),
        ({"day0_from1": "08:07", "day0_to1": "12:00"}, "Please choose full quarter hours."),
        (
            {"day0_from1": "08:00", "day0_to1": "12:00", "day0_from2": "11:00", "day0_to2": "13:00"},
            "The two spans overlap.",
        ),
        ({"day0_from1": "noon", "day0_to1": "12:00"}, "Enter a valid time."),
        ({"buffer_minutes": "7"}, "Select a valid choice."),
    ],
)
def test_odd_hours_are_named_and_lose_nothing(
    browser: Client, partner: Partner, week: dict[str, str], words: str
) -> None:
    page = save(browser, **(week | {"day3_from1": "09:15", "day3_to1": "10:00"}))
    assert words in page
    assert 'value="09:15' in page
    assert kept(partner) is None


def days_off(browser: Client, first: int, last: int | None = None) -> str:
    today = timezone.localdate()
    form = {"first": today + timedelta(days=first)}
    if last is not None:
        form["last"] = today + timedelta(days=last)
    return browser.post(reverse("days_off_add"), form, follow=True).content.decode()


def test_days_off_are_taken_and_given_back(browser: Client, partner: Partner) -> None:
    assert "Nothing is offered to you for these days." in days_off(browser, 2)
    days_off(browser, 5, 9)
    assert [(days.upper - days.lower).days for days in partner.days_off.values_list("days", flat=True)] == [
        1,
        5,
    ]
    first = partner.days_off.order_by("days")[0]
    browser.post(reverse("days_off_remove", args=[first.pk]))
    assert partner.days_off.count() == 1


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (3, 2, "The last day off is before the first."),
        (-2, None, "These days are already over."),
        (5, 6, "You already have some of these days off."),
    ],
)
def test_odd_days_off_are_named(
    browser: Client, partner: Partner, first: int, last: int | None, words: str
) -> None:
    days_off(browser, 5)
    assert words in days_off(browser, first, last)
    assert partner.days_off.count() == 1


@pytest.mark.parametrize(("first", "last", "wrong"), [(3, 2, "last"), (-2, None, "first")])
def test_the_day_that_is_wrong_is_marked(
    browser: Client, partner: Partner, first: int, last: int | None, wrong: str
) -> None:
    fields = re.findall(r'<input type="date"[^>]*>', days_off(browser, first, last))
    marked = {
        name
        for name in ("first", "last")
        if any(f'name="{name}"' in f and "aria-invalid" in f for f in fields)
    }
    assert marked == {wrong}


def test_a_day_that_is_missing_is_asked_for(browser: Client) -> None:
    page = browser.post(reverse("days_off_add"), {"first": "someday"}).content.decode()
    assert "Enter a valid date." in page
