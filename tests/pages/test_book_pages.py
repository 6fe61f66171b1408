"""Four steps and a summary, with nothing but HTML: who comes here without an account goes all the way."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.booking.policy import Step
from orders.models import BookingDraft, Order
from orders.policy import OrderStatus
from tests.pages.scenes import in_days, new_client, new_partner, placed_order
from tests.pages.steps import WHAT, WHERE, say, slot, text_of, up_to

pytestmark = pytest.mark.django_db


class TestTheWay:
    def test_each_step_leads_to_the_next_and_the_last_to_the_summary(self, client):
        new_partner(reference="robin")
        assert client.get(reverse("book")).headers["Location"] == "/book/service"
        assert say(client, Step.SERVICE, WHAT) == "/book/address"
        assert say(client, Step.ADDRESS, WHERE) == "/book/time"
        assert say(client, Step.TIME, slot()) == "/book/partner"
        assert say(client, Step.PARTNER, {"partner": "robin"}) == "/book/summary"

    @pytest.mark.parametrize("step", [Step.ADDRESS, Step.TIME, Step.PARTNER, Step.SUMMARY])
    def test_no_step_before_its_time(self, client, step):
        assert client.get(reverse(f"book_{step}")).headers["Location"] == "/book/service"

    def test_going_back_loses_nothing(self, client):
        new_partner("Robin", reference="robin")
        up_to(Step.SUMMARY, client, who="robin")
        assert "Blue door" in text_of(client, "/book/service")
        page = text_of(client, "/book/address")
        for value in ("Seestrasse 1", "8001 Zürich", "Ann", "079 123 45 67"):
            assert f'value="{value}"' in page
        assert re.search(r'value="[-0-9]+ 10:00" aria-current="true"', text_of(client, "/book/time"))
        say(client, Step.SERVICE, WHAT | {"when": "day", "day": f"{in_days(3):%Y-%m-%d}"})
        summary = text_of(client, "/book/summary")
        for words in ("Home Wi-Fi", "Blue door", "Seestrasse 1", "10:00", "Robin", "89.00\xa0CHF"):
            assert words.replace("\xa0", " ") in summary.replace("\xa0", " ")

    def test_nothing_of_the_address_is_in_the_address_bar(self, client):
        new_partner()
        for step, given in ((Step.SERVICE, WHAT), (Step.ADDRESS, WHERE), (Step.TIME, slot())):
            assert "?" not in say(client, step, given)

    def test_pages_with_an_address_are_kept_by_no_cache(self, client):
        up_to(Step.TIME, client)
        assert "no-store" in client.get("/book/address").headers["Cache-Control"]

    @pytest.mark.parametrize(
        ("step", "wrong", "words"),
        [
            (Step.SERVICE, {"service": ""}, "Please choose what you need"),
            (Step.SERVICE, {"when": "day", "day": ""}, "Please choose the day."),
            (Step.SERVICE, {"when": "day", "day": "2020-01-01"}, "from today on, at most 90 days ahead"),
            (Step.ADDRESS, {"street": ""}, "Please give the street and number"),
            (Step.ADDRESS, {"place": "3920 Zermatt"}, "We do not come to Zermatt yet."),
            (Step.ADDRESS, {"place": "Atlantis"}, "We do not find this place"),
            (Step.ADDRESS, {"first_name": ""}, "Please tell your partner whom to ask for"),
            (Step.ADDRESS, {"phone": "123"}, "Please give the number with its area code"),
        ],
    )
    def test_what_is_wrong_is_said_and_the_rest_stays(self, client, step, wrong, words):
        up_to(step, client)
        given = (WHAT if step is Step.SERVICE else WHERE) | wrong
        page = unescape(client.post(reverse(f"book_{step}"), given).content.decode())
        assert words in page
        assert ("Blue door" if step is Step.SERVICE else "079" if "phone" not in wrong else "Ann") in page

    def test_who_has_a_name_and_a_phone_is_not_asked_for_them(self, logged_in):
        client = up_to(Step.ADDRESS, logged_in(new_client(phone="079 000 00 00")))
        page = text_of(client, "/book/address")
        assert "first_name" not in page
        assert 'name="phone"' not in page

    def test_the_address_of_the_last_order_is_filled_in(self, logged_in):
        order = placed_order()
        client = up_to(Step.ADDRESS, logged_in(order.client))
        assert 'value="Seestrasse 1"' in text_of(client, "/book/address")


class TestFromASearch:
    def test_the_links_bring_what_is_known(self, client):
        new_partner("Robin", reference="robin")
        wish = {
            "service": "home-wifi",
            "place": "8001 Zürich",
            "date": f"{in_days(3):%Y-%m-%d}",
            "time": "10:00",
        }
        page = unescape(client.get(reverse("search"), wish).content.decode())
        assert f"/book?{urlencode(wish | {'anybody': '1'})}" in page
        client.get(f"/book?{urlencode(wish | {'partner': 'robin'})}")
        say(client, Step.SERVICE, WHAT | {"when": "day", "day": wish["date"]})
        assert 'value="8001 Zürich"' in text_of(client, "/book/address")
        assert say(client, Step.ADDRESS, WHERE) == "/book/summary"

    def test_what_a_link_says_wrongly_is_asked_for(self, client):
        assert client.get("/book?service=none&place=7500&date=x").headers["Location"] == "/book/service"
        draft = BookingDraft.objects.get()
        assert (draft.service, draft.place, draft.day) == (None, None, None)

    def test_trying_again_asks_who_it_is_first(self, client):
        order = placed_order()
        answer = client.get(f"/book?service=home-wifi&again={order.reference}")
        assert answer.headers["Location"].startswith("/accounts/login/?next=/book")


class TestComingBack:
    def test_home_account_and_orders_show_what_was_begun(self, logged_in):
        client = up_to(Step.TIME, logged_in(new_client()))
        for path in ("/", "/account", "/orders"):
            assert "You have an unfinished booking" in text_of(client, path)
        assert client.get("/book").headers["Location"] == "/book/time"

    def test_it_can_be_discarded(self, client):
        up_to(Step.TIME, client)
        page = client.post("/book/discard", follow=True).content.decode()
        assert "The unfinished booking is deleted." in page
        assert "You have an unfinished booking" not in page
        assert not BookingDraft.objects.exists()

    def test_another_device_of_the_same_person_goes_on(self, logged_in):
        person = new_client()
        up_to(Step.TIME, logged_in(person))
        assert logged_in(person).get("/book").headers["Location"] == "/book/time"

    def test_another_browser_sees_nothing_of_it(self, client, logged_in):
        up_to(Step.TIME, client)
        up_to(Step.TIME, logged_in(new_client()))
        for other in (Client(), logged_in(new_client())):
            assert "unfinished" not in text_of(other, "/")
            assert other.get("/book/address").headers["Location"] == "/book/service"

    def test_after_logging_out_the_browser_knows_nothing(self, client):
        person = new_client()
        up_to(Step.TIME, client)
        client.force_login(person)
        client.get("/start")
        client.post("/accounts/logout/")
        assert "unfinished" not in text_of(client, "/")
        assert BookingDraft.objects.get().client == person

    def test_after_a_week_nothing_is_left(self, client):
        up_to(Step.TIME, client)
        past = timezone.now() - timedelta(days=8)
        BookingDraft.objects.update(changed_at=past, expires_at=past + timedelta(days=7))
        assert client.get("/book").headers["Location"] == "/book/service"

    def test_an_order_that_came_to_nothing_is_tried_again_with_one_choice_less(self, logged_in):
        new_partner()
        order = placed_order()
        Order.objects.filter(pk=order.pk).update(status=OrderStatus.EXPIRED, next_wave_at=None)
        client = logged_in(order.client)
        page = text_of(client, reverse("order_detail", args=[order.reference]))
        link = re.findall(r'href="(/book\?[^"]+)"', page)[0]
        assert client.get(link).headers["Location"] == "/book/partner"
        say(client, Step.PARTNER, {"partner": ""})
        assert "Seestrasse 1" in text_of(client, "/book/summary")
