"""The fourth step of a booking: who comes, and what changes when that was said first."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.booking.policy import Step
from orders.models import BookingDraft
from partners.models import Partner, Skill
from partners.policy import PartnerStatus
from tests.factories import PartnerFactory, city
from tests.pages.scenes import in_days, new_partner
from tests.pages.steps import WHAT, WHERE, say, slot, taken, text_of, up_to

pytestmark = pytest.mark.django_db


class TestWho:
    def test_the_cards_tell_what_counts(self, client):
        new_partner("Robin", languages=["fr", "de"], verified_at=timezone.now())
        up_to(Step.PARTNER, client)
        page = text_of(client, "/book/partner")
        for words in ("Robin", "New", "0 jobs accepted", "Français, Deutsch", "m</li>", "Verified"):
            assert words in page
        assert "Next free arrival" in page
        assert "1 person is free" in page

    def test_who_is_busy_is_not_shown(self, client):
        taken(new_partner("Busy"))
        new_partner("Robin")
        up_to(Step.PARTNER, client)
        assert "Busy" not in text_of(client, "/book/partner")

    def test_they_stand_in_the_published_order(self, client):
        for name, rank in (("Third", 3), ("First", 5), ("Second", 4)):
            new_partner(name, search_rank=rank)
        up_to(Step.PARTNER, client)
        page = text_of(client, "/book/partner")
        assert page.index(">First<") < page.index(">Second<") < page.index(">Third<")

    def test_going_back_shows_who_was_chosen(self, client):
        new_partner(reference="robin")
        new_partner(reference="kim")
        up_to(Step.SUMMARY, client, who="robin")
        assert text_of(client, "/book/partner").count("Your choice") == 1

    def test_when_nobody_is_free_any_more_it_leads_back_to_the_time(self, client):
        partner = new_partner()
        up_to(Step.PARTNER, client)
        taken(partner)
        response = client.get("/book/partner", follow=True)
        assert response.redirect_chain == [("/book/time", 302)]
        assert "nobody is free any more. Everything else is kept." in response.content.decode()

    def test_more_partners_need_no_more_queries(self, client, queries):
        PartnerFactory.create_batch(9)
        up_to(Step.PARTNER, client)
        few = queries(client, "/book/partner")
        PartnerFactory.create_batch(12)
        assert queries(client, "/book/partner") == few

    def test_nobody_that_does_not_exist_or_work_can_be_chosen(self, client):
        new_partner(reference="gone", status="suspended")
        up_to(Step.PARTNER, client)
        for reference in ("gone", "nobody"):
            assert client.post("/book/partner", {"partner": reference}).status_code == 404


class TestFromAProfile:
    @pytest.fixture
    def chosen(self) -> Partner:
        new_partner("Other", reference="other")
        return new_partner("Robin", reference="robin", skills=["network"])

    def test_the_partner_is_kept_and_only_their_skills_and_times_are_shown(self, client, chosen):
        taken(chosen)
        profile = client.get(reverse("partner_profile", args=["robin"])).content.decode()
        link = re.findall(r'href="(/book\?partner=[^"]+)"', profile)[0]
        page = text_of(client, link)
        assert "What can Robin do for you?" in page
        assert "TV set-up" not in page
        say(client, Step.SERVICE, WHAT)
        say(client, Step.ADDRESS, WHERE)
        page = text_of(client, f"/book/time?from={in_days(3):%Y-%m-%d}")
        assert "When should Robin come?" in page
        assert f'value="{in_days(3):%Y-%m-%d} 10:00"' not in page
        assert say(client, Step.TIME, slot(at="14:00")) == "/book/summary"
        assert "We ask Robin first." in text_of(client, "/book/summary")

    def test_somebody_else_may_be_looked_for(self, client, chosen):
        client.get("/book?partner=robin")
        say(client, Step.SERVICE, WHAT)
        say(client, Step.ADDRESS, WHERE)
        assert say(client, Step.TIME, {"release": "1"}) == "/book/time"
        assert "When should somebody come?" in text_of(client, "/book/time")

    def test_a_partner_who_does_not_do_this_there_is_told(self, client):
        new_partner("Robin", reference="robin", city=city("basel"))
        client.get("/book?partner=robin")
        say(client, Step.SERVICE, WHAT)
        say(client, Step.ADDRESS, WHERE)
        assert "Robin does not do this at your address" in text_of(client, "/book/time")

    def test_a_partner_who_is_taken_meanwhile_leads_to_the_others(self, client, chosen):
        up_to(Step.SUMMARY, client, who="robin")
        taken(chosen)
        response = client.get("/book/summary", follow=True)
        assert response.redirect_chain == [("/book/partner", 302)]
        page = response.content.decode()
        assert "Robin is no longer free at that time." in page
        assert "Times of Robin" in page
        assert ">Other<" in page


class TestWhoDoesSomethingElse:
    """A partner is chosen, on a profile or among favourites, who does not do what was begun."""

    def test_what_they_do_is_asked_again(self, client):
        new_partner("Robin")
        other = new_partner("Beat", skills=["tv"])
        up_to(Step.PARTNER, client)

        assert client.get(f"/book?partner={other.reference}").headers["Location"] == "/book/service"

        page = text_of(client, "/book/service")
        assert "What can Beat do for you?" in page
        assert 'value="home-wifi"' not in page
        assert " checked" not in page.split('class="choices"')[1].split("</fieldset>")[0]
        assert "<details" not in page
        kept = BookingDraft.objects.get()
        assert (kept.street, kept.service, kept.partner) == ("Seestrasse 1", None, other)

    def test_also_if_the_link_says_so(self, client):
        other = new_partner("Beat", skills=["tv"])
        link = f"/book?service=home-wifi&partner={other.reference}"
        assert client.get(link).headers["Location"] == "/book/service"
        assert BookingDraft.objects.get().service is None

    def test_what_is_no_longer_theirs_is_not_shown_as_chosen(self, client):
        partner = new_partner("Robin")
        up_to(Step.PARTNER, client, partner.reference)
        client.get(f"/book?partner={partner.reference}")
        partner.skills.set(Skill.objects.filter(slug="tv"))
        page = text_of(client, "/book/service")
        assert "<details" not in page
        assert 'value="home-wifi"' not in page

    def test_nobody_books_who_takes_no_jobs(self, client):
        away = new_partner("Olivia", status=PartnerStatus.SUSPENDED)
        page = text_of(client, f"/book?service=home-wifi&partner={away.reference}")
        assert "Olivia takes no bookings at the moment." in page
        assert BookingDraft.objects.get().partner is None
