import pytest
from django.test import Client


def policy_of(response: object) -> dict[str, str]:
    header = response.headers["Content-Security-Policy"]  # type: ignore[attr-defined]
    parts = (part.strip().partition(" ") for part in header.split(";"))
    return {name: value for name, _, value in parts}


@pytest.mark.django_db
def test_pages_allow_scripts_and_styles_from_our_own_files_only(client: Client) -> None:
    policy = policy_of(client.get("/accounts/login/"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"


@pytest.mark.django_db
def test_only_the_admin_may_evaluate_its_own_scripts(admin_client: Client) -> None:
    response = admin_client.get("/admin/")
    assert response.status_code == 200
    policy = policy_of(response)
    assert policy["script-src"] == "'self' 'unsafe-inline' 'unsafe-eval'"
    assert policy["default-src"] == "'self'"


@pytest.mark.django_db
def test_the_admin_sends_strangers_to_the_one_login_with_limits_and_second_factor(client: Client) -> None:
    response = client.get("/admin/login/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/")


@pytest.mark.django_db
def test_session_and_language_cookies_are_not_for_scripts(client: Client) -> None:
    client.get("/accounts/login/")
    assert client.cookies["csrftoken"]["httponly"]
    assert client.cookies["csrftoken"]["samesite"] == "Lax"
