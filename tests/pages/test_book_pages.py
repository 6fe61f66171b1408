"""Four steps and a summary, with nothing but HTML: who comes here without an account goes all the way."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.booking.policy import Step
from orders.models import BookingDraft, Order, Service
from orders.policy import OrderStatus
from partners.models import Partner
from tests.factories import PASSWORD, PartnerFactory, city
from tests.pages.scenes import accepted_visit, in_days, new_client, new_partner, placed_order, shown_in

pytestmark = pytest.mark.django_db

WHAT = {"service": "home-wifi", "details": "Blue door", "when": "soon"}
WHERE = {"street": "Seestrasse 1", "place": "8001", "first_name": "Ann", "phone": "079 123 45 67"}


def slot(days: int = 3, at: str = "10:00") -> dict[str, str]:
    return {"slot": f"{in_days(days):%Y-%m-%d} {at}"}


def say(client: Client, step: Step, given: dict[str, str]) -> str:
    """Where the answer leads."""
    response = client.post(reverse(f"book_{step}"), given)
    assert response.status_code == 302, unescape(response.content.decode())
    return response.headers["Location"]


def up_to(step: Step, client: Client, who: str = "") -> Client:
    """All that comes before a step has been said."""
    said = {
        Step.SERVICE: WHAT,
        Step.ADDRESS: WHERE,
        Step.TIME: slot(),
        Step.PARTNER: {"partner": who},
    }
    for each, given in said.items():
        if each is step:
            break
        say(client, each, given)
    return client


def text_of(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def taken(partner: Partner) -> None:
    """Somebody else was quicker."""
    zone = timezone.get_current_timezone()
    accepted_visit(partner, slot_start=in_days(3).astimezone(zone).replace(hour=10))


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
        for words in ("Home Wi-Fi", "Blue door", "Seestrasse 1", "10:00", "Robin", "CHF\xa089.00"):
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


class TestTheSummary:
    def confirmed(self, client: Client) -> tuple[dict[str, str], str]:
        shown = shown_in(client.get("/book/summary"))
        return shown, say(client, Step.SUMMARY, shown)

    def test_one_press_books_what_is_shown(self, logged_in):
        partner = new_partner(reference="robin")
        client = up_to(Step.SUMMARY, logged_in(new_client()), who="robin")
        _shown, where = self.confirmed(client)
        order = Order.objects.get()
        assert where == reverse("order_detail", args=[order.reference])
        assert (order.street, order.details, order.requested_partner) == (
            "Seestrasse 1",
            "Blue door",
            partner,
        )
        assert not BookingDraft.objects.exists()

    def test_a_second_press_and_the_back_button_book_nothing_more(self, logged_in):
        new_partner()
        client = up_to(Step.SUMMARY, logged_in(new_client()))
        shown, where = self.confirmed(client)
        assert say(client, Step.SUMMARY, shown) == where
        assert client.get("/book/summary").headers["Location"] == "/book/service"
        assert Order.objects.count() == 1

    def test_what_has_changed_in_another_window_is_shown_first(self, logged_in):
        new_partner()
        client = up_to(Step.SUMMARY, logged_in(new_client()))
        shown = shown_in(client.get("/book/summary"))
        say(client, Step.TIME, slot(at="15:00"))
        page = client.post("/book/summary", shown, follow=True).content.decode()
        assert "Your booking has changed in the meantime." in page
        assert not Order.objects.exists()

    def test_another_price_is_shown_first(self, logged_in):
        new_partner()
        client = up_to(Step.SUMMARY, logged_in(new_client()))
        shown = shown_in(client.get("/book/summary"))
        Service.objects.filter(slug="home-wifi").update(price=99)
        page = client.post("/book/summary", shown, follow=True).content.decode()
        assert "The price has changed in the meantime." in page
        assert "CHF\xa099.00" in page
        assert not Order.objects.exists()

    def test_a_time_that_has_gone_leads_to_the_times(self, logged_in):
        partner = new_partner()
        client = up_to(Step.SUMMARY, logged_in(new_client()))
        shown = shown_in(client.get("/book/summary"))
        taken(partner)
        assert say(client, Step.SUMMARY, shown) == "/book/time"
        assert not Order.objects.exists() or Order.objects.get().client != BookingDraft.objects.get().client
        assert BookingDraft.objects.get().street == "Seestrasse 1"

    def test_the_summary_needs_as_many_queries_for_any_partner(self, client, queries):
        new_partner(reference="robin")
        up_to(Step.SUMMARY, client, who="robin")
        few = queries(client, "/book/summary")
        for partner in PartnerFactory.create_batch(8):
            taken(partner)
        assert queries(client, "/book/summary") == few


class TestWithoutAnAccount:
    def test_signing_up_by_mail_comes_back_to_the_summary(self, client):
        new_partner()
        up_to(Step.SUMMARY, client)
        page = text_of(client, "/book/summary")
        assert "Almost booked" in page
        assert "submission_key" not in page
        signup = re.findall(r'href="(/accounts/signup/\?next=[^"]+)"', page)[0]
        assert "Your booking is kept." in text_of(client, signup)
        client.post(
            signup,
            {"email": "ann@example.org", "password1": "correct horse battery", "next": "/book/summary"},
        )
        link = re.findall(r"https?://[^/]+(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))[0]
        assert client.post(link).headers["Location"] == "/book/summary"
        summary = client.get("/book/summary")
        assert "Is everything right?" in summary.content.decode()
        say(client, Step.SUMMARY, shown_in(summary))
        order = Order.objects.get()
        assert (order.client.email, order.client.first_name, order.street) == (
            "ann@example.org",
            "Ann",
            "Seestrasse 1",
        )

    def test_confirming_the_address_in_another_browser_loses_nothing_in_the_first(self, client):
        new_partner()
        up_to(Step.SUMMARY, client)
        account = {"email": "ann@example.org", "password1": "correct horse battery"}
        client.post("/accounts/signup/?next=/book/summary", account)
        link = re.findall(r"https?://[^/]+(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))[0]
        Client().post(link)
        assert "You have an unfinished booking" in text_of(client, "/")
        response = client.post(
            "/accounts/login/?next=/book/summary",
            {"login": account["email"], "password": account["password1"]},
        )
        assert response.headers["Location"] == "/book/summary"
        assert "Is everything right?" in text_of(client, "/book/summary")

    def test_logging_in_anywhere_goes_on_with_the_booking(self, client):
        new_partner()
        person = new_client(email="kim@example.org")
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        up_to(Step.SUMMARY, client)
        client.post("/accounts/login/", {"login": "kim@example.org", "password": PASSWORD})
        assert "Is everything right?" in text_of(client, "/start")
        assert BookingDraft.objects.get().client == person

    def test_pressing_the_button_after_the_session_has_ended_asks_to_log_in(self, client, logged_in):
        new_partner()
        mine = up_to(Step.SUMMARY, logged_in(new_client()))
        shown = shown_in(mine.get("/book/summary"))
        assert say(client, Step.SUMMARY, shown) == "/accounts/login/?next=/book/summary"


class TestBegunBeforeTheLogIn:
    """Somebody else may have begun it on this device; and the account may have one of its own."""

    TOLD = "You are booking what was begun on this device before you logged in."

    def logs_in_at(self, client: Client, *, with_own: bool) -> BookingDraft | None:
        person = new_client(email="kim@example.org")
        if with_own:
            device = Client()
            device.force_login(person)
            say(device, Step.SERVICE, WHAT | {"details": "My own."})
        up_to(Step.TIME, client)
        client.force_login(person)
        return BookingDraft.objects.filter(client=person).first()

    def test_it_is_told_and_discarded_by_one_tap(self, client):
        self.logs_in_at(client, with_own=False)
        assert client.get("/start").headers["Location"] == "/book"
        page = text_of(client, "/book/time")
        assert self.TOLD in page
        (draft,) = BookingDraft.objects.all()
        assert f'name="draft" value="{draft.pk}"' in page

        left = client.post("/book/discard", {"draft": draft.pk}, follow=True)

        assert left.redirect_chain == [("/", 302)]
        assert not BookingDraft.objects.exists()

    def test_of_ones_own_nothing_is_told(self, logged_in):
        page = text_of(up_to(Step.TIME, logged_in(new_client())), "/book/time")
        assert self.TOLD not in page
        assert "Go on with this one" not in page

    def test_beside_ones_own_both_are_shown_and_neither_is_lost(self, client):
        own = self.logs_in_at(client, with_own=True)
        page = text_of(client, "/start")
        assert "Your account has another unfinished booking" in page
        assert self.TOLD in page

        client.post("/book/choose", {"draft": own.pk})

        page = text_of(client, "/book/service")
        assert "My own." in page
        assert self.TOLD not in page
        assert "Another booking was begun on this device before you logged in" in page
        assert "Another booking was begun on this device" in text_of(client, "/orders")
        assert BookingDraft.objects.count() == 2

    def test_once_one_of_two_is_discarded_the_other_is_the_accounts(self, client):
        own = self.logs_in_at(client, with_own=True)

        page = client.post("/book/discard", {"draft": own.pk}, follow=True).content.decode()

        assert self.TOLD in page
        assert BookingDraft.objects.get().client == own.client
        assert "Your account has another unfinished booking" not in page

    def test_what_was_begun_here_is_booked_and_ones_own_stays(self, client):
        new_partner()
        own = self.logs_in_at(client, with_own=True)
        say(client, Step.TIME, slot())
        say(client, Step.PARTNER, {"partner": ""})

        client.post("/book/summary", shown_in(client.get("/book/summary")))

        assert Order.objects.get().client == own.client
        assert BookingDraft.objects.get() == own

    @pytest.mark.parametrize("draft", ["", "x", "²", "9" * 40])
    def test_nonsense_changes_nothing(self, client, draft):
        own = self.logs_in_at(client, with_own=True)
        client.post("/book/choose", {"draft": draft})
        assert BookingDraft.objects.get(pk=own.pk).changed_at == own.changed_at


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
