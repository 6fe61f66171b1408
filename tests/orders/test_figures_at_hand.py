"""What the ranking asks of a tally, beside the partner, as the triggers keep it."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from orders.models import PartnerTally
from orders.services.facts import record_acceptance
from orders.verification import differences
from partners.models import Partner
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def at_hand(partner: Partner) -> tuple[int, datetime | None]:
    fresh = Partner.objects.get(pk=partner.pk)
    return fresh.jobs_accepted, fresh.idle_since


def test_they_follow_every_acceptance() -> None:
    partner = factories.PartnerFactory.create()
    assert at_hand(partner) == (0, None)
    for number in (1, 2):
        record_acceptance(job=factories.JobFactory.create(partner=partner, accepted_at=NOW + number * DAY))
        assert at_hand(partner) == (number, NOW + number * DAY)


def test_they_follow_many_tallies_at_once() -> None:
    partners = factories.PartnerFactory.create_batch(3)
    PartnerTally.objects.bulk_create(
        PartnerTally(
            partner=one, city_id=one.city_id, accepted=number, latest_fact_at=NOW, last_accepted_at=NOW
        )
        for number, one in enumerate(partners, start=7)
    )
    assert [at_hand(one) for one in partners] == [(7, NOW), (8, NOW), (9, NOW)]
    PartnerTally.objects.update(accepted=1, last_accepted_at=NOW - DAY)
    assert [at_hand(one) for one in partners] == [(1, NOW - DAY)] * 3


def test_a_partner_that_was_read_before_does_not_put_old_ones_back() -> None:
    partner = factories.PartnerFactory.create()
    PartnerTally.objects.create(partner=partner, accepted=5, latest_fact_at=NOW, last_accepted_at=NOW)
    partner.save()
    assert at_hand(partner) == (5, NOW)


def test_verify_finds_what_does_not_agree() -> None:
    partner = factories.PartnerFactory.create(reference="p-1")
    assert list(differences(NOW)) == []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE partners_partner SET jobs_accepted = 3 WHERE id = %s", [partner.pk])
    assert list(differences(NOW)) == [
        "partner p-1: 3 jobs accepted at hand (last: None), the tally says 0 (None)"
    ]
