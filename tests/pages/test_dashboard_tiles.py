"""The dashboard: what matters is in the first answer, the tiles come each by itself."""

import re
from datetime import datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import services as billing
from orders import services as orders
from tests.factories import NOW
from tests.pages.scenes import accepted_visit, new_partner, open_offer, page_text, with_history

pytestmark = pytest.mark.django_db

BY_HTMX = {"HX-Request": "true"}
TILES = ("tile_visits", "tile_standing", "tile_earnings")
FULL = {"tile_visits": "my_day", "tile_standing": "partner_standing", "tile_earnings": "partner_earnings"}
ZURICH = ZoneInfo("Europe/Zurich")


@pytest.fixture(autouse=True)
def _on_a_monday_in_june():
    with time_machine.travel(NOW, tick=False):
        yield


def tile(client, name: str) -> str:
    response = client.get(reverse(name), headers=BY_HTMX)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def booked(partner, hours: float):
    """Accepted yesterday, so many hours from now."""
    start = NOW + timedelta(hours=hours)
    return accepted_visit(partner, slot_start=start, now=NOW - timedelta(days=1))


def earned(partner, end: datetime) -> None:
    """A visit of an hour that ended then, in the books."""
    start = end - timedelta(hours=1)
    job = accepted_visit(partner, slot_start=start, now=start - timedelta(days=1))
    orders.check_in(job_id=job.pk, partner=partner, now=start)
    orders.check_out(job_id=job.pk, partner=partner, now=end)
    billing.post_completed(now=end)


class TestTheFirstAnswer:
    def test_the_next_visit_is_counted_down_and_can_be_tapped(self, logged_in):
        partner = new_partner()
        visit = booked(partner, 0.5)

        page = page_text(logged_in(partner.user), "partner_dashboard")

        start = visit.order.starts_at.astimezone(ZURICH)
        assert f'data-until="{start.isoformat()}"' in page
        assert reverse("job_set_off", args=[visit.pk]) in page

    def test_further_away_than_a_day_nothing_is_counted_down(self, logged_in):
        partner = new_partner()
        booked(partner, 30)

        assert "data-until" not in page_text(logged_in(partner.user), "partner_dashboard")

    def test_offers_are_in_it_and_the_tiles_are_not(self, logged_in):
        partner = new_partner()
        booked(partner, 2)
        booked(partner, 5)
        open_offer(partner, slot_start=NOW + timedelta(days=2))

        page = page_text(logged_in(partner.user), "partner_dashboard")

        assert "New offer" in page
        assert "gauge" not in page
        for name in TILES:
            assert f'hx-get="{reverse(name)}" hx-trigger="load, live"' in page
            assert f'href="{reverse(FULL[name])}"' in page

    def test_there_are_as_many_lines_as_there_will_be_visits(self, logged_in):
        partner = new_partner()
        client = logged_in(partner.user)
        for hours in (2, 5, 26, 50):
            booked(partner, hours)
        earned(partner, NOW - timedelta(minutes=30))

        page = page_text(client, "partner_dashboard")

        lines = page.count('<i class="visit"></i>')
        assert lines == tile(client, "tile_visits").count('<li class="row top') == 5

    def test_without_visits_nothing_waits_for_any(self, logged_in):
        page = page_text(logged_in(new_partner().user), "partner_dashboard")

        assert reverse("tile_visits") not in page

    def test_few_queries_however_much_there_is(self, logged_in, queries):
        partner = new_partner()
        client = logged_in(partner.user)
        booked(partner, 2)
        open_offer(partner, slot_start=NOW + timedelta(days=20))
        few = queries(client, reverse("partner_dashboard"))
        for number in range(4):
            booked(partner, 26 + 24 * number)
            open_offer(partner, slot_start=NOW + timedelta(days=21 + number))
        with_history(partner, 5, 30)

        assert queries(client, reverse("partner_dashboard")) == few <= 8


class TestTheNextVisit:
    def seen(self, client) -> str:
        return re.findall(r'hx-get="([^"]*partner/next[^"]*)"', page_text(client, "partner_dashboard"))[0]

    def test_unchanged_it_is_not_sent_again(self, logged_in):
        partner = new_partner()
        booked(partner, 3)
        client = logged_in(partner.user)

        assert client.get(self.seen(client), headers=BY_HTMX).status_code == 204

    def test_when_one_may_set_off_it_says_so_by_itself(self, logged_in):
        partner = new_partner()
        visit = booked(partner, 6)
        client = logged_in(partner.user)
        path = self.seen(client)
        assert reverse("job_set_off", args=[visit.pk]) not in page_text(client, "partner_dashboard")

        with time_machine.travel(NOW + timedelta(hours=5, minutes=30), tick=False):
            answer = client.get(path, headers=BY_HTMX).content.decode()

        assert reverse("job_set_off", args=[visit.pk]) in answer

    def test_the_last_one_leaves_nothing(self, logged_in):
        partner = new_partner()
        visit = booked(partner, 72)
        client = logged_in(partner.user)
        path = self.seen(client)

        orders.hand_over_job(job_id=visit.pk, partner=partner, reason="I am ill.", now=NOW)

        answer = client.get(path, headers=BY_HTMX).content.decode()
        assert 'id="next"' in answer
        assert "card" not in answer

    def test_the_headline_comes_along_with_what_has_changed(self, logged_in):
        partner = new_partner()
        client = logged_in(partner.user)
        path = self.seen(client)
        assert '<h1 id="headline">No visits planned</h1>' in page_text(client, "partner_dashboard")

        open_offer(partner, slot_start=NOW + timedelta(days=2))

        answer = client.get(path, headers=BY_HTMX).content.decode()
        assert '<h1 id="headline" hx-swap-oob="true">One offer is waiting for you</h1>' in answer

    def test_more_visits_need_no_more_queries(self, logged_in):
        partner = new_partner()
        client = logged_in(partner.user)
        booked(partner, 2)

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(reverse("partner_next"), headers=BY_HTMX).status_code == 200
            return len(captured)

        few = queries()
        for number in range(4):
            booked(partner, 26 + 24 * number)
            open_offer(partner, slot_start=NOW + timedelta(days=21 + number))

        assert queries() == few

    def test_alone_it_is_no_page(self, logged_in):
        answer = logged_in(new_partner().user).get(reverse("partner_next"))

        assert answer.headers["Location"] == reverse("partner_dashboard")


class TestTheTiles:
    @pytest.mark.parametrize("name", TILES)
    def test_alone_a_tile_is_the_page_it_stands_for(self, logged_in, name):
        answer = logged_in(new_partner().user).get(reverse(name))

        assert answer.headers["Location"] == reverse(FULL[name])

    def test_today_stands_in_order_and_what_is_left_out_is_counted(self, logged_in):
        partner = new_partner()
        late, early = booked(partner, 6), booked(partner, 2)
        for day in range(1, 8):
            booked(partner, 24 * day)

        page = tile(logged_in(partner.user), "tile_visits")

        jobs = [int(pk) for pk in re.findall(r"/partner/jobs/(\d+)", page)]
        assert jobs[:2] == [early.pk, late.pk]
        assert len(jobs) == 2 + 5
        assert "2 more visits" in page

    def test_the_standing_shows_both_figures_and_the_limits(self, logged_in):
        partner = new_partner()
        with_history(partner, 5, 20)

        page = tile(logged_in(partner.user), "tile_standing")

        assert page.count('<figure class="gauge') == 2
        assert "Your average" in page

    def test_a_month_is_that_of_the_city(self, logged_in):
        """In UTC the last hour of May in Zürich is still May, the first of June too."""
        partner = new_partner()
        midnight = datetime(2026, 6, 1, tzinfo=ZURICH)
        earned(partner, midnight - timedelta(minutes=5))
        earned(partner, midnight + timedelta(hours=1, minutes=5))

        page = tile(logged_in(partner.user), "tile_earnings").replace("\xa0", " ")

        assert "June 2026, one job" in page
        assert page.count("71.20") == 2

    @pytest.mark.parametrize("name", TILES)
    def test_more_visits_need_no_more_queries(self, logged_in, name):
        partner = new_partner()
        client = logged_in(partner.user)
        booked(partner, 2)
        booked(partner, 26)
        earned(partner, NOW - timedelta(days=2))

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                tile(client, name)
            return len(captured)

        few = queries()
        for number in range(4):
            booked(partner, 4 + 2 * number)
            booked(partner, 50 + 24 * number)
            earned(partner, NOW - timedelta(days=3 + number))
        with_history(partner, 4, 20)

        assert queries() == few
