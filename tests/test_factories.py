import pytest

from orders.policy import JobState
from tests import factories


@pytest.mark.django_db
def test_every_factory_writes_a_valid_row() -> None:
    partner = factories.PartnerFactory.create(skills=["tv"])
    assert [skill.slug for skill in partner.skills.all()] == ["tv"]
    assert factories.OfferFactory.create().order.slot == factories.slot()
    assert factories.CompletedJobFactory.create(client_stars=4).stars_published_at is not None
    assert factories.CompletedJobFactory.create().stars_published_at is None
    assert factories.BookedJobFactory.create().state is JobState.ACCEPTED
    assert factories.OpsFactory.create().is_staff
    assert factories.place().city == factories.city()
