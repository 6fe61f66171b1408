"""A partner's day, standing and earnings."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import services as billing
from compliance import services as compliance
from compliance.models import CityPolicy, Notice, Sanction
from orders import services as orders
from orders.models import Job, Offer
from orders.policy import Outcome
from partners.models import Partner
from partners.reviews import mark_for_review
from tests.compliance.market import count
from tests.factories import CompletedJobFactory, JobFactory, OpsFactory
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_client,
    new_partner,
    open_offer,
    placed_order,
    published_ratings,
)

pytestmark = pytest.mark.django_db


def _page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args), follow=True)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def _history(partner: Partner, stars: int | None, jobs: int, *, ended_days_ago: float = 2) -> None:
    """Imported facts: so many completed jobs with these stars."""
    last = timezone.now() - timedelta(days=ended_days_ago)
    for number in range(jobs):
        CompletedJobFactory.create(
            partner=partner, accepted_at=last - timedelta(hours=3 * number), client_stars=stars
        )
    _mark(partner)


def _mark(partner: Partner) -> None:
    mark_for_review(partner_ids=[partner.pk], now=timezone.now() - timedelta(minutes=1))


class TestTheDashboard:
    def test_a_day_without_anything_says_so(self, logged_in):
        page = _page(logged_in(new_partner().user), "partner_dashboard")

        assert "No visits planned" in page
        assert "No open offers" in page

    def test_the_next_visit_comes_first_with_its_one_action(self, logged_in):
        start = timezone.now() + timedelta(minutes=30)
        visit = accepted_visit(slot_start=start, now=timezone.now() - timedelta(hours=5))

        page = _page(logged_in(visit.partner.user), "partner_dashboard")

        assert reverse("job_check_in", args=[visit.pk]) in page
        assert "Seestrasse 1, 8001 Zürich" in page

    def test_check_in_waits_for_its_hour(self, logged_in):
        visit = accepted_visit(slot_start=in_days(3))

        page = _page(logged_in(visit.partner.user), "partner_dashboard")

        assert "Check-in opens" in page
        assert reverse("job_check_in", args=[visit.pk]) not in page

    def test_an_offer_shows_town_and_price_and_no_street(self, logged_in):
        offer = open_offer()

        page = _page(logged_in(offer.partner.user), "partner_dashboard")

        assert "8001" in page
        assert "CHF\xa089.00" in page.replace("CHF 89.00", "CHF\xa089.00")
        assert "Seestrasse" not in page

    def test_accepting_leads_to_the_job(self, logged_in):
        offer = open_offer()

        page = logged_in(offer.partner.user).post(reverse("offer_accept", args=[offer.pk]), follow=True)

        assert "The job is yours" in page.content.decode()
        assert Job.objects.get().partner == offer.partner

    def test_whoever_is_too_late_is_told_calmly(self, logged_in):
        first, second = new_partner(), new_partner()
        order = placed_order()
        offers = {offer.partner_id: offer for offer in Offer.objects.filter(order=order)}
        orders.accept_offer(offer_id=offers[first.pk].pk, partner=first, now=timezone.now())

        path = reverse("offer_accept", args=[offers[second.pk].pk])
        response = logged_in(second.user).post(path, follow=True)

        assert response.redirect_chain[-1][0] == reverse("partner_dashboard")
        assert "toast warning" in response.content.decode()
        assert Job.objects.count() == 1

    def test_declining_has_no_effect_and_says_so(self, logged_in):
        offer = open_offer()

        page = logged_in(offer.partner.user).post(reverse("offer_decline", args=[offer.pk]), follow=True)

        assert "no effect on your standing" in page.content.decode()
        assert Offer.objects.get().status == "declined"

    def test_new_offers_appear_and_known_ones_are_not_sent_again(self, logged_in):
        partner = new_partner()
        client = logged_in(partner.user)
        fragment = re.findall(r'hx-get="([^"]+)"', _page(client, "partner_dashboard"))[0]
        by_htmx = {"HX-Request": "true"}
        assert client.get(fragment, headers=by_htmx).status_code == 204

        open_offer(partner)

        assert "New offer" in client.get(fragment, headers=by_htmx).content.decode()

    def test_the_offers_alone_are_no_page(self, logged_in):
        answer = logged_in(new_partner().user).get(reverse("partner_offers"))

        assert answer.headers["Location"] == reverse("partner_dashboard")

    def test_more_offers_and_jobs_need_no_more_queries(self, logged_in, queries):
        partner = new_partner()
        client = logged_in(partner.user)
        accepted_visit(partner, slot_start=in_days(2, 6))
        open_offer(partner, slot_start=in_days(20))
        few = queries(client, reverse("partner_dashboard"))
        for days in range(4, 8):
            accepted_visit(partner, slot_start=in_days(days))
            open_offer(partner, slot_start=in_days(days + 20))

        assert queries(client, reverse("partner_dashboard")) == few


class TestTheJob:
    def test_from_the_door_to_the_rating(self, logged_in):
        visit = accepted_visit(
            slot_start=timezone.now() + timedelta(minutes=10), now=timezone.now() - timedelta(hours=5)
        )
        client = logged_in(visit.partner.user)

        client.post(reverse("job_check_in", args=[visit.pk]))
        assert "Is it done?" in _page(client, "job_detail", visit.pk)
        done = client.post(reverse("job_check_out", args=[visit.pk]))

        assert done.headers["Location"] == reverse("job_rate", args=[visit.pk])
        assert Job.objects.get().outcome == Outcome.COMPLETED

    def test_too_early_is_refused_with_words(self, logged_in):
        visit = accepted_visit(slot_start=in_days(3))
        client = logged_in(visit.partner.user)

        page = client.post(reverse("job_check_in", args=[visit.pk]), follow=True).content.decode()

        assert "toast warning" in page
        assert Job.objects.get().checked_in_at is None

    def test_the_address_is_shown_from_acceptance_to_the_end_only(self, logged_in):
        alive, over = accepted_visit(slot_start=in_days(3)), completed_visit()

        assert "Seestrasse 1" in _page(logged_in(alive.partner.user), "job_detail", alive.pk)
        page = _page(logged_in(over.partner.user), "job_detail", over.pk)
        assert "Seestrasse 1" not in page
        assert "The router blinks red" not in page
        assert "8001 Zürich" in page

    def test_an_absent_client_does_not_count(self, logged_in):
        start = timezone.now() - timedelta(minutes=20)
        visit = accepted_visit(slot_start=start, now=start - timedelta(hours=5))

        page = logged_in(visit.partner.user).post(reverse("job_client_absent", args=[visit.pk]), follow=True)

        assert "does not count against you" in page.content.decode()
        assert Job.objects.get().outcome == Outcome.CLIENT_ABSENT

    def test_a_visit_that_ops_took_away_shows_their_reason(self, logged_in):
        visit = accepted_visit(slot_start=in_days(3))
        ops = OpsFactory.create()
        orders.excuse_job(job_id=visit.pk, actor=ops, reason="The client has moved.", now=timezone.now())

        page = _page(logged_in(visit.partner.user), "job_detail", visit.pk)

        assert "Our team has released you from this visit" in page
        assert "The client has moved." in page

    def test_a_hand_over_of_ones_own_is_no_ruling(self, logged_in):
        visit = accepted_visit(slot_start=in_days(3))
        orders.hand_over_job(job_id=visit.pk, partner=visit.partner, reason="I am ill.", now=timezone.now())

        assert "Our team" not in _page(logged_in(visit.partner.user), "job_detail", visit.pk)


class TestGivingAJobBack:
    def _busy_partner(self, slot_start):
        """49 accepted jobs, one of them cancelled, in a city with an average; and a visit to come."""
        partner = new_partner()
        _history(partner, 5, 48)
        past = timezone.now() - timedelta(days=9)
        JobFactory.create(partner=partner, accepted_at=past, outcome=Outcome.CANCELLED, outcome_at=past)
        visit = accepted_visit(partner, slot_start=slot_start, now=timezone.now() - timedelta(hours=1))
        count(partner)  # the factory's jobs, too
        return visit

    def test_the_effect_is_shown_before(self, logged_in):
        visit = self._busy_partner(in_days(3))
        assert visit.partner.jobs.count() == 50

        page = _page(logged_in(visit.partner.user), "job_cancel", visit.pk).replace("\xa0", " ")

        assert "Your rate would go from 2 % to 4 %; the limit in Zürich is 5 %." in page

    def test_the_hand_over_is_offered_first_and_is_excused(self, logged_in):
        visit = self._busy_partner(in_days(3))
        client = logged_in(visit.partner.user)
        page = _page(client, "job_cancel", visit.pk)
        assert page.index("Hand the job over") < page.index("If you cancel")

        client.post(reverse("job_hand_over", args=[visit.pk]), {"reason": "I am ill."})

        assert Job.objects.get(pk=visit.pk).outcome == Outcome.EXCUSED

    def test_without_a_reason_nothing_happens(self, logged_in):
        visit = self._busy_partner(in_days(3))
        client = logged_in(visit.partner.user)

        client.post(reverse("job_hand_over", args=[visit.pk]), {"reason": " "})
        page = client.post(reverse("job_cancel", args=[visit.pk]), {"reason": ""}).content.decode()

        assert "Please say why" in page
        assert Job.objects.get(pk=visit.pk).outcome is None

    def test_what_is_missing_is_not_hidden_in_a_closed_panel(self, logged_in):
        visit = self._busy_partner(in_days(3))
        client = logged_in(visit.partner.user)
        path = reverse("job_cancel", args=[visit.pk])

        assert '<details class="more">' in client.get(path).content.decode()
        assert '<details class="more" open>' in client.post(path, {"reason": "  "}).content.decode()

    def test_at_short_notice_only_cancelling_is_left(self, logged_in):
        start = timezone.now() + timedelta(hours=5)
        visit = accepted_visit(slot_start=start, now=timezone.now() - timedelta(hours=1))
        client = logged_in(visit.partner.user)
        assert "a hand-over is no longer possible" in _page(client, "job_cancel", visit.pk)

        client.post(reverse("job_cancel", args=[visit.pk]), {"reason": "The car broke down."})

        assert Job.objects.get(pk=visit.pk).outcome == Outcome.CANCELLED


class TestTheStandingPage:
    def test_figures_limits_and_the_way_back_are_those_of_the_rule(self, logged_in):
        partner = new_partner()
        _history(partner, 4, 30)
        compliance.review_due(now=timezone.now())

        page = _page(logged_in(partner.user), "partner_standing")
        shown = compliance.standing_page(partner, timezone.now())

        assert shown.average_stars == Decimal("4.00")
        assert "4.00" in page
        assert "limit 4.20" in page
        assert f"{shown.rating_way_back.to_limit} further five-star jobs lift your average" in page
        assert "Warning: your average is below the minimum" in page

    def test_a_notice_states_its_reasons_in_full(self, logged_in):
        partner = new_partner()
        _history(partner, 4, 30)
        compliance.review_due(now=timezone.now())
        notice = Notice.objects.get()

        page = _page(logged_in(partner.user), "notice_detail", notice.pk)

        assert "The average of your last 50 jobs is 4.00. In Zürich the minimum is 4.20." in page
        assert "30 ratings in your last 30 jobs" in page
        assert "01.01.2000" in page
        assert "What would bring you back" in page
        assert "object free of charge within 30 days" in page

    def test_other_partners_do_not_see_it(self, logged_in):
        partner = new_partner()
        _history(partner, 4, 30)
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

        page = _page(client, "partner_standing")
        statement = _page(client, "sanction_detail", Sanction.objects.get().pk)

        assert "You are suspended at the moment" in page
        assert "You see it differently?" in page
        assert "Complaints about the work." in statement

    def test_a_withdrawn_notice_says_when_and_why_and_that_it_no_longer_counts(self, logged_in):
        partner = new_partner()
        _history(partner, 4, 30)
        compliance.review_due(now=timezone.now())
        notice = Notice.objects.get()
        ops = OpsFactory.create()
        compliance.withdraw_notice(notice_id=notice.pk, actor=ops, reason="A mistake.", now=timezone.now())

        page = _page(logged_in(partner.user), "notice_detail", notice.pk)

        assert "Since then it no longer counts" in page
        assert "The reason given: A mistake." in page
        assert "What follows" not in page
        assert "What would bring you back" not in page

    def test_a_suspended_partner_is_told_the_next_step_and_no_way_back_by_jobs(self, logged_in):
        partner = new_partner()
        _history(partner, 4, 30)
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

        page = _page(logged_in(partner.user), "sanction_detail", Sanction.objects.get().pk)

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
        assert "Twice now." not in _page(client, "sanction_detail", exclusion.pk)

        compliance.decide_sanction(actor=OpsFactory.create(), reason="I agree.", **decision)

        page = _page(client, "sanction_detail", exclusion.pk)
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

        assert "You receive no offers at the moment" in _page(client, "partner_dashboard")
        client.post(reverse("job_check_in", args=[visit.pk]))
        assert Job.objects.get().checked_in_at is not None

    def test_the_program_gets_the_same_figures(self, logged_in):
        partner = new_partner()
        _history(partner, 4, 30)
        client = logged_in(partner.user)

        data = client.get(reverse("api_standing")).json()
        shown = compliance.standing_page(partner, timezone.now())

        assert data["average_stars"] == str(shown.average_stars)
        assert data["counts"]["rated_in_window"] == 30
        assert data["five_star_jobs_to_limit"] == shown.rating_way_back.to_limit
        assert [finding["level"] for finding in data["findings"]] == ["fine", "breach", "fine"]

    def test_more_jobs_and_notices_need_no_more_queries(self, logged_in, queries):
        partner = new_partner()
        _history(partner, 4, 21, ended_days_ago=60)
        compliance.review_partner(partner_id=partner.pk, now=timezone.now() - timedelta(days=59))
        client = logged_in(partner.user)
        few = queries(client, reverse("partner_standing"))
        _history(partner, 4, 40, ended_days_ago=20)
        compliance.review_partner(partner_id=partner.pk, now=timezone.now() - timedelta(days=19))

        assert Notice.objects.count() == 2
        assert queries(client, reverse("partner_standing")) == few


class TestEarnings:
    def test_each_completed_job_with_commission_and_share(self, logged_in):
        visit = completed_visit(days_ago=0.1)
        billing.post_completed(now=timezone.now())

        page = _page(logged_in(visit.partner.user), "partner_earnings")

        for amount in ("89.00", "17.80", "71.20"):
            assert amount in page
        assert "20\xa0%" in page or "20 %" in page

    def test_more_entries_need_no_more_queries(self, logged_in, queries):
        partner = new_partner()
        completed_visit(partner, days_ago=2)
        billing.post_completed(now=timezone.now())
        client = logged_in(partner.user)
        few = queries(client, reverse("partner_earnings"))
        for days in range(3, 7):
            completed_visit(partner, days_ago=days)
        billing.post_completed(now=timezone.now())

        assert queries(client, reverse("partner_earnings")) == few

    def test_the_list_of_jobs_has_what_is_to_come_first(self, logged_in):
        partner = new_partner()
        past = [completed_visit(partner, days_ago=days).pk for days in (9, 2)]
        coming = [accepted_visit(partner, slot_start=in_days(days)).pk for days in (5, 3)]

        page = _page(logged_in(partner.user), "job_list")

        in_order = [coming[1], coming[0], past[1], past[0]]
        assert [int(pk) for pk in re.findall(r"/partner/jobs/(\d+)", page)] == in_order
        assert page.index("Coming up") < page.index("Past")

    def test_the_list_of_jobs_needs_no_more_queries_either(self, logged_in, queries):
        partner = new_partner()
        completed_visit(partner, days_ago=2)
        client = logged_in(partner.user)
        few = queries(client, reverse("job_list"))
        for days in range(3, 7):
            completed_visit(partner, days_ago=days)
        _history(partner, 5, 3, ended_days_ago=40)

        assert queries(client, reverse("job_list")) == few


class TestThePublicPage:
    def test_everybody_sees_what_clients_say_once_it_is_published(self, client, queries):
        partner = new_partner("Robin")
        hidden = completed_visit(partner, new_client("Hidden"), days_ago=3)
        published_ratings(completed_visit(partner, new_client("Kim")))
        path = reverse("partner_profile", args=[partner.reference])

        page = client.get(path).content.decode()

        assert "Friendly and quick." in page
        assert "Kim" in page
        assert "Good coffee." not in page
        assert hidden.order.client.email not in page
        few = queries(client, path)
        for days in range(4, 8):
            published_ratings(completed_visit(partner, days_ago=days))
        assert queries(client, path) == few

    def test_the_way_back_stays_on_this_site(self, client):
        path = reverse("partner_profile", args=[new_partner().reference])

        for came_from, back in (
            ("http://testserver/orders", "http://testserver/orders"),
            ("https://elsewhere.example/", "/search"),
        ):
            page = client.get(path, headers={"Referer": came_from}).content.decode()
            assert f'class="back" href="{back}"' in page

    @pytest.mark.parametrize("status", ["applicant", "excluded", "left"])
    def test_who_does_not_work_here_has_no_page(self, client, status):
        partner = new_partner(status=status)

        assert client.get(reverse("partner_profile", args=[partner.reference])).status_code == 404
