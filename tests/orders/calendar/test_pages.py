"""The week and the month of a partner, as pages."""

import re
from datetime import date, datetime, time, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.availability.policy import Hours
from partners.availability.services import add_days_off, set_hours
from tests.factories import NOW, BookedJobFactory, OrderFactory, PartnerFactory

pytestmark = pytest.mark.django_db

ZURICH = ZoneInfo("Europe/Zurich")
WEEK, MONTH = "calendar_week", "calendar_month"


@pytest.fixture(autouse=True)
def _on_a_monday_in_june():
    with time_machine.travel(NOW, tick=False):
        yield


def visit(partner, day: date, hour: int, hours: int = 1, **fields):
    start = datetime.combine(day, time(hour), ZURICH)
    order = OrderFactory.create(
        status="confirmed", slot=DateTimeTZRange(start, start + timedelta(hours=hours))
    )
    return BookedJobFactory.create(partner=partner, order=order, **fields)


def client_of(partner) -> Client:
    client = Client()
    client.force_login(partner.user)
    return client


def shown(partner, name: str, **query: str) -> str:
    response = client_of(partner).get(reverse(name), query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def day_section(page: str, day: date) -> str:
    """What the week says about one day."""
    found = re.search(rf'<h2 id="day-\d"><a href="/partner/day/{day}".*?</section>', page)
    assert found is not None
    return found[0]


def cell(page: str, day: date) -> str:
    found = re.search(rf'<td class="([^"]*)"><a href="/partner/day/{day}".*?</td>', page)
    assert found is not None
    return found[0]


def works(partner, *spans: tuple[int, int, int], works_on_holidays: bool = False) -> None:
    hours = [Hours(weekday, 60 * begins, 60 * ends) for weekday, begins, ends in spans]
    set_hours(
        partner_id=partner.pk, hours=hours, works_on_holidays=works_on_holidays, buffer_minutes=15, now=NOW
    )


class TestTheWeek:
    def test_a_visit_stands_on_its_day_at_its_time(self):
        partner = PartnerFactory.create()
        job = visit(partner, date(2026, 6, 3), 9)

        page = shown(partner, WEEK)

        wednesday = day_section(page, date(2026, 6, 3))
        assert f"/partner/jobs/{job.pk}" in wednesday
        assert 'class="h9 m0 until-h10 until-m0 lane1of1"' in wednesday
        assert "One visit in this week" in page
        assert "Week 23: 1.6. – 7.6.2026" in page

    def test_what_was_cancelled_is_gone_and_what_is_done_says_so(self):
        partner = PartnerFactory.create()
        gone = visit(partner, date(2026, 6, 2), 9, outcome="cancelled", outcome_at=NOW)
        done = visit(partner, date(2026, 6, 1), 9, outcome="completed", outcome_at=NOW)

        page = shown(partner, WEEK)

        assert f"/partner/jobs/{gone.pk}" not in page
        assert "done" in day_section(page, date(2026, 6, 1))
        assert f"/partner/jobs/{done.pk}" in page

    def test_hours_days_off_and_holidays_are_marked(self):
        partner = PartnerFactory.create()
        works(partner, (1, 7, 12), (1, 13, 19), (4, 9, 17))
        add_days_off(
            partner_id=partner.pk, first=date(2026, 5, 29), last=date(2026, 5, 29), today=date(2026, 5, 1)
        )

        page = shown(partner, WEEK, day="2026-05-26")

        tuesday = day_section(page, date(2026, 5, 26))
        assert "07:00 – 12:00" in tuesday
        assert 'class="open h13 m0 until-h19 until-m0"' in tuesday
        assert "from7 to19" in page
        assert "Pentecost Monday" in day_section(page, date(2026, 5, 25))
        friday = day_section(page, date(2026, 5, 29))
        assert "Day off" in friday
        assert "No working hours" in friday

    def test_holidays_are_those_of_the_canton(self):
        """Corpus Christi is one in Lucerne, and none in Zürich."""
        assert "Corpus Christi" not in shown(PartnerFactory.create(), WEEK, day="2026-06-04")
        partner = PartnerFactory.create()
        type(partner.city).objects.filter(pk=partner.city_id).update(canton="LU")

        assert "Corpus Christi" in shown(partner, WEEK, day="2026-06-04")

    def test_without_hours_any_time_is_said_and_the_usual_hours_are_drawn(self):
        page = shown(PartnerFactory.create(), WEEK)

        assert "You have set no hours, so you are asked at any time." in page
        assert "from8 to18" in page

    @pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25)])
    def test_when_the_clock_is_set_a_visit_keeps_its_place(self, sunday):
        partner = PartnerFactory.create()
        works(partner, (6, 8, 17), works_on_holidays=True)
        visit(partner, sunday, 9)
        visit(partner, sunday - timedelta(days=1), 9)

        page = shown(partner, WEEK, day=str(sunday))

        for day in (sunday, sunday - timedelta(days=1)):
            section = day_section(page, day)
            assert 'class="h9 m0 until-h10 until-m0 lane1of1"' in section
            assert "09:00</time>" in section
        assert 'class="open h8 m0 until-h17 until-m0"' in day_section(page, sunday)

    def test_over_midnight_a_visit_is_on_both_days(self):
        partner = PartnerFactory.create()
        job = visit(partner, date(2026, 6, 3), 23, hours=2)

        page = shown(partner, WEEK)

        assert "until-h24 until-m0" in day_section(page, date(2026, 6, 3))
        assert f"/partner/jobs/{job.pk}" in day_section(page, date(2026, 6, 4))
        assert "One visit in this week" in page

    def test_the_weeks_lead_to_each_other(self):
        page = shown(PartnerFactory.create(), WEEK, day="2026-12-31")

        assert "?day=2026-12-21" in page
        assert "?day=2027-01-04" in page
        assert "Week 53" in page
        assert "No visits in week 53" in page

    def test_nobody_elses_visits(self):
        job = visit(PartnerFactory.create(), date(2026, 6, 3), 9)

        assert f"/partner/jobs/{job.pk}" not in shown(PartnerFactory.create(), WEEK)


class TestTheMonth:
    def test_each_day_counts_its_visits_and_leads_to_its_page(self):
        partner = PartnerFactory.create()
        for hour in (9, 11, 14):
            visit(partner, date(2026, 6, 3), hour)
        visit(partner, date(2026, 7, 1), 9)

        page = shown(partner, MONTH)

        assert "3 visits in this month" in page
        assert "3 visits" in cell(page, date(2026, 6, 3))
        assert cell(page, date(2026, 6, 3)).count("<i></i>") == 3
        assert "One visit" in cell(page, date(2026, 7, 1))
        assert "visit" not in cell(page, date(2026, 6, 4))
        assert "One visit in July 2026" in shown(partner, MONTH, month="2026-07")

    def test_late_in_the_evening_is_still_that_day(self):
        """In UTC it is the day before."""
        partner = PartnerFactory.create()
        visit(partner, date(2026, 6, 10), 0)

        page = shown(partner, MONTH)

        assert "One visit" in cell(page, date(2026, 6, 10))
        assert "visit" not in cell(page, date(2026, 6, 9))

    @pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25)])
    def test_the_days_on_which_the_clock_is_set_have_their_visits(self, sunday):
        partner = PartnerFactory.create()
        for day in (sunday - timedelta(days=1), sunday, sunday + timedelta(days=1)):
            visit(partner, day, 0)
            visit(partner, day, 22)

        page = shown(partner, MONTH, month=f"{sunday:%Y-%m}")

        for day in (sunday - timedelta(days=1), sunday, sunday + timedelta(days=1)):
            assert "2 visits" in cell(page, day)

    def test_holidays_days_off_and_free_days_are_marked(self):
        partner = PartnerFactory.create()
        works(partner, *[(weekday, 8, 17) for weekday in range(5)])
        add_days_off(
            partner_id=partner.pk, first=date(2026, 8, 5), last=date(2026, 8, 6), today=date(2026, 6, 1)
        )

        page = shown(partner, MONTH, month="2026-08")

        assert "National Day" in cell(page, date(2026, 8, 1))
        assert "Day off" in cell(page, date(2026, 8, 6))
        assert "closed" in cell(page, date(2026, 8, 2))
        assert "closed" not in cell(page, date(2026, 8, 3))


@pytest.mark.parametrize(
    ("name", "query"),
    [
        (WEEK, {"day": "tomorrow"}),
        (WEEK, {"day": "2026-02-30"}),
        (WEEK, {"day": "0001-01-01"}),
        (WEEK, {"day": "9999-12-31"}),
        (MONTH, {"month": "2026-13"}),
        (MONTH, {"month": "2026-11-23"}),
        (MONTH, {"month": "9999-12"}),
    ],
)
def test_an_odd_address_is_not_found(name, query):
    assert client_of(PartnerFactory.create()).get(reverse(name), query).status_code == 404


@pytest.mark.parametrize("name", [WEEK, MONTH])
def test_a_full_week_needs_no_more_queries(name):
    partner = PartnerFactory.create()
    works(partner, (0, 8, 17))
    visit(partner, date(2026, 6, 2), 9)
    client = client_of(partner)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(name)).status_code == 200
        return len(captured)

    few = queries()
    for day in range(3, 8):
        for hour in (9, 11, 13):
            visit(partner, date(2026, 6, day), hour)
    works(partner, *[(weekday, 8, 17) for weekday in range(7)])
    add_days_off(partner_id=partner.pk, first=date(2026, 6, 9), last=date(2026, 6, 9), today=date(2026, 6, 1))

    assert queries() == few <= 7
