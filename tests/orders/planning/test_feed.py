"""The feed of a partner's visits, as a calendar program reads it."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from orders.models import Job
from orders.planning.feed import renew_feed
from tests.factories import NOW
from tests.orders.planning.scenes import DAY, EAST, at, plan, visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_a_monday_in_june():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def address(partner) -> str:
    return reverse("calendar_feed", args=[renew_feed(partner_id=partner.pk, now=NOW).token])


def events(address: str):
    response = Client().get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def test_a_visit_is_an_event_in_the_zone_of_the_city(partner, address):
    job = visit(partner, 9, 1, (8, 12))
    (event,) = events(address)
    assert event["UID"] == f"visit-{job.pk}@mila"
    assert event.decoded("dtstart") == at(9)
    assert event["dtstart"].params["TZID"] == "Europe/Zurich"
    assert event["summary"] == job.order.service.name_en
    assert event["location"] == "Seestrasse 1, 8001 Zürich"
    assert "08:00" in event["description"]
    assert "12:00" in event["description"]


def test_the_zone_comes_with_the_calendar(partner, address):
    visit(partner, 9)
    zones = Calendar.from_ical(Client().get(address).content).walk("VTIMEZONE")
    assert [str(zone["TZID"]) for zone in zones] == ["Europe/Zurich"]


def test_a_moved_visit_keeps_its_name_and_counts_on(partner, address):
    jobs = [visit(partner, 9, 3, (8, 17)), visit(partner, 12, 0, (8, 17)), visit(partner, 15, 3, (8, 17))]
    before = {str(event["UID"]): event["sequence"] for event in events(address)}
    plan(partner, now=NOW + timedelta(hours=1))
    after = events(address)
    assert {str(event["UID"]) for event in after} == set(before) == {f"visit-{job.pk}@mila" for job in jobs}
    moved = [event for event in after if event["sequence"] == 1]
    assert moved
    assert all(event.decoded("last-modified") == NOW + timedelta(hours=1) for event in moved)


def test_a_cancelled_visit_disappears(partner, address):
    job = visit(partner, 9)
    Job.objects.filter(pk=job.pk).update(outcome="cancelled", outcome_at=NOW)
    assert events(address) == []


def test_the_address_is_gone_once_the_job_has_ended(partner, address):
    job = visit(partner, 9)
    Job.objects.filter(pk=job.pk).update(outcome="completed", outcome_at=at(10))
    with time_machine.travel(at(11), tick=False):
        (event,) = events(address)
    assert event["location"] == "8001 Zürich"
    assert "Seestrasse" not in event.to_ical().decode()


def test_it_speaks_the_partners_language(partner, address):
    partner.user.language = "de"
    partner.user.save()
    job = visit(partner, 9)
    (event,) = events(address)
    assert event["summary"] == job.order.service.name_de


def test_unchanged_it_is_not_sent_again(partner, address):
    visit(partner, 9)
    first = Client().get(address)
    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    visit(partner, 12)
    assert Client().get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("status", ["excluded", "left"])
def test_who_is_no_partner_any_more_has_no_feed(partner, address, status):
    type(partner).objects.filter(pk=partner.pk).update(status=status)
    assert Client().get(address).status_code == 404


def test_an_unknown_address_is_none(db):
    assert Client().get(reverse("calendar_feed", args=["guess"])).status_code == 404


def test_a_new_address_replaces_the_one_before(partner, address):
    client = Client()
    client.force_login(partner.user)
    page = client.post(reverse("calendar_renew"), follow=True)
    assert Client().get(address).status_code == 404
    new = partner.calendar_feed.token
    assert new in page.content.decode()
    assert len(new) > 40


class TestTheDayPage:
    def page(self, partner, *args: str) -> str:
        client = Client()
        client.force_login(partner.user)
        response = client.get(reverse("my_day_on" if args else "my_day", args=args))
        assert response.status_code == 200
        return response.content.decode()

    def test_the_visits_stand_in_order_with_their_ways(self, partner):
        late, early = visit(partner, 12, 1), visit(partner, 9, 2, (8, 12))
        page = self.page(partner, str(DAY))
        assert page.index(f"/partner/jobs/{early.pk}") < page.index(f"/partner/jobs/{late.pk}")
        assert page.count("min on the way") == 2
        assert "min back home" in page
        assert "It is a suggestion: you decide which way you take." in page

    def test_the_planned_ways_are_shown_once_the_day_is_planned(self, partner):
        visit(partner, 9, 2)
        plan(partner)
        assert "being planned anew" not in self.page(partner, str(DAY))

    def test_a_day_that_is_due_says_so(self, partner):
        visit(partner, 9, 2)
        plan(partner)
        partner.plans.update(due_at=NOW)
        assert "being planned anew" in self.page(partner, str(DAY))

    def test_the_address_is_shown_while_the_job_is_alive(self, partner):
        job = visit(partner, 9)
        assert "Seestrasse 1" in self.page(partner, str(DAY))
        Job.objects.filter(pk=job.pk).update(outcome="completed", outcome_at=at(10))
        assert "Seestrasse 1" not in self.page(partner, str(DAY))

    def test_today_is_shown_by_default_and_may_be_empty(self, partner):
        page = self.page(partner)
        assert "No visits on this day" in page
        assert f"/partner/day/{DAY - timedelta(days=1)}" in page

    def test_others_see_nothing_of_it(self, partner, client_user):
        visit(partner, 9)
        client = Client()
        client.force_login(client_user)
        assert client.get(reverse("my_day")).status_code == 404

    @pytest.mark.parametrize("day", ["tomorrow", "2026-13-01", "0001-01-01", "9999-12-31"])
    def test_an_odd_day_is_not_found(self, partner, day):
        client = Client()
        client.force_login(partner.user)
        assert client.get(reverse("my_day_on", args=[day])).status_code == 404

    def test_the_map_gets_stops_towns_and_home(self, partner):
        visit(partner, 9, 2)
        page = self.page(partner, str(DAY))
        assert str(EAST[2][1]) in page
        assert '"towns": [{"name": "Zürich"' in page or "Z\\u00fcrich" in page
