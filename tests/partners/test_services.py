from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mila.lib.transitions import IllegalTransition
from partners import services
from partners.models import Partner, Skill
from partners.policy import PartnerStatus
from partners.verification import differences
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def move(partner: Partner, *steps: PartnerStatus) -> None:
    for number, new in enumerate(steps):
        services.change_status(partner=partner, new=new, actor=None, reason="test", now=NOW + number * DAY)


def test_a_registered_partner_gets_a_reference_that_nobody_can_guess() -> None:
    skill = Skill.objects.get(slug="tv")
    known = {
        services.register_partner(
            user=factories.UserFactory.create(),
            city=factories.city(),
            first_name="Robin",
            skills=[skill],
            languages=["fr"],
            latitude=None,
            longitude=None,
            reference=None,
            status=PartnerStatus.APPLICANT,
            now=NOW,
        ).reference
        for _ in range(3)
    }
    assert len(known) == 3
    partner = Partner.objects.get(reference=known.pop())
    assert (list(partner.skills.all()), partner.status, partner.joined_at) == ([skill], "applicant", NOW)


def test_a_change_of_status_is_a_row(db: None) -> None:
    partner, ops = factories.PartnerFactory.create(), factories.OpsFactory.create()
    services.change_status(
        partner=services.lock_partner(partner_id=partner.pk),
        new=PartnerStatus.SUSPENDED,
        actor=ops,
        reason="two warnings",
        now=NOW,
    )
    partner.refresh_from_db()
    row = partner.transitions.get()
    assert partner.status == PartnerStatus.SUSPENDED
    assert (row.old, row.new, row.actor, row.reason, row.at) == (
        "active",
        "suspended",
        ops,
        "two warnings",
        NOW,
    )
    assert list(differences(NOW)) == []


@pytest.mark.parametrize("new", [PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED, PartnerStatus.LEFT])
def test_an_exclusion_is_final(new: PartnerStatus) -> None:
    partner = factories.PartnerFactory.create()
    move(partner, PartnerStatus.EXCLUDED)
    with pytest.raises(IllegalTransition):
        move(partner, new)
    partner.refresh_from_db()
    assert partner.status == PartnerStatus.EXCLUDED
    assert partner.transitions.count() == 1


def test_the_status_at_an_instant_follows_from_the_changes() -> None:
    moved = factories.PartnerFactory.create(status=PartnerStatus.APPLICANT)
    still = factories.PartnerFactory.create()
    move(moved, PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)
    tick = timedelta(microseconds=1)
    expected = {
        NOW - tick: "applicant",
        NOW: "active",
        NOW + DAY - tick: "active",
        NOW + DAY: "suspended",
        NOW + 9 * DAY: "suspended",
    }
    for at, status in expected.items():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            known = services.statuses_at(partner_ids=[moved.pk, still.pk], at=at)
        assert known == {moved.pk: PartnerStatus(status), still.pk: PartnerStatus.ACTIVE}
        assert len(queries) == 1


def test_partners_are_locked_by_ascending_id() -> None:
    partners = factories.PartnerFactory.create_batch(3)
    found = services.lock_partners(partner_ids=[partner.pk for partner in reversed(partners)])
    assert found == [partner.pk for partner in partners]


def test_who_is_too_far_away_does_not_reach_a_place() -> None:
    near = factories.PartnerFactory.create()
    factories.PartnerFactory.create(latitude=46.5197, longitude=6.6323)
    far_reaching = factories.PartnerFactory.create(latitude=47.05, longitude=8.31, radius_km=50)
    city = factories.city()
    assert set(Partner.objects.reaching(city.latitude, city.longitude, "8001")) == {near, far_reaching}


def test_a_status_changed_behind_our_back_is_named() -> None:
    partner = factories.PartnerFactory.create()
    move(partner, PartnerStatus.SUSPENDED)
    Partner.objects.filter(pk=partner.pk).update(status=PartnerStatus.ACTIVE)
    services.change_status(partner=partner, new=PartnerStatus.ACTIVE, actor=None, reason="", now=NOW)
    assert list(differences(NOW)) == []
    Partner.objects.filter(pk=partner.pk).update(status=PartnerStatus.LEFT)
    assert list(differences(NOW)) == [
        f"partner {partner.reference}: status is left, the latest change says active"
    ]
