"""A partner's standing page, its notices and sanctions."""

import re
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from compliance import services as compliance
from compliance.explain import Pause
from compliance.models import CityPolicy, Notice, Sanction
from orders.models import Job
from tests.compliance.market import count
from tests.factories import OpsFactory
from tests.pages.scenes import (
    accepted_visit,
    in_days,
    new_partner,
    page_text,
    with_history,
)

pytestmark = pytest.mark.django_db


class TestTheStandingPage:
    def test_figures_limits_and_the_way_back_are_those_of_the_rule(self, logged_in):
        partner = new_partner()
        with_history(partner, 4, 30)
        compliance.review_due(now=timezone.now())

        page = page_text(logged_in(partner.user), "partner_standing")
        shown = compliance.standing_page(partner, timezone.now())

        assert shown.average_stars == Decimal("4.00")
        assert "4.00" in page
        assert "limit 4.20" in page
        assert f"{shown.rating_way_back.to_limit} further five-star jobs lift your average" in page
        assert "Warning: your average is below the minimum" in page

    @pytest.mark.parametrize(
        ("days", "jobs", "said"),
        [
            (5, 3, "before 06.06.2026, and before you have accepted 3 further jobs."),
            (5, 1, "before 06.06.2026, and before you have accepted one further job."),
            (5, 0, "before 06.06.2026."),
            (-1, 2, "before you have accepted 2 further jobs."),
        ],
    )
    def test_of_the_time_to_improve_only_what_is_to_come_is_said(self, days, jobs, said):
        now = datetime(2026, 6, 1, 8, tzinfo=UTC)
        pause = Pause(until=now + timedelta(days=days), jobs_left=jobs)

        text = render_to_string("pages/_pause.html", {"pause": pause, "now": now})

        assert f">You have time to improve: nothing follows in this matter {said}<" in text

    def test_a_notice_states_its_reasons_in_full(self, logged_in):
        partner = new_partner()
        with_history(partner, 4, 30)
        compliance.review_due(now=timezone.now())
        notice = Notice.objects.get()

        page = page_text(logged_in(partner.user), "notice_detail", notice.pk)

        assert "The average of your last 50 jobs is 4.00. In Zürich the minimum is 4.20." in page
        assert "30 ratings in your last 30 jobs" in page
        assert "01.01.2000" in page
        assert "What would bring you back" in page
        assert "object free of charge within 30 days" in page

    def test_other_partners_do_not_see_it(self, logged_in):
        partner = new_partner()
        with_history(partner, 4, 30)
        compliance.review_due(now=timezone.now())
        stranger = logged_in(new_partner().user)

        assert stranger.get(reverse("notice_detail", args=[Notice.objects.get().pk])).status_code == 404

    def test_it_stays_open_to_a_suspended_partner_with_the_reason(self, logged_in):
        partner = new_partner()
        ops = OpsFactory.create()
        compliance.suspend_partner(
            partner_id=partner.pk, actor=ops, reason="Complaints about the work.", now=timezone.now()
        )
        client = logged_in(partner.user)

        page = page_text(client, "partner_standing")
        statement = page_text(client, "sanction_detail", Sanction.objects.get().pk)

        assert "You are suspended at the moment" in page
        assert "You see it differently?" in page
        assert "Complaints about the work." in statement

    def test_a_withdrawn_notice_says_when_and_why_and_that_it_no_longer_counts(self, logged_in):
        partner = new_partner()
        with_history(partner, 4, 30)
        compliance.review_due(now=timezone.now())
        notice = Notice.objects.get()
        ops = OpsFactory.create()
        compliance.withdraw_notice(notice_id=notice.pk, actor=ops, reason="A mistake.", now=timezone.now())

        page = page_text(logged_in(partner.user), "notice_detail", notice.pk)

        assert "Since then it no longer counts" in page
        assert "The reason given: A mistake." in page
        assert "What follows" not in page
        assert "What would bring you back" not in page

    def test_a_suspended_partner_is_told_the_next_step_and_no_way_back_by_jobs(self, logged_in):
        partner = new_partner()
        with_history(partner, 4, 30)
        accepted_visit(partner, slot_start=in_days(3))
        compliance.suspend_partner(
            partner_id=partner.pk, actor=OpsFactory.create(), reason="Complaints.", now=timezone.now()
        )
        client = logged_in(partner.user)

        statement = reverse("sanction_detail", args=[Sanction.objects.get().pk])
        for path in (reverse("partner_standing"), statement):
            page = re.sub(r"\s+", " ", client.get(path).content.decode())
            assert "You have been suspended since" in page
            assert "Our staff can lift the suspension, and a person looks at it" in page
            assert "You still have 1 accepted visit" in page
            assert "further five-star jobs" not in page

    def test_the_reason_of_the_reinstatement_stands_with_the_suspension(self, logged_in):
        partner = new_partner()
        ops = OpsFactory.create()
        case = {"partner_id": partner.pk, "actor": ops, "now": timezone.now()}
        compliance.suspend_partner(reason="Complaints.", **case)
        compliance.reinstate_partner(reason="We have talked.", **case)

        page = page_text(logged_in(partner.user), "sanction_detail", Sanction.objects.get().pk)

        assert "A member of our staff lifted it on" in page
        assert "The reason given: We have talked." in page
        assert "How it goes on" not in page

    def test_both_reasons_of_an_exclusion_are_told_once_it_is_decided(self, logged_in):
        partner = new_partner()
        exclusion = Sanction.objects.create(
            partner=partner, rule="no_show", kind="exclusion", status="proposed", suspends_access=False,
            issued_at=timezone.now(), policy=CityPolicy.objects.get(city=partner.city),
        )  # fmt: skip
        client = logged_in(partner.user)
        decision = {"sanction_id": exclusion.pk, "approve": True, "now": timezone.now()}
        compliance.decide_sanction(actor=OpsFactory.create(), reason="Twice now.", **decision)
        assert "Twice now." not in page_text(client, "sanction_detail", exclusion.pk)

        compliance.decide_sanction(actor=OpsFactory.create(), reason="I agree.", **decision)

        page = page_text(client, "sanction_detail", exclusion.pk)
        assert "The reason given: Twice now." in page
        assert "The reason given by the second person: I agree." in page

    def test_a_suspended_partner_gets_no_new_jobs_and_finishes_the_old_ones(self, logged_in):
        partner = new_partner()
        visit = accepted_visit(
            partner,
            slot_start=timezone.now() + timedelta(minutes=10),
            now=timezone.now() - timedelta(hours=5),
        )
        compliance.suspend_partner(
            partner_id=partner.pk, actor=OpsFactory.create(), reason="Complaints.", now=timezone.now()
        )
        client = logged_in(partner.user)

        assert "You receive no offers at the moment" in page_text(client, "partner_dashboard")
        client.post(reverse("job_check_in", args=[visit.pk]))
        assert Job.objects.get().checked_in_at is not None

    def test_the_program_gets_the_same_figures(self, logged_in):
        partner = new_partner()
        with_history(partner, 4, 30)
        client = logged_in(partner.user)

        data = client.get(reverse("api_standing")).json()
        shown = compliance.standing_page(partner, timezone.now())

        assert data["average_stars"] == str(shown.average_stars)
        assert data["counts"]["rated_in_window"] == 30
        assert data["five_star_jobs_to_limit"] == shown.rating_way_back.to_limit
        assert [finding["level"] for finding in data["findings"]] == ["fine", "breach", "fine"]

    @pytest.mark.parametrize(("jobs", "and_so_on"), [(0, "."), (50, " and, as the city’s average is today,")])
    def test_rules_that_come_are_announced(self, logged_in, jobs, and_so_on):
        partner = new_partner()
        with_history(partner, 4, jobs)
        if jobs:
            count(partner)
        client = logged_in(partner.user)
        assert "on the minimum average is" not in page_text(client, "partner_standing")
        days = [timezone.localdate() + timedelta(days=number) for number in (30, 60)]
        for day, minimum in zip(days, ("4.30", "4.40"), strict=True):
            soon = timezone.make_aware(datetime.combine(day, time(12)))
            CityPolicy.objects.create(city=partner.city, in_force_from=soon, min_rating=Decimal(minimum))

        page = page_text(client, "partner_standing")

        first, second = (
            f"From {day:%d.%m.%Y} on the minimum average is {minimum}{and_so_on}"
            for day, minimum in zip(days, ("4.30", "4.40"), strict=True)
        )
        assert 0 < page.index(first) < page.index(second)

    def test_more_jobs_and_notices_need_no_more_queries(self, logged_in, queries):
        partner = new_partner()
        with_history(partner, 4, 21, ended_days_ago=60)
        compliance.review_partner(partner_id=partner.pk, now=timezone.now() - timedelta(days=59))
        client = logged_in(partner.user)
        few = queries(client, reverse("partner_standing"))
        with_history(partner, 4, 40, ended_days_ago=20)
        compliance.review_partner(partner_id=partner.pk, now=timezone.now() - timedelta(days=19))

        assert Notice.objects.count() == 2
        assert queries(client, reverse("partner_standing")) == few

    def test_the_charts_show_what_the_rule_counted_then_and_what_was_told(self, logged_in):
        partner = new_partner()
        with_history(partner, 4, 21, ended_days_ago=60)
        compliance.review_partner(partner_id=partner.pk, now=timezone.now() - timedelta(days=59))
        with_history(partner, 5, 30, ended_days_ago=2)

        page = logged_in(partner.user).get(reverse("partner_standing"))

        stars, rate = page.context["charts"]
        latest = stars.rows[0]
        shown = compliance.standing_page(partner, page.context["now"])
        assert (latest.figure, latest.limit) == (shown.average_stars, Decimal("4.20"))
        assert [row.figure for row in stars.rows[20:25]] == [Decimal("4.00")] * 5
        assert [row.told for row in stars.rows if row.told] == [
            ("Warning: your average is below the minimum",)
        ]
        assert stars.chart.marks[0].kind == "warning"
        assert stars.marks == (("warning", "warning"),)
        assert {row.figure for row in rate.rows} == {Decimal("0.0000")}
        assert rate.chart.marks == ()
        assert "lowest 4.00, highest" in page.content.decode()

    def test_who_begins_has_no_chart_yet(self, logged_in):
        page = logged_in(new_partner().user).get(reverse("partner_standing"))

        assert page.context["charts"] == []
        assert '<figure class="chart"' not in page.content.decode()

    def test_three_five_star_jobs_bring_what_the_rule_says(self, logged_in):
        partner = new_partner()
        with_history(partner, 4, 30)

        page = page_text(logged_in(partner.user), "partner_standing")

        with_history(partner, 5, 3, ended_days_ago=1)
        after = compliance.standing_page(partner, timezone.now()).average_stars
        assert f"3 further jobs with five stars would bring you to {after}." in page


class TestTheListOfNotices:
    def test_it_turns_pages_and_needs_no_more_queries(self, logged_in, queries):
        partner = new_partner()
        policy = CityPolicy.objects.get(city=partner.city)

        def advise(number: int) -> None:
            for day in range(number):
                Notice.objects.create(
                    partner=partner, rule="rating", kind="advice", policy=policy,
                    issued_at=timezone.now() - timedelta(days=day),
                )  # fmt: skip

        advise(5)
        client, path = logged_in(partner.user), reverse("partner_notices")
        few = queries(client, path)
        assert "Everything: 5 messages" in page_text(client, "partner_standing")
        advise(8)

        assert queries(client, path) == few
        pages = [client.get(path, {"page": number}).context["page"] for number in (1, 2)]
        assert [len(page.object_list) for page in pages] == [10, 3]

    def test_who_has_been_told_nothing_reads_so(self, logged_in):
        assert "Nothing: no advice, no warning." in page_text(
            logged_in(new_partner().user), "partner_notices"
        )
