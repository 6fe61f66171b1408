"""Going through the steps of a booking, up to the one that a test is about."""

import re
from html import unescape

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.booking.policy import Step
from partners.models import Partner
from tests.pages.scenes import accepted_visit, in_days

WHAT = {"service": "home-wifi", "details": "Blue door", "when": "soon"}
WHERE = {"street": "Seestrasse 1", "place": "8001", "first_name": "Ann", "phone": "079 123 45 67"}


def slot(days: int = 3, at: str = "10:00") -> dict[str, str]:
    return {"slot": f"{in_days(days):%Y-%m-%d} {at}"}


def say(client: Client, step: Step, given: dict[str, str]) -> str:
    """Where the answer leads."""
    response = client.post(reverse(f"book_{step}"), given)
    assert response.status_code == 302, unescape(response.content.decode())
    return response.headers["Location"]


def up_to(step: Step, client: Client, who: str = "") -> Client:
    """All that comes before a step has been said."""
    said = {
        Step.SERVICE: WHAT,
        Step.ADDRESS: WHERE,
        Step.TIME: slot(),
        Step.PARTNER: {"partner": who},
    }
    for each, given in said.items():
        if each is step:
            break
        say(client, each, given)
    return client


def text_of(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def taken(partner: Partner) -> None:
    """Somebody else was quicker."""
    zone = timezone.get_current_timezone()
    accepted_visit(partner, slot_start=in_days(3).astimezone(zone).replace(hour=10))
