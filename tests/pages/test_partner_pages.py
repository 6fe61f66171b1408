"""A partner's day, standing and earnings."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orders import services as orders
from orders.models import Job, Offer
from orders.policy import Outcome
from orders.visits import services as visits
from tests.compliance.market import count
from tests.factories import JobFactory, OpsFactory
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_client,
    new_partner,
    open_offer,
    page_text,
    placed_order,
    published_ratings,
    with_history,
)

pytestmark = pytest.mark.django_db


class TestTheDashboard:
    def test_a_day_without_anything_says_so(self, logged_in):
        page = page_text(logged_in(new_partner().user), "partner_dashboard")

        assert "No visits planned" in page
        assert "No open offers" in page

    def test_the_next_visit_comes_first_with_its_one_action(self, logged_in):
        start = timezone.now() + timedelta(minutes=30)
        visit = accepted_visit(slot_start=start, now=timezone.now() - timedelta(hours=5))

        page = page_text(logged_in(visit.partner.user), "partner_dashboard")

        assert reverse("job_check_in", args=[visit.pk]) in page
        assert "Seestrasse 1, 8001 Zürich" in page

    def test_check_in_waits_for_its_hour(self, logged_in):
        visit = accepted_visit(slot_start=in_days(3))

        page = page_text(logged_in(visit.partner.user), "partner_dashboard")

        assert "Say that you are on your way: " in page
        assert reverse("job_check_in", args=[visit.pk]) not in page

    def test_an_offer_shows_town_and_price_and_no_street(self, logged_in):
        offer = open_offer()

        page = page_text(logged_in(offer.partner.user), "partner_dashboard")

        assert "8001" in page
        assert "89.00\xa0CHF" in page.replace("89.00 CHF", "89.00\xa0CHF")
        assert "Seestrasse" not in page

    def test_an_offer_names_the_commission_on_its_price(self, logged_in):
        offer = open_offer()

        page = page_text(logged_in(offer.partner.user), "partner_dashboard")

        assert "of which commission 17.80 CHF" in page.replace("\xa0", " ")

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
        fragment = re.findall(r'hx-get="(/partner/offers[^"]+)"', page_text(client, "partner_dashboard"))[0]
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
        assert "Is it done?" in page_text(client, "job_detail", visit.pk)
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

        assert "Seestrasse 1" in page_text(logged_in(alive.partner.user), "job_detail", alive.pk)
        page = page_text(logged_in(over.partner.user), "job_detail", over.pk)
        assert "Seestrasse 1" not in page
        assert "The router blinks red" not in page
        assert "8001 Zürich" in page

    @pytest.mark.parametrize("is_on_the_way", [False, True])
    def test_whoever_sets_out_finds_the_address_before_everything_else(self, logged_in, is_on_the_way):
        start = timezone.now() + timedelta(minutes=90)
        asked = timezone.now() - timedelta(hours=5)
        visit = accepted_visit(client=new_client(phone="079 123 45 67"), slot_start=start, now=asked)
        if is_on_the_way:
            visits.set_off(job_id=visit.pk, partner=visit.partner, now=timezone.now())

        page = page_text(logged_in(visit.partner.user), "job_detail", visit.pk)

        parts = ("<h1>", "card next", "Seestrasse 1", 'href="tel:', "Time and extras", 'id="thread-')
        places = [page.index(part) for part in parts]
        assert places == sorted(places)

    def test_a_map_finds_the_address_and_only_when_it_is_asked(self, logged_in):
        visit = accepted_visit(slot_start=in_days(3))
        address = "https://www.openstreetmap.org/search?query=Seestrasse%201%2C%208001%20Z%C3%BCrich"

        page = page_text(logged_in(visit.partner.user), "job_detail", visit.pk)

        assert re.findall(r"<(\w+)[^>]*openstreetmap", page) == ["a"]
        assert f'<a href="{address}" rel="noopener noreferrer">' in page
        orders.cancel_order(order_id=visit.order_id, client=visit.order.client, now=timezone.now())
        assert "openstreetmap" not in page_text(logged_in(visit.partner.user), "job_detail", visit.pk)

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

        page = page_text(logged_in(visit.partner.user), "job_detail", visit.pk)

        assert "Our team has released you from this visit" in page
        assert "The client has moved." in page

    def test_a_hand_over_of_ones_own_is_no_ruling(self, logged_in):
        visit = accepted_visit(slot_start=in_days(3))
        orders.hand_over_job(job_id=visit.pk, partner=visit.partner, reason="I am ill.", now=timezone.now())

        assert "Our team" not in page_text(logged_in(visit.partner.user), "job_detail", visit.pk)


class TestGivingAJobBack:
    def _busy_partner(self, slot_start):
        """49 accepted jobs, one of them cancelled, in a city with an average; and a visit to come."""
        partner = new_partner()
        with_history(partner, 5, 48)
        past = timezone.now() - timedelta(days=9)
        JobFactory.create(partner=partner, accepted_at=past, outcome=Outcome.CANCELLED, outcome_at=past)
        visit = accepted_visit(partner, slot_start=slot_start, now=timezone.now() - timedelta(hours=1))
        count(partner)  # the factory's jobs, too
        return visit

    def test_the_effect_is_shown_before(self, logged_in):
        visit = self._busy_partner(in_days(3))
        assert visit.partner.jobs.count() == 50

        page = page_text(logged_in(visit.partner.user), "job_cancel", visit.pk).replace("\xa0", " ")

        assert "Your rate would go from 2 % to 4 %; the limit in Zürich is 5 %." in page

    def test_the_hand_over_is_offered_first_and_is_excused(self, logged_in):
        visit = self._busy_partner(in_days(3))
        client = logged_in(visit.partner.user)
        page = page_text(client, "job_cancel", visit.pk)
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
        assert (
            "Ask for help first: if somebody takes over, it does not count as a cancellation."
            in page_text(client, "job_cancel", visit.pk)
        )

        client.post(reverse("job_cancel", args=[visit.pk]), {"reason": "The car broke down."})

        assert Job.objects.get(pk=visit.pk).outcome == Outcome.CANCELLED


class TestThePublicPage:
    def test_everybody_sees_what_clients_say_once_it_is_published(self, client, queries):
        partner = new_partner("Robin")
        hidden = completed_visit(partner, new_client("Hidden"), days_ago=3)
        published_ratings(completed_visit(partner, new_client("Kim")))
        path = reverse("partner_profile", args=[partner.reference])

        page = client.get(path).content.decode()

        assert "Friendly and quick." in page
        assert "Kim" not in page
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
