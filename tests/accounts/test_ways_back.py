"""Every page about one's own account leads back: to the account, or to the list of second proofs."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from mila.accounts.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

TO_ACCOUNT = [
    "account_email",
    "account_change_password",
    "account_logout",
    "account_reauthenticate",
    "account_reset_password",
    "mfa_index",
]
BEFORE_A_PROOF = ["mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn"]
WITH_A_PROOF = ["mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_view_recovery_codes"]


@pytest.fixture
def person(client: Client) -> User:
    """Has just given the password once more: the pages of the second proof ask for that."""
    person = UserFactory.create(language="en")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client.force_login(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return person


def way_back(client: Client, address: str) -> list[tuple[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    found = re.findall(
        r'<a class="back" href="([^"]+)">(?:<svg.*?</svg>)?([^<]+)</a>', answer.content.decode(), re.DOTALL
    )
    return [(href, words.strip()) for href, words in found]


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize("name", TO_ACCOUNT)
def test_it_leads_to_the_account(client: Client, name: str) -> None:
    assert way_back(client, reverse(name)) == [(reverse("account"), "Your account")]


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize("name", BEFORE_A_PROOF)
def test_before_there_is_a_proof_it_leads_to_their_list(client: Client, name: str) -> None:
    assert way_back(client, reverse(name)) == [(reverse("mfa_index"), "Two-factor authentication")]


@pytest.mark.parametrize("name", WITH_A_PROOF)
def test_with_a_proof_it_leads_to_their_list(client: Client, person: User, name: str) -> None:
    TOTP.activate(person, generate_totp_secret())
    RecoveryCodes.activate(person)
    assert way_back(client, reverse(name)) == [(reverse("mfa_index"), "Two-factor authentication")]


@pytest.mark.parametrize("name", ["mfa_edit_webauthn", "mfa_remove_webauthn"])
def test_a_key_leads_to_the_list_of_proofs(client: Client, person: User, name: str) -> None:
    key = Authenticator.objects.create(
        user=person, type=Authenticator.Type.WEBAUTHN, data={"name": "blue key"}
    )
    found = way_back(client, reverse(name, args=[key.pk]))
    assert found == [(reverse("mfa_index"), "Two-factor authentication")]


def test_whoever_is_on_the_way_in_has_no_account_to_go_back_to(client: Client) -> None:
    for name in ("account_login", "account_signup", "account_reset_password"):
        assert way_back(client, reverse(name)) == []
