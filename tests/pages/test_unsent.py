"""Nobody loses what they typed because a session or a form became too old, and nobody gets another person's words."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mila import unsent
from mila.accounts.models import User
from mila.tasks import forget_old_sessions
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

PATH = "/account"
TYPED = {"first_name": "Mira", "last_name": "della Casa", "phone": "+41 44 555 01 01", "language": "en"}
UNSENT = "/unsent"


@pytest.fixture
def person() -> User:
    return UserFactory.create(first_name="Before")


def _expire(client: Client) -> None:
    """The session is gone, as after two weeks; the other cookies of the browser stay."""
    del client.cookies["sessionid"]


def _kept_for(client: Client) -> dict[str, Any]:
    kept: dict[str, Any] = SessionStore(client.session[unsent.UNSENT]["key"])[unsent.UNSENT]
    return kept


def _typed_after_expiry(person: User, **more: str) -> Client:
    client = Client()
    client.force_login(person)
    client.get(PATH)
    _expire(client)
    response = client.post(PATH, TYPED | more, headers={"Referer": f"http://testserver{PATH}?tab=1"})
    assert response.headers["Location"] == f"/accounts/login/?next={UNSENT}"
    return client


def test_what_was_typed_is_offered_after_logging_in_again(person):
    client = _typed_after_expiry(person)
    client.force_login(person)

    html = client.get(UNSENT).content.decode()

    assert f'action="{PATH}"' in html
    assert '<input type="hidden" name="last_name" value="della Casa">' in html
    assert "<blockquote>della Casa</blockquote>" in html
    assert f'href="{PATH}?tab=1"' in html


def test_it_survives_the_real_log_in(person):
    """The login form changes the key of the session and keeps what is in it."""
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client = _typed_after_expiry(person)
    data = {"login": person.email, "password": PASSWORD, "next": UNSENT}

    assert client.post(reverse("account_login"), data).headers["Location"] == UNSENT

    assert "della Casa" in client.get(UNSENT).content.decode()


def test_once_sent_it_is_not_offered_again(person):
    client = _typed_after_expiry(person)
    client.force_login(person)

    client.post(PATH, TYPED)

    person.refresh_from_db()
    assert person.first_name == "Mira"
    assert client.get(UNSENT).headers["Location"] == "/start"


def test_it_can_be_discarded(person):
    client = _typed_after_expiry(person)
    client.force_login(person)

    assert client.post(UNSENT).headers["Location"] == f"{PATH}?tab=1"

    assert client.get(UNSENT).headers["Location"] == "/start"


def test_another_person_never_sees_it_and_it_is_gone(person):
    client = _typed_after_expiry(person)
    client.force_login(UserFactory.create())

    assert client.get(UNSENT).headers["Location"] == "/start"

    assert unsent.UNSENT not in client.session


def test_before_logging_in_it_is_not_shown_to_whoever_sits_there(person):
    client = _typed_after_expiry(person)

    assert client.get(UNSENT).headers["Location"] == f"/accounts/login/?next={UNSENT}"
    assert unsent.UNSENT in client.session


def test_after_half_an_hour_it_is_gone(person, monkeypatch):
    client = _typed_after_expiry(person)
    client.force_login(person)
    later = timezone.now() + unsent.KEEPS_FOR + timedelta(seconds=1)
    monkeypatch.setattr("mila.pages.unsent.timezone.now", lambda: later)

    assert client.get(UNSENT).headers["Location"] == "/start"


def test_if_nobody_comes_back_it_is_deleted_and_the_session_stays(person):
    """The session of a browser lives for two weeks; what people type does not stand in it."""
    client = _typed_after_expiry(person)
    own, row = client.session.session_key, client.session[unsent.UNSENT]["key"]
    assert "della Casa" not in str(Session.objects.get(session_key=own).get_decoded())
    assert "della Casa" in str(Session.objects.get(session_key=row).get_decoded())

    with time_machine.travel(timezone.now() + unsent.KEEPS_FOR + timedelta(seconds=1)):
        forget_old_sessions()

    left = set(Session.objects.values_list("session_key", flat=True))
    assert (own in left, row in left) == (True, False)
    client.force_login(person)
    assert client.get(UNSENT).headers["Location"] == "/start"
    assert unsent.UNSENT not in client.session


def test_what_is_sent_discarded_or_replaced_leaves_no_row(person):
    client = _typed_after_expiry(person)
    _expire(client)
    client.post(PATH, TYPED)
    client.post(PATH, TYPED | {"first_name": "Moira Ann"})
    rows = [row.get_decoded() for row in Session.objects.all()]
    assert sum("Moira Ann" in str(row) for row in rows) == 1
    client.force_login(person)

    client.post(UNSENT)

    assert not any("Moira Ann" in str(row.get_decoded()) for row in Session.objects.all())


def test_passwords_and_tokens_are_not_kept(person):
    client = _typed_after_expiry(person, password1="secret", csrfmiddlewaretoken="x")

    assert {name for name, _value in _kept_for(client)["fields"]} == set(TYPED)


@pytest.mark.parametrize(("size", "is_kept"), [(unsent.LARGEST - 200, True), (unsent.LARGEST + 1, False)])
def test_a_form_of_more_than_32_kb_is_not_kept(person, size, is_kept):
    client = Client()

    client.post(PATH, TYPED | {"note": "x" * size})

    assert (unsent.UNSENT in client.session) is is_kept


def test_forms_of_the_accounts_are_not_kept():
    client = Client()

    client.post(reverse("account_change_password"), {"oldpassword": "a", "note": "two words"})

    assert unsent.UNSENT not in client.session


def test_a_forged_cookie_names_nobody(person):
    client = Client()
    client.cookies[unsent.LAST_PERSON] = f"{person.pk}:forged"

    client.post(PATH, TYPED)

    assert _kept_for(client)["owner"] is None


class TestFormWithAnOldToken:
    """As after a log-in in another tab."""

    def _strict(self, person: User) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.force_login(person)
        return client

    def test_what_was_typed_waits(self, person):
        client = self._strict(person)

        response = client.post(PATH, TYPED, headers={"Sec-Fetch-Site": "same-origin"})

        assert response.status_code == 403
        assert f'href="{UNSENT}"' in response.content.decode()
        assert "della Casa" in client.get(UNSENT).content.decode()

    @pytest.mark.parametrize(
        "sent_by",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {},
        ],
    )
    def test_a_form_of_a_foreign_page_is_never_offered(self, person, sent_by):
        client = self._strict(person)

        response = client.post(PATH, TYPED, headers=sent_by)

        assert response.status_code == 403
        assert UNSENT not in response.content.decode()
        assert unsent.UNSENT not in client.session

    def test_the_address_of_our_own_page_vouches_where_a_browser_says_no_more(self, person):
        client = self._strict(person)

        client.post(PATH, TYPED, headers={"Origin": "http://testserver"})

        assert unsent.UNSENT in client.session
