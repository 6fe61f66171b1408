"""The published ranking: the page says what the rule does."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.ranking import policy

pytestmark = pytest.mark.django_db


def page(client: Client) -> str:
    response = client.get(reverse("ranking"))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_everybody_can_read_the_weights(client: Client) -> None:
    text = page(client)

    assert "0.02 for each kilometre (at most 25 km count)" in text
    assert "0.02 for each day since the last job was accepted (at most 14 days count)" in text
    assert "less 5 times the cancellation rate" in text
    assert f"fewer than {policy.NEWCOMER_BELOW_JOBS} jobs is new" in text


def test_a_changed_weight_changes_the_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = page(client)
    monkeypatch.setattr(policy, "STARS_PER_KM", 0.5)
    after = page(client)

    assert "0.50 for each kilometre" in after
    # (50 x 4.8 + 10 x 4.5) / 60 = 4.75, less 12 kilometres, and a day.
    assert "<b>4.53</b>" in before
    assert "<b>4.53</b>" not in after


def test_the_search_leads_to_it(client: Client) -> None:
    assert reverse("ranking") in client.get(reverse("home")).content.decode()
