"""Signing up and logging in: by e-mail, verified, in the language of the page."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.core.cache import cache
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


def test_whoever_got_no_mail_has_it_sent_again_or_corrects_the_address(client: Client) -> None:
    sign_up(client, "en")
    page = client.get(reverse("account_email_verification_sent")).content.decode()
    for name in ("account_login", "account_signup"):
        assert f'<a class="btn" href="{reverse(name)}">' in page
        assert client.get(reverse(name)).status_code == 200
    entering = {"login": EMAIL, "password": "a-good-long-passphrase"}
    assert client.post(reverse("account_login"), entering).status_code == 302
    assert len(mail.outbox) == 1, "so soon after the first one none is sent"
    cache.clear()
    client.post(reverse("account_login"), entering)
    assert [sent.to for sent in mail.outbox] == [[EMAIL], [EMAIL]]


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_forms_of_allauth_are_labelled_as_ours(client: Client, name: str) -> None:
    page = client.get(reverse(name), headers={"accept-language": "en"}).content.decode()
    labels = re.findall(r"<label [^>]*>([^<]+?)\s*<", page)
    assert "E-mail" in labels
    assert {"Email", "Remember Me"}.isdisjoint(labels)
    assert ("Remember me" in labels) is (name == "account_login")


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


def test_the_mail_about_an_existing_account_speaks_the_language_of_the_account(client: Client) -> None:
    UserFactory.create(email=EMAIL, language="de")
    sign_up(client, "it")
    assert [message.subject for message in mail.outbox] == ["Sie haben bereits ein Konto"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Veuillez saisir une adresse e-mail valable."),
        ("de", "Bitte geben Sie eine gültige E-Mail-Adresse ein."),
        ("it", "Inserisca un indirizzo e-mail valido."),
    ],
)
def test_texts_that_are_not_ours_are_formal_too(client: Client, language: str, words: str) -> None:
    answer = client.post(
        reverse("account_signup"), {"email": "foo"}, headers={"accept-language": language}
    ).content.decode()
    assert words in answer


@pytest.mark.parametrize(
    ("language", "informal"),
    [
        ("de", r"\b([Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir|[Gg]ib|[Bb]itte lass)\b"),
        ("it", r"\b([Tt]u[aoei]|[Tt]uoi|[Tt]i|[Hh]ai|[Pp]uoi|[Ii]nserisci|[Ss]cegli|[Aa]ccedi)\b"),
    ],
)
def test_no_page_of_an_account_is_informal(client: Client, language: str, informal: str) -> None:
    person = UserFactory.create(language=language)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    names = ["account_login", "account_signup", "account_reset_password"]
    pages = [reverse(name) for name in names] + ["/accounts/password/reset/key/1-abc/"]
    found = [client.get(page, headers={"accept-language": language}) for page in pages]
    client.force_login(person)
    inside = ["account", "account_email", "account_change_password", "mfa_index", "account_reauthenticate"]
    found += [client.get(reverse(name)) for name in inside]
    for page in found:
        assert re.findall(informal, re.sub(r"<[^>]+>", " ", page.content.decode())) == []


class TestTheAccountPage:
    def test_what_is_given_is_kept(self, client: Client) -> None:
        person = UserFactory.create(language="en")
        client.force_login(person)
        given = {"first_name": "Kim", "last_name": "Muster", "phone": "079 123 45 67", "language": "de"}

        page = client.post(reverse("account"), given, follow=True).content.decode()

        person.refresh_from_db()
        assert {name: getattr(person, name) for name in given} == given
        assert "Ihr Konto ist auf dem neuesten Stand." in page

    def test_a_wrong_number_is_refused_and_changes_nothing(self, client: Client) -> None:
        person = UserFactory.create(language="en", phone="")
        client.force_login(person)

        page = client.post(reverse("account"), {"phone": "12", "language": "de"}).content.decode()

        assert "Please give the number with its area code" in page
        person.refresh_from_db()
        assert (person.phone, person.language) == ("", "en")

    @pytest.mark.parametrize("verified", [True, False])
    def test_a_confirmation_is_sent_again_only_where_one_is_missing(
        self, client: Client, verified: bool
    ) -> None:
        person = UserFactory.create(language="en")
        EmailAddress.objects.create(user=person, email=person.email, verified=verified, primary=True)
        client.force_login(person)

        page = client.get(reverse("account_email")).content.decode()

        assert ('name="action_send"' in page) is not verified
