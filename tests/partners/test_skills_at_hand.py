"""The ids of the skills beside the partner, as the trigger keeps them."""

import pytest
from django.db import connection

from partners.models import Partner, Skill
from partners.verification import differences
from tests.factories import NOW, PartnerFactory

pytestmark = pytest.mark.django_db


def at_hand(partner: Partner) -> list[int]:
    return Partner.objects.get(pk=partner.pk).skill_ids


def test_they_follow_whatever_changes_the_skills() -> None:
    first, second, third = Skill.objects.order_by("pk")[:3]
    partner = PartnerFactory.create(skills=[second.slug, first.slug])
    assert at_hand(partner) == [first.pk, second.pk]
    partner.skills.remove(first)
    partner.skills.add(third)
    assert at_hand(partner) == [second.pk, third.pk]
    partner.skills.clear()
    assert at_hand(partner) == []


def test_a_partner_that_was_read_before_does_not_put_old_ones_back() -> None:
    partner = PartnerFactory.create(skills=["tv"])
    (skill,) = partner.skills.all()
    partner.skill_ids = []
    partner.save()
    assert at_hand(partner) == [skill.pk]


def test_verify_finds_what_does_not_agree() -> None:
    partner = PartnerFactory.create(reference="p-1")
    assert list(differences(NOW)) == []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE partners_partner SET skill_ids = '{99}' WHERE id = %s", [partner.pk])
    (difference,) = differences(NOW)
    assert difference.startswith("partner p-1: the skills at hand are {99}")
