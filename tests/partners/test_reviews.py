"""Marks and ranks: due from the latest fact, cleared by a review that knew it, written where they changed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from mila.lib.locks import locking
from partners import reviews
from partners.models import Partner, PartnerReview
from tests import factories
from tests.factories import NOW, load_launch_data

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RANK = Decimal("4.5")
LOCKING_PARTNERS_ONLY = reviews.CLAIM.replace("OF partner, review", "OF partner")


def claimed(**changes: object) -> list[int]:
    with locking():
        return [member.pk for member in reviews.claim_due(**{"now": NOW, "limit": 10} | changes)]


def test_a_review_is_due_from_the_latest_fact() -> None:
    partner = factories.PartnerFactory.create()
    for at in (NOW, NOW + DAY, NOW - DAY):
        reviews.mark_for_review(partner_ids=[partner.pk], now=at)
    reviews.note_review(ranks={partner.pk: RANK}, now=NOW)
    assert PartnerReview.objects.get(partner=partner).due_at == NOW + DAY
    reviews.note_review(ranks={partner.pk: RANK}, now=NOW + DAY)
    assert PartnerReview.objects.get(partner=partner).due_at is None


def test_ranks_are_stored_where_they_changed() -> None:
    first, second = factories.PartnerFactory.create_batch(2, search_rank=RANK)
    ranks = {first.pk: RANK, second.pk: Decimal("4.4321")}
    assert reviews.note_review(ranks=ranks, now=NOW) == 1
    assert Partner.objects.get(pk=second.pk).search_rank == Decimal("4.4321")
    assert reviews.note_review(ranks=ranks, now=NOW) == 0
    assert reviews.note_review(ranks={}, now=NOW) == 0


def test_a_partner_without_any_fact_gets_a_rank_too() -> None:
    partner = factories.PartnerFactory.create()
    reviews.note_review(ranks={partner.pk: RANK}, now=NOW)
    assert Partner.objects.get(pk=partner.pk).search_rank == RANK


def test_the_longest_waiting_are_claimed_first_and_nobody_before_the_time() -> None:
    late, early, tomorrow = factories.PartnerFactory.create_batch(3)
    for partner, at in ((late, NOW), (early, NOW - DAY), (tomorrow, NOW + DAY)):
        reviews.mark_for_review(partner_ids=[partner.pk], now=at)
    assert claimed() == [early.pk, late.pk]
    assert claimed(limit=1) == [early.pk]
    assert claimed(only=late.pk) == [late.pk]
    assert claimed(only=tomorrow.pk) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("claim", "found"), [(reviews.CLAIM, 0), (LOCKING_PARTNERS_ONLY, 1)])
def test_a_partner_reviewed_since_the_claim_began_is_left(claim: str, found: int) -> None:
    """The claim has begun, another review ends, the claim goes on; locking partners alone would not see that."""
    load_launch_data()
    partner = factories.PartnerFactory.create()
    reviews.mark_for_review(partner_ids=[partner.pk], now=NOW)

    def review_elsewhere() -> None:
        try:
            reviews.note_review(ranks={partner.pk: RANK}, now=NOW)
        finally:
            connection.close()

    with locking(), connection.cursor() as cursor:
        cursor.execute(f"DECLARE late CURSOR FOR {claim}", {"now": NOW, "limit": 10, "only": None})
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(review_elsewhere).result()
        cursor.execute("FETCH ALL FROM late")
        assert len(cursor.fetchall()) == found


def test_members_are_read_as_they_are_claimed() -> None:
    unranked, ranked = factories.PartnerFactory.create(), factories.PartnerFactory.create(search_rank=RANK)
    reviews.mark_for_review(partner_ids=[unranked.pk, ranked.pk], now=NOW)
    with locking():
        assert reviews.claim_due(now=NOW, limit=2) == reviews.members(Partner.objects.order_by("pk"))
