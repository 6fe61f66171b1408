"""Signing up and logging in: by e-mail, verified, in the language of the page."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from mila.accounts.models import User
from mila.accounts.services import change_language, is_ops, language_now
from tests.factories import PASSWORD, OpsFactory, PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db
EMAIL = "someone@example.org"


def sign_up(client: Client, language: str) -> None:
    fields = {
        "email": EMAIL,
        "password1": "a-good-long-passphrase",
        "first_name": "Alex",
        "last_name": "Muster",
    }
    answer = client.post(reverse("account_signup"), fields, headers={"accept-language": language})
    assert answer.status_code == 302, answer.context["form"].errors


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_sign_up_keeps_the_language_of_the_page(client: Client, language: str) -> None:
    sign_up(client, language)
    assert User.objects.get(email=EMAIL).language == language


def test_sign_up_in_another_language_falls_back_to_one_of_ours(client: Client) -> None:
    sign_up(client, "pt")
    assert User.objects.get(email=EMAIL).language in {"en", "fr"}


def test_nobody_comes_in_before_the_address_is_verified(client: Client) -> None:
    sign_up(client, "en")
    client.post(reverse("account_login"), {"login": EMAIL, "password": "a-good-long-passphrase"})
    assert "_auth_user_id" not in client.session
    [message] = [sent for sent in mail.outbox if sent.to == [EMAIL]][:1]
    assert message.subject == "Welcome to mila: please confirm your e-mail address"
    assert "If you have not signed up at mila, you need not do anything." in message.body
    link = re.search(r"https?://\S+(/accounts/confirm-email/\S+)", str(message.body))
    assert link is not None
    client.post(link.group(1))
    assert EmailAddress.objects.get(email=EMAIL).verified
    client.logout()
    client.post(reverse("account_login"), {"login": EMAIL, "password": "a-good-long-passphrase"})
    assert "_auth_user_id" in client.session


def test_sign_up_does_not_tell_who_has_an_account() -> None:
    UserFactory.create(email=EMAIL)
    known, unknown = Client(), Client()
    fields = {"password1": "a-good-long-passphrase", "first_name": "Alex", "last_name": "Muster"}
    pages = [
        browser.post(reverse("account_signup"), {"email": email, **fields})
        for browser, email in ((known, EMAIL), (unknown, "new@example.org"))
    ]
    assert pages[0].status_code == pages[1].status_code == 302
    assert pages[0]["Location"] == pages[1]["Location"]


def test_admin_is_entered_by_the_site_login_only(client: Client) -> None:
    OpsFactory.create(email="ops@example.org")
    answer = client.post(reverse("admin:login"), {"username": "ops@example.org", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert answer["Location"].startswith(reverse("account_login"))


def test_one_user_per_address_whatever_its_case() -> None:
    UserFactory.create(email=EMAIL)
    with (
        pytest.raises(IntegrityError, match="one_user_per_email"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO accounts_user (password, is_superuser, email, first_name, last_name, phone, language,"
            " time_zone, is_staff, is_active, joined_at) VALUES"
            " ('', false, 'SOMEONE@example.org', '', '', '', 'fr', 'Europe/Zurich', false, true, now())"
        )


def test_role_follows_from_what_hangs_on_the_user() -> None:
    assert is_ops(OpsFactory.create())
    assert not is_ops(OpsFactory.create(is_active=False))
    assert not is_ops(UserFactory.create())
    assert not is_ops(AnonymousUser())
    partner = PartnerFactory.create().user
    assert partner is not None
    assert partner.is_partner
    assert not UserFactory.create().is_partner


def test_language_can_be_changed_to_one_of_ours_only() -> None:
    person = UserFactory.create(language="en")
    change_language(user=person, language="de")
    change_language(user=person, language="xx")
    person.refresh_from_db()
    assert person.language == "de"
    assert language_now() == "en"


@pytest.mark.parametrize(
    ("known", "subject"), [(True, "Choose a new password"), (False, "No account with this address")]
)
def test_asking_for_a_new_password_answers_the_same_and_writes_what_is_true(
    client: Client, known: bool, subject: str
) -> None:
    if known:
        person = UserFactory.create(email=EMAIL)
        EmailAddress.objects.create(user=person, email=EMAIL, verified=True, primary=True)
    answer = client.post(reverse("account_reset_password"), {"email": EMAIL})
    assert answer["Location"] == reverse("account_reset_password_done")
    assert [message.subject for message in mail.outbox] == [subject]
    assert "http" in mail.outbox[0].body
