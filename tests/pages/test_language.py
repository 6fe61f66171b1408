"""Each person is spoken to in their language; the switch keeps the page."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from mila.accounts.models import User
from tests.factories import PASSWORD, UserFactory
from tests.pages.scenes import new_partner

pytestmark = pytest.mark.django_db


def _language_of(response) -> str:
    return str(response.headers["Content-Language"])


def test_the_switch_keeps_the_page_and_its_query(client):
    response = client.post(reverse("set_language"), {"language": "de", "next": "/search?service=home-wifi"})

    assert response.headers["Location"] == "/search?service=home-wifi"
    assert 'lang="de"' in client.get("/search").content.decode()


def test_the_switch_leads_nowhere_else(client):
    response = client.post(reverse("set_language"), {"language": "de", "next": "https://elsewhere.example/"})

    assert "elsewhere" not in response.headers["Location"]


def test_the_switch_is_remembered_for_the_account_and_its_mails(logged_in):
    user = UserFactory.create(language="fr")
    client = logged_in(user)

    client.post(reverse("set_language"), {"language": "it", "next": "/"})

    assert User.objects.get().language == "it"
    assert _language_of(client.get("/")) == "it"


def test_what_a_visitor_has_chosen_becomes_the_language_of_the_account_by_logging_in(client):
    user = UserFactory.create(language="fr")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.post(reverse("set_language"), {"language": "de", "next": "/"})

    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})

    assert User.objects.get().language == "de"
    assert _language_of(client.get("/")) == "de"


def test_what_the_browser_asks_for_does_not(client):
    user = UserFactory.create(language="fr")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    client.post(
        reverse("account_login"),
        {"login": user.email, "password": PASSWORD},
        headers={"Accept-Language": "de"},
    )

    assert User.objects.get().language == "fr"


def test_whoever_logs_in_next_on_the_same_machine_keeps_their_language(client):
    first, second = UserFactory.create(language="fr"), UserFactory.create(language="it")
    for user in (first, second):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.post(reverse("set_language"), {"language": "de", "next": "/"})

    for user in (first, second):
        client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
        client.post(reverse("account_logout"))

    assert User.objects.get(pk=second.pk).language == "it"


def test_an_unknown_language_changes_nothing(logged_in):
    user = UserFactory.create(language="fr")
    client = logged_in(user)

    client.post(reverse("set_language"), {"language": "xx", "next": "/"})

    assert User.objects.get().language == "fr"


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_the_account_decides_once_logged_in(logged_in, language):
    client = logged_in(UserFactory.create(language=language))

    assert _language_of(client.get("/", headers={"Accept-Language": "en"})) == language


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_the_browser_decides_before(client, language):
    assert _language_of(client.get("/", headers={"Accept-Language": f"{language}-CH"})) == language


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_numbers_and_times_are_swiss_in_every_language(logged_in, language):
    partner = new_partner()
    User.objects.update(language=language)

    page = logged_in(User.objects.get(pk=partner.user_id)).get(reverse("partner_standing"))

    assert "01.01.2000" in page.content.decode()
    assert "4.20" in page.content.decode()
