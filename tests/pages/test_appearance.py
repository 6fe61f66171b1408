"""The scheme that somebody chooses is there in the first response; the manifest speaks the language of the page."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

pytestmark = pytest.mark.django_db


def _html(client) -> str:
    return str(client.get("/").content.decode())


def test_without_a_choice_the_system_decides(client):
    assert "<html lang" in _html(client)
    assert "data-scheme" not in _html(client)
    assert _html(client).count('name="theme-color"') == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_choice_is_rendered_by_the_server(client, scheme):
    response = client.post(reverse("set_scheme"), {"scheme": scheme, "next": "/search?service=home-wifi"})

    assert response.headers["Location"] == "/search?service=home-wifi"
    assert f'data-scheme="{scheme}"' in _html(client)
    assert _html(client).count('name="theme-color"') == 1


def test_a_choice_can_be_taken_back(client):
    client.post(reverse("set_scheme"), {"scheme": "dark"})
    client.post(reverse("set_scheme"), {"scheme": "auto"})

    assert "data-scheme" not in _html(client)


def test_an_unknown_scheme_and_a_foreign_address_do_nothing(client):
    response = client.post(reverse("set_scheme"), {"scheme": '"><b', "next": "https://elsewhere.example/"})

    assert response.headers["Location"] == "/"
    assert "scheme" not in {name for name, cookie in client.cookies.items() if cookie.value}


def test_the_manifest_names_icons_that_exist(client):
    response = client.get(reverse("manifest"))
    content = response.json()

    assert response.headers["Content-Type"] == "application/manifest+json"
    assert {icon["purpose"] for icon in content["icons"]} == {"any", "maskable"}
    for icon in content["icons"]:
        assert finders.find(icon["src"].removeprefix(settings.STATIC_URL)), icon["src"]


def test_the_manifest_speaks_the_language_of_the_page(client):
    client.post(reverse("set_language"), {"language": "de", "next": "/"})

    content = client.get(reverse("manifest")).json()

    assert content["lang"] == "de"
    assert "Schweiz" in content["description"]


def test_the_paper_of_the_manifest_is_that_of_the_stylesheet(client):
    tokens = Path(settings.BASE_DIR, "frontend/css/tokens.css").read_text()

    assert f"--paper: light-dark({client.get(reverse('manifest')).json()['theme_color']}," in tokens
