"""Staff see when and where a partner works; only the partner changes it."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from partners.area.services import set_area
from partners.availability.policy import Hours
from partners.availability.services import add_days_off, set_hours
from tests.factories import NOW, PartnerFactory, place

pytestmark = pytest.mark.django_db


def test_the_week_and_the_days_off_are_shown_and_not_asked_for(desk: Client) -> None:
    partner = PartnerFactory.create()
    set_hours(
        partner_id=partner.pk,
        hours=[Hours(2, 495, 1440)],
        works_on_holidays=False,
        buffer_minutes=10,
        now=NOW,
    )
    today = date(2026, 7, 1)
    add_days_off(partner_id=partner.pk, first=today, last=date(2026, 7, 9), today=today)
    page = desk.get(reverse("admin:partners_partner_change", args=[partner.pk])).content.decode()
    for words in ("Wednesday", "08:15 – 24:00", "01.07.2026", "09.07.2026"):
        assert words in page
    assert 'name="working_hours-0-weekday"' not in page


def test_the_area_is_shown_and_not_asked_for(desk: Client) -> None:
    partner = PartnerFactory.create()
    url = reverse("admin:partners_partner_change", args=[partner.pk])
    assert "15 km" in desk.get(url).content.decode()
    set_area(partner_id=partner.pk, place=place("8400"), radius_km=5, postcodes=["8400", "8404"])
    page = desk.get(url).content.decode()
    for words in ("8400 Winterthur", "8400, 8404"):
        assert words in page
    assert 'name="radius_km"' not in page
