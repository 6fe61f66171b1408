"""A partner's jobs, to come and past, and what they brought."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing import services as billing
from orders import services as orders
from orders.models import Job
from tests.factories import NOW, CompletedJobFactory, JobFactory, OpsFactory, service
from tests.pages.scenes import accepted_visit, new_partner, page_text

pytestmark = pytest.mark.django_db

ZURICH = ZoneInfo("Europe/Zurich")


@pytest.fixture(autouse=True)
def _on_a_monday_in_june():
    with time_machine.travel(NOW, tick=False):
        yield


def booked(partner, days: float) -> Job:
    return accepted_visit(partner, slot_start=NOW + timedelta(days=days), now=NOW - timedelta(hours=1))


def done(partner, end: datetime) -> Job:
    """A visit of an hour that ended then, in the books."""
    start = end - timedelta(hours=1)
    job = accepted_visit(partner, slot_start=start, now=start - timedelta(days=1))
    orders.check_in(job_id=job.pk, partner=partner, now=start)
    orders.check_out(job_id=job.pk, partner=partner, now=end)
    billing.post_completed(now=end)
    return job


def ended(partner, outcome: str, **fields) -> Job:
    """A fact that was taken over from elsewhere."""
    past = NOW - timedelta(days=9)
    return JobFactory.create(partner=partner, accepted_at=past, outcome=outcome, outcome_at=past, **fields)


def history(client: Client, **query: str) -> str:
    response = client.get(reverse("job_history"), query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode()).replace("\xa0", " ")


def rows(page: str) -> int:
    return page.count('<td class="num nowrap"')


def figures(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))


class TestToCome:
    def test_the_next_is_first_and_the_heading_counts_all(self, logged_in):
        partner = new_partner()
        late, soon = booked(partner, 5), booked(partner, 3)
        past = done(partner, NOW - timedelta(days=2))

        page = page_text(logged_in(partner.user), "job_list")

        assert [int(pk) for pk in re.findall(r"/partner/jobs/(\d+)", page)] == [soon.pk, late.pk]
        assert "2 visits are coming up" in page
        assert f"/partner/jobs/{past.pk}" not in page

    def test_many_are_on_several_pages(self, logged_in):
        partner = new_partner()
        for day in range(1, 23):
            booked(partner, day)
        client = logged_in(partner.user)

        page = page_text(client, "job_list")

        assert "22 visits are coming up" in page
        assert len(re.findall(r"/partner/jobs/\d+", page)) == 20
        assert "page=2" in page

    def test_more_visits_need_no_more_queries(self, logged_in, queries):
        partner = new_partner()
        client = logged_in(partner.user)
        booked(partner, 1)
        few = queries(client, reverse("job_list"))
        for day in range(2, 8):
            booked(partner, day)

        assert queries(client, reverse("job_list")) == few <= 6


class TestThePast:
    def test_the_latest_is_first(self, logged_in):
        partner = new_partner()
        jobs = [done(partner, NOW - timedelta(days=days)).pk for days in (9, 2)]

        page = history(logged_in(partner.user))

        assert [int(pk) for pk in re.findall(r"/partner/jobs/(\d+)", page)] == jobs[::-1]

    @pytest.mark.parametrize(
        ("state", "label"),
        [
            ("completed", "Done"),
            ("cancelled", "Cancelled by you"),
            ("excused", "Excused"),
            ("no_show", "Missed"),
        ],
    )
    def test_each_state_shows_its_own(self, logged_in, state, label):
        partner = new_partner()
        for outcome in ("completed", "cancelled", "excused", "no_show", "client_cancelled", "client_absent"):
            ended(partner, outcome)

        page = history(logged_in(partner.user), state=state)

        assert rows(page) == 1
        assert figures(page)["Jobs"] == figures(page)[label] == "1"

    def test_what_staff_excused_counts_as_excused(self, logged_in):
        partner = new_partner()
        visit = booked(partner, 3)
        orders.cancel_job(job_id=visit.pk, partner=partner, reason="The car broke down.", now=NOW)
        orders.excuse_job(job_id=visit.pk, actor=OpsFactory.create(), reason="An accident.", now=NOW)
        client = logged_in(partner.user)

        assert rows(history(client, state="excused")) == 1
        assert rows(history(client, state="cancelled")) == 0

    def test_a_period_is_that_of_the_city(self, logged_in):
        """Half an hour past midnight in Zürich is still the day before in UTC."""
        partner = new_partner()
        midnight = datetime(2026, 3, 1, tzinfo=ZURICH)
        done(partner, midnight - timedelta(minutes=30))
        done(partner, midnight + timedelta(minutes=90))
        client = logged_in(partner.user)

        for period, found in (("2026-02", 1), ("2026-03", 1), ("2026", 2), ("", 2)):
            assert rows(history(client, period=period)) == found

    def test_a_service_shows_its_own(self, logged_in):
        partner = new_partner()
        done(partner, NOW - timedelta(days=2))
        ended(partner, "completed")
        client = logged_in(partner.user)

        page = history(client, service=service().slug)

        assert rows(page) == 1
        assert service().name in page

    def test_the_sums_are_those_of_all_pages_and_say_what_they_leave_out(self, logged_in):
        partner = new_partner()
        for days in (2, 3):
            done(partner, NOW - timedelta(days=days))
        for number in range(25):
            CompletedJobFactory.create(partner=partner, accepted_at=NOW - timedelta(days=20 + number))
        ended(partner, "cancelled")

        page = history(logged_in(partner.user))

        assert rows(page) == 20
        assert figures(page) == {
            "Jobs": "28",
            "Done": "27",
            "Cancelled by you": "1",
            "Your share": "142.40 CHF",
        }
        assert "Your share of 2 jobs that are in the books." in page
        assert "25 were taken over from another system, without a price." in page

    def test_the_pages_keep_what_was_asked_for(self, logged_in):
        partner = new_partner()
        for number in range(25):
            CompletedJobFactory.create(partner=partner, accepted_at=NOW - timedelta(days=20 + number))

        page = history(logged_in(partner.user), state="completed")

        assert re.search(r'href="\?state=completed&amp;page=2"', page)

    @pytest.mark.parametrize(
        "query", [{"state": "lost"}, {"period": "2026-99"}, {"service": "none"}, {"period": "1" * 500}]
    )
    def test_an_odd_question_is_answered_with_a_word_and_all_jobs(self, logged_in, query):
        partner = new_partner()
        ended(partner, "completed")

        page = history(logged_in(partner.user), **query)

        assert rows(page) == 1
        assert "errorlist" in page

    def test_nothing_like_that_says_so(self, logged_in):
        partner = new_partner()
        ended(partner, "completed")
        client = logged_in(partner.user)

        assert "None of your jobs is like that" in history(client, state="no_show")
        assert "No jobs yet" in history(logged_in(new_partner().user))

    def test_a_thousand_jobs_need_no_more_queries(self, logged_in, queries):
        partner = new_partner()
        client = logged_in(partner.user)
        done(partner, NOW - timedelta(days=2))
        few = queries(client, reverse("job_history"))
        past = NOW - timedelta(days=30)
        Job.objects.bulk_create(
            Job(
                partner=partner,
                accepted_at=past - timedelta(hours=number),
                outcome="completed",
                outcome_at=past - timedelta(hours=number),
            )
            for number in range(1000)
        )

        assert queries(client, reverse("job_history")) == few <= 12
        assert figures(history(client))["Jobs"] == "1001"


class TestEarnings:
    def test_each_month_with_its_totals(self, logged_in):
        partner = new_partner()
        done(partner, datetime(2026, 5, 31, 23, 30, tzinfo=ZURICH))
        for hour in (2, 5):
            done(partner, datetime(2026, 6, 1, hour, tzinfo=ZURICH))

        page = page_text(logged_in(partner.user), "partner_earnings").replace("\xa0", " ")

        assert "142.40 CHF this month" in page
        june, may = re.findall(r"<tr> <td data-label=\"Month\">.*?</tr>", page)
        assert re.findall(r"([\d.’]+) CHF", june) == ["178.00", "35.60", "142.40"]
        assert re.findall(r"([\d.’]+) CHF", may) == ["89.00", "17.80", "71.20"]
        assert page.count("213.60") == 1

    def test_a_month_names_each_job_with_commission_and_share(self, logged_in):
        partner = new_partner()
        for hour in (2, 5):
            done(partner, datetime(2026, 6, 1, hour, tzinfo=ZURICH))
        other = done(partner, datetime(2026, 5, 31, 23, 30, tzinfo=ZURICH))

        page = page_text(logged_in(partner.user), "earnings_of_month", "2026-06").replace("\xa0", " ")

        assert "142.40 CHF in June 2026" in page
        assert "20 %" in page
        assert page.count("71.20 CHF") == 2
        assert "35.60 CHF" in page
        assert f"/partner/jobs/{other.pk}" not in page

    def test_thousands_are_parted_as_the_swiss_do(self, logged_in):
        partner = new_partner()
        for number in range(15):
            done(partner, NOW - timedelta(hours=3 * number))
        billed = billing.months_of(partner)

        assert sum(row["entries"] for row in billed) == 15
        page = page_text(logged_in(partner.user), "partner_earnings").replace("\xa0", " ")
        assert "1’068.00 CHF" in page

    def test_a_month_without_says_so(self, logged_in):
        page = page_text(logged_in(new_partner().user), "earnings_of_month", "2026-04")

        assert "Nothing earned in this month" in page

    def test_nobody_elses_money(self, logged_in):
        done(new_partner(), NOW - timedelta(days=2))

        assert "Nothing earned yet" in page_text(logged_in(new_partner().user), "partner_earnings")

    @pytest.mark.parametrize(("name", "args"), [("partner_earnings", []), ("earnings_of_month", ["2026-05"])])
    def test_more_entries_need_no_more_queries(self, logged_in, queries, name, args):
        partner = new_partner()
        done(partner, NOW - timedelta(days=2))
        client = logged_in(partner.user)
        few = queries(client, reverse(name, args=args))
        for days in (3, 4, 5, 40, 70):
            done(partner, NOW - timedelta(days=days))

        assert queries(client, reverse(name, args=args)) == few <= 8
