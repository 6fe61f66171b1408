"""The third step of a booking: when."""

import re

import pytest

from orders.booking.policy import Step
from orders.models import BookingDraft
from tests.factories import PartnerFactory
from tests.pages.scenes import in_days, new_partner
from tests.pages.steps import WHAT, WHERE, say, taken, text_of, up_to

pytestmark = pytest.mark.django_db


class TestTheTimes:
    def test_only_times_at_which_somebody_is_free_are_offered(self, client):
        taken(new_partner())
        up_to(Step.TIME, client)
        page = text_of(client, f"/book/time?from={in_days(3):%Y-%m-%d}")
        assert f'value="{in_days(3):%Y-%m-%d} 14:00"' in page
        assert f'value="{in_days(3):%Y-%m-%d} 10:00"' not in page

    def test_the_soonest_stands_on_top_of_every_week(self, client):
        new_partner()
        up_to(Step.TIME, client)
        soonest = re.findall(r'<form class="card next soonest".*?</form>', text_of(client, "/book/time"))
        later = text_of(client, f"/book/time?from={in_days(8):%Y-%m-%d}")
        assert "As soon as possible" in soonest[0]
        said = re.findall(r'<button class="btn inv" [^>]*>', soonest[0])
        assert re.findall(r'<button class="btn inv" [^>]*>', later) == said

    def test_a_wished_day_is_open(self, client):
        new_partner()
        say(client, Step.SERVICE, WHAT | {"when": "day", "day": f"{in_days(20):%Y-%m-%d}"})
        say(client, Step.ADDRESS, WHERE)
        page = text_of(client, "/book/time")
        assert f'id="day-{in_days(20):%Y-%m-%d}" ' in page
        assert f'value="{in_days(20):%Y-%m-%d} morning"' in page

    def test_weeks_before_today_and_after_ninety_days_are_not_shown(self, client):
        new_partner()
        up_to(Step.TIME, client)
        assert 'id="earlier"' not in text_of(client, "/book/time?from=2020-01-01")
        assert 'id="later"' not in text_of(client, "/book/time?from=2099-01-01")

    def test_a_time_that_is_over_is_refused_and_nothing_lost(self, client):
        new_partner()
        up_to(Step.TIME, client)
        page = client.post("/book/time", {"slot": "2020-01-01 10:00"}, follow=True).content.decode()
        assert "The time that you had chosen is no longer possible. Everything else is kept." in page
        assert BookingDraft.objects.get().street == "Seestrasse 1"

    def test_where_nobody_does_this_it_is_said(self, client):
        up_to(Step.TIME, client)
        assert "Nobody near you does this yet" in text_of(client, "/book/time")

    def test_more_partners_and_visits_need_no_more_queries(self, client, queries):
        taken(new_partner())
        up_to(Step.TIME, client)
        few = queries(client, "/book/time")
        for partner in PartnerFactory.create_batch(12):
            taken(partner)
        assert queries(client, "/book/time") == few
