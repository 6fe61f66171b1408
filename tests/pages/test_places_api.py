"""Completion of places, open to everybody, within limits."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_a_postcode_or_the_beginning_of_a_name_is_completed(client):
    by_code = client.get(reverse("api_places"), {"q": "1003"}).json()
    by_name = client.get(reverse("api_places"), {"q": "laus"}).json()

    assert by_code[0] == {"postcode": "1003", "name": "Lausanne", "canton": "VD", "label": "1003 Lausanne"}
    assert {place["name"][:4] for place in by_name} == {"Laus"}
    assert len(by_name) <= 8


@pytest.mark.parametrize("query", ["", "   ", "qqqq", "%", "'; --", "é" * 300])
def test_nonsense_finds_nothing(client, query):
    assert client.get(reverse("api_places"), {"q": query}).json() == []


def test_whoever_asks_too_often_waits(client, monkeypatch):
    monkeypatch.setattr("partners.api.AnonymousTyping.rate", "3/min")

    codes = [client.get(reverse("api_places"), {"q": "10"}).status_code for _ in range(4)]

    assert codes == [200, 200, 200, 429]


def test_the_schema_names_every_address_of_the_api(client):
    schema = client.get(reverse("api_schema")).content.decode()

    assert "/api/places" in schema
    assert "/api/standing" in schema
