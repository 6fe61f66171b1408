"""Asking to be told, from the pages: without telling who asked, within limits, and with a way out."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from mila.mails import render
from mila.notifications.services import send_due
from partners.interest.services import tell_interested, token_of
from partners.models import CityInterest
from tests.factories import NOW, OpsFactory, UserFactory
from tests.pages.scenes import new_partner

pytestmark = pytest.mark.django_db

WISH = {"service": "home-wifi", "place": "7000 Chur", "email": "kim@example.org"}


def test_a_town_without_city_leads_from_the_search_to_the_request(client: Client) -> None:
    page = client.get(
        reverse("search"), {"service": "home-wifi", "place": "7000 Chur", "date": "", "time": ""}
    )
    [link] = re.findall(r'href="(/tell-me\?[^"]+)"', page.content.decode())

    form = client.get(link.replace("&amp;", "&")).content.decode()

    assert 'value="7000 Chur"' in form
    assert re.search(r'<option value="home-wifi"[^>]* selected', form)


def test_a_city_where_nobody_does_it_leads_there_too(client: Client) -> None:
    page = client.get(reverse("search"), {"service": "home-wifi", "place": "8001"}).content.decode()

    assert "Nobody near you does this yet" in page
    assert 'href="/tell-me?service=home-wifi' in page


def test_the_answer_is_the_same_for_whoever_has_asked_before(client: Client) -> None:
    first = client.post(reverse("tell_me"), WISH)
    second = client.post(reverse("tell_me"), WISH)

    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"] == reverse("tell_me_noted")
    assert client.get(first.headers["Location"]).status_code == 200
    [interest] = CityInterest.objects.all()
    assert (interest.email, str(interest.place), interest.skill.slug) == (
        WISH["email"],
        "7000 Chur",
        "network",
    )


def test_the_language_is_that_of_the_page(client: Client) -> None:
    client.post(reverse("tell_me"), WISH, headers={"Accept-Language": "it"})

    assert CityInterest.objects.get().language == "it"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"email": ""}, "Please give the address"),
        ({"place": "Atlantis"}, "We do not find this place"),
        ({"service": "time-travel"}, "We do not offer this"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_stays(client: Client, wrong: dict[str, str], words: str) -> None:
    page = client.post(reverse("tell_me"), WISH | wrong).content.decode()

    assert words in page
    kept = next(value for name, value in WISH.items() if name not in wrong and name != "service")
    assert f'value="{kept}"' in page
    assert not CityInterest.objects.exists()


def test_whoever_asks_too_often_waits(client: Client, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"ask_to_be_told": "2/h/ip"}

    codes = [
        client.post(reverse("tell_me"), WISH | {"email": f"p{number}@example.org"}).status_code
        for number in range(3)
    ]

    assert codes == [302, 302, 429]
    assert CityInterest.objects.count() == 2


def test_the_address_of_the_account_is_filled_in(logged_in) -> None:
    user = UserFactory.create()

    assert f'value="{user.email}"' in logged_in(user).get(reverse("tell_me")).content.decode()


def test_the_mail_leads_to_the_search_and_to_being_forgotten(client: Client, mailoutbox) -> None:
    client.post(reverse("tell_me"), WISH | {"place": "8001 Zürich"})
    new_partner()
    tell_interested(now=NOW.replace(year=2100))
    send_due(now=NOW.replace(year=2100), render=render)
    [mail] = mailoutbox
    search, forget = (
        re.findall(rf"https?://[^/\s]+(/{start}\S*)", str(mail.body))[0] for start in ("search", "tell-me")
    )

    assert "8001+Z%C3%BCrich" in search
    assert client.get(search).status_code == 200
    assert client.get(forget).status_code == 200
    assert CityInterest.objects.exists()
    assert client.post(forget).status_code == 200
    assert not CityInterest.objects.exists()
    assert client.post(forget).status_code == 200


def test_a_link_with_another_signature_is_not_found(client: Client) -> None:
    client.post(reverse("tell_me"), WISH)
    token = token_of(CityInterest.objects.get())

    assert client.post(reverse("forget_interest", args=[token[:-1] + "!"])).status_code == 404
    assert CityInterest.objects.exists()


def test_ops_see_where_help_is_missed_and_change_nothing(logged_in, client: Client) -> None:
    client.post(reverse("tell_me"), WISH)
    ops = logged_in(OpsFactory.create())

    page = ops.get(reverse("admin:partners_cityinterest_changelist")).content.decode()

    assert "7000 Chur" in page
    assert "kim@example.org" not in page
    assert ops.get(reverse("admin:partners_cityinterest_add")).status_code == 403
