"""The search, and the page of the order, with nothing but HTML."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance import services as compliance
from orders import services as orders
from orders.models import Order
from partners.models import Partner
from partners.policy import PartnerStatus
from ratings import services as ratings
from tests.factories import PartnerFactory, UserFactory, city
from tests.pages.scenes import accepted_visit, completed_visit, in_days, new_client, new_partner, placed_order

pytestmark = pytest.mark.django_db

ZURICH = {"service": "home-wifi", "place": "8001 Zürich"}


def _later(days: int = 3) -> dict[str, str]:
    return ZURICH | {"date": f"{in_days(days):%Y-%m-%d}", "time": "10:00"}


def _search(client: Client, query: dict[str, str]) -> str:
    response = client.get(reverse("search"), query)
    assert response.status_code == 200
    return unescape(response.content.decode())


class TestSearching:
    def test_a_partner_is_found_by_postcode_by_town_and_by_both(self, client):
        new_partner("Robin")
        for place in ("8001", "zurich", "Zürich", "8001 Zürich", "8001 zürich"):
            assert "Robin" in _search(client, _later() | {"place": place})

    def test_without_a_time_it_is_as_soon_as_possible(self, client):
        new_partner("Robin")

        assert "Robin" in _search(client, ZURICH)

    def test_below_five_ratings_a_partner_is_new_and_from_five_on_has_an_average(self, client):
        partner = new_partner("Robin")
        assert "New" in _search(client, _later())
        for days_ago in range(3, 8):
            job = completed_visit(partner, days_ago=days_ago)
            for author, stars in ((job.order.client, 4), (partner.user, 5)):
                _rate(job, author, stars)
        compliance.review_due(now=timezone.now())

        page = _search(client, _later())

        assert "4.00" in page
        assert "(5 ratings)" in page
        assert "5 jobs accepted" in page

    def test_the_price_and_the_links_keep_the_whole_wish(self, client):
        new_partner("Robin", reference="robin")
        page = _search(client, _later())

        assert "89.00\xa0CHF" in page
        query = urlencode(_later() | {"partner": "robin"})
        assert f"/book?{query}" in page

    def test_who_is_busy_suspended_or_without_the_skill_is_not_shown(self, client):
        busy = new_partner("Busy")
        slot_start = in_days(3).astimezone(timezone.get_current_timezone()).replace(hour=10)
        accepted_visit(busy, slot_start=slot_start)
        new_partner("Suspended", status="suspended")
        new_partner("Unskilled", skills=["tv"])

        page = _search(client, _later())

        assert not re.search("Busy|Suspended|Unskilled", page)
        assert "Nobody is free then" in page
        assert "Try another time" in page

    def test_only_times_at_which_somebody_is_free_are_suggested(self, client):
        busy = new_partner("Busy")
        slot_start = in_days(3).astimezone(timezone.get_current_timezone()).replace(hour=10)
        accepted_visit(busy, slot_start=slot_start)
        accepted_visit(busy, slot_start=slot_start + timedelta(hours=2))

        page = _search(client, _later())

        assert "Somebody is free at these times" in page
        assert urlencode(_later() | {"time": "14:00"}) in page
        assert urlencode(_later() | {"time": "12:00"}) not in page

    def test_a_day_alone_is_searched_and_shown_as_any_time_of_it(self, client):
        new_partner("Robin")
        wish = {name: value for name, value in _later().items() if name != "time"}

        for open_time in (wish, wish | {"time": ""}, wish | {"time": "day"}):
            page = _search(client, open_time)
            assert re.search(r'<option value="day" selected>\s*at any time of the day', page)
            assert "arrival between 07:00 and 20:00" in page

    def test_without_a_day_it_is_as_soon_as_possible(self, client):
        new_partner("Robin")
        wish = {name: value for name, value in _later().items() if name not in {"date", "time"}}

        page = _search(client, wish)

        assert re.search(r'<option value="" selected>\s*as soon as possible', page)

    def test_where_nobody_does_this_at_all_it_is_said_and_no_time_suggested(self, client):
        new_partner("Elsewhere", city=city("basel"))

        page = _search(client, _later())

        assert "Nobody near you does this yet" in page
        assert "None of our partners around Zürich offers" in page
        assert "Try another" not in page

    def test_who_does_it_in_the_city_but_does_not_come_so_far_is_no_nobody(self, client):
        new_partner("Nearby", radius_km=1, latitude=47.30, longitude=8.70)

        page = _search(client, _later())

        assert "Nobody near you does this yet" in page
        assert "in and around Zurich, but none of them comes as far as 8001 Zürich yet" in page

    def test_a_place_with_several_meanings_offers_the_choice(self, client):
        page = _search(client, _later() | {"place": "Buchs"})

        assert "Please add the postcode" in page
        assert "place=9470+Buchs" in page

    def test_each_town_of_a_name_is_offered_once(self, client):
        page = _search(client, _later() | {"place": "Bas"})

        assert page.count("place=4000+Basel") == 1
        assert "place=4001+Basel" not in page

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"place": "Atlantis"}, "We do not find this place"),
            ({"place": ""}, "Please say where"),
            ({"place": "7500"}, "We do not come to"),
            ({"service": ""}, "Please choose what you need"),
            ({"service": "time-travel"}, "We do not offer this"),
            ({"date": "2020-01-01"}, "Please choose a time from one hour from now"),
            ({"date": ""}, "Please choose the day."),
        ],
    )
    def test_what_is_wrong_is_said_and_the_rest_stays(self, client, wrong, words):
        query = _later() | wrong
        page = _search(client, query)

        assert words in page
        for name in {"place", "date"} - set(wrong):
            assert query[name] in page

    def test_a_day_without_a_time_means_any_time_of_it(self, client):
        new_partner("Robin")
        page = _search(client, _later() | {"time": ""})

        assert "Robin" in page
        assert urlencode(_later() | {"time": "day", "partner": Partner.objects.get().reference}) in page

    def test_a_card_says_when_somebody_is_free_next_though_another_time_was_asked_for(self, client):
        new_partner("Robin")
        page = re.sub(r"\s+", " ", _search(client, _later(days=9)))

        assert re.search(r"Next free arrival<br><b class=\"ink\">(today|tomorrow|\w+ \d)", page)

    def test_a_profile_in_between_keeps_the_wish_on_the_way_to_the_booking_and_back(self, client):
        partner = new_partner("Robin", reference="robin")
        [link] = re.findall(r'<a href="(/partners/robin[^"]*)"', _search(client, _later()))
        assert link == f"/partners/robin?{urlencode(_later())}"

        page = unescape(client.get(link).content.decode())
        assert f'/book?{urlencode(_later() | {"partner": partner.reference})}"' in page
        assert f'/search?{urlencode(_later())}"' in page

    def test_a_closed_city_takes_no_bookings(self, client):
        zurich = city()
        zurich.is_open = False
        zurich.save()

        assert "We do not come to" in _search(client, _later())

    def test_more_partners_need_no_more_queries(self, client, queries):
        path = f"{reverse('search')}?{urlencode(_later())}"
        # The days of eight are looked at first, those of the others together after that.
        PartnerFactory.create_batch(9)
        few = queries(client, path)
        PartnerFactory.create_batch(12)

        assert queries(client, path) == few


class TestTheOrderPage:
    def test_it_follows_the_order(self, logged_in):
        buyer, partner = new_client(), new_partner("Robin")
        order = placed_order(buyer, partner=partner)
        client = logged_in(buyer)
        path = reverse("order_detail", args=[order.reference])
        assert "We are asking around for you" in client.get(path).content.decode()

        orders.accept_offer(offer_id=order.offers.get().pk, partner=partner, now=timezone.now())

        page = client.get(path).content.decode()
        assert "Robin is coming to you" in page
        assert "Robin has accepted" in page

    def test_the_fragment_says_nothing_while_nothing_changes(self, logged_in):
        buyer, partner = new_client(), new_partner()
        order = placed_order(buyer, partner=partner)
        client = logged_in(buyer)
        page = client.get(reverse("order_detail", args=[order.reference])).content.decode()
        fragment = unescape(re.findall(r'hx-get="([^"]+)"', page)[0])
        assert client.get(fragment).status_code == 204

        orders.accept_offer(offer_id=order.offers.get().pk, partner=partner, now=timezone.now())

        assert "is coming to you" in client.get(fragment).content.decode()

    def test_when_the_chosen_partner_declines_it_is_said_that_others_are_asked(self, logged_in):
        chosen = new_partner("Chosen")
        new_partner("Other")
        buyer = new_client()
        order = placed_order(buyer, partner=chosen)
        client = logged_in(buyer)
        path = reverse("order_detail", args=[order.reference])
        page = client.get(path).content.decode()
        assert "We have asked Chosen." in page
        assert "Chosen is not available" not in page

        orders.decline_offer(offer_id=order.offers.get().pk, partner=chosen, now=timezone.now())

        page = client.get(path).content.decode()
        assert "Chosen is not available for this visit. We are asking others for you now." in page
        assert "We have asked 1 other person." in page

    def test_a_chosen_partner_who_could_no_longer_come_when_the_search_began_is_not_kept_quiet_about(
        self, logged_in
    ):
        chosen = new_partner("Chosen")
        new_partner("Other")
        order = placed_order(partner=chosen, is_drafted=True)
        client = logged_in(order.client)
        path = reverse("order_detail", args=[order.reference])
        page = client.get(path).content.decode()
        assert "We are looking for the next person to ask." in page
        assert "If nobody has accepted by" not in page

        Partner.objects.filter(pk=chosen.pk).update(status=PartnerStatus.SUSPENDED)
        orders.widen_searches(now=timezone.now())

        page = client.get(path).content.decode()
        assert "Chosen is not available for this visit. We are asking others for you now." in page
        assert "Chosen was not available" in page
        assert "We have asked 1 other person." in page

    def test_a_cancelled_order_says_nothing_about_the_chosen_partner(self, logged_in):
        buyer = new_client()
        order = placed_order(buyer, partner=new_partner("Chosen"))
        orders.cancel_order(order_id=order.pk, client=buyer, now=timezone.now())

        page = logged_in(buyer).get(reverse("order_detail", args=[order.reference])).content.decode()

        assert "not available" not in page

    def test_it_follows_when_the_partner_hands_over(self, logged_in):
        visit = accepted_visit(new_partner("Robin"))
        assert visit.order is not None
        client = logged_in(visit.order.client)
        page = client.get(reverse("order_detail", args=[visit.order.reference])).content.decode()
        fragment = unescape(re.findall(r'hx-get="([^"]+)"', page)[0])

        new_partner("Other")
        orders.hand_over_job(job_id=visit.pk, partner=visit.partner, reason="Ill.", now=timezone.now())

        assert "We are asking around for you" in client.get(fragment).content.decode()

    def test_an_order_that_has_ended_is_not_polled(self, logged_in):
        visit = completed_visit()

        page = logged_in(visit.order.client).get(reverse("order_detail", args=[visit.order.reference]))

        assert reverse("order_state", args=[visit.order.reference]) not in page.content.decode()
        assert "How was it with" in page.content.decode()

    def test_cancelling_is_asked_first_and_then_done(self, logged_in):
        visit = accepted_visit()
        client = logged_in(visit.order.client)
        path = reverse("order_cancel", args=[visit.order.reference])
        assert "You pay nothing" in client.get(path).content.decode()
        assert Order.objects.get().status == "confirmed"

        page = client.post(path, follow=True).content.decode()

        assert "Your order is cancelled." in page
        assert Order.objects.get().status == "cancelled"

    def test_what_is_done_cannot_be_cancelled(self, logged_in):
        visit = completed_visit()
        client = logged_in(visit.order.client)
        path = reverse("order_cancel", args=[visit.order.reference])

        assert "can no longer be cancelled" in client.get(path, follow=True).content.decode()
        client.post(path)
        assert Order.objects.get().status == "completed"

    def test_more_orders_need_no_more_queries(self, logged_in, queries):
        buyer = new_client()
        placed_order(buyer)
        client = logged_in(buyer)
        few = queries(client, reverse("order_list"))
        for _ in range(4):
            placed_order(buyer)

        assert queries(client, reverse("order_list")) == few

    def test_a_long_list_has_pages(self, logged_in):
        buyer = new_client()
        for _ in range(21):
            placed_order(buyer)
        client = logged_in(buyer)

        assert "page=2" in client.get(reverse("order_list")).content.decode()
        assert client.get(reverse("order_list"), {"page": 2}).content.decode().count("card link") == 1


def _rate(job, author, stars):
    ratings.submit_rating(
        job_id=job.pk, author=author, stars=stars, comment="", now=timezone.now() - timedelta(minutes=1)
    )


def test_whoever_logs_in_lands_where_the_day_begins(logged_in):
    partner = new_partner()
    assert logged_in(partner.user).get(reverse("start")).headers["Location"] == reverse("partner_dashboard")
    assert logged_in(UserFactory.create()).get(reverse("start")).headers["Location"] == reverse("home")
    order = placed_order()
    assert logged_in(order.client).get(reverse("start")).headers["Location"] == reverse("order_list")


@pytest.mark.parametrize(
    ("days", "time", "wrong"), [(-1, "10:00", "date"), (91, "10:00", "date"), (3, "23:00", "time")]
)
def test_the_field_that_is_wrong_is_marked(client, days, time, wrong):
    new_partner()
    day = timezone.localdate() + timedelta(days=days)
    asked = {"service": "home-wifi", "place": "8001", "date": day, "time": time}
    page = client.get(reverse("search"), asked).content.decode()
    fields = re.findall(r"<(?:input|select)[^>]*>", page)
    assert [re.search(r'name="(\w+)"', each).group(1) for each in fields if "aria-invalid" in each] == [wrong]
