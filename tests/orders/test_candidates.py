"""Who can do a job there and then, and in which order."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import PartnerTally
from orders.ranking.policy import score
from orders.schedule.wanted import Wanted
from orders.services.candidates import BEST, Match, best_able, can_come, candidates
from partners.favourites import keep_favourite
from partners.models import Partner
from partners.policy import PartnerStatus
from partners.reviews import mark_for_review
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def wanted(start=START, until=None) -> Wanted:
    return Wanted.there(
        service=factories.service(),
        city=factories.city(),
        place=factories.place(),
        arrives_from=start,
        arrives_until=until or start,
    )


def found(limit: int = 50, **options) -> list[Match]:
    start, until = options.pop("start", START), options.pop("until", None)
    return candidates(wanted(start, until), limit=limit, now=options.pop("now", NOW), **options)


def ids(partners: Iterable[Partner]) -> list[int]:
    return [partner.pk for partner in partners]


def found_ids(**options) -> list[int]:
    return [match.partner_id for match in found(**options)]


def test_candidates_are_active_skilled_near_and_free() -> None:
    good = factories.PartnerFactory.create(search_rank=Decimal("4.6"))
    better = factories.PartnerFactory.create(search_rank=Decimal("4.8"))
    factories.PartnerFactory.create(status=PartnerStatus.SUSPENDED)
    factories.PartnerFactory.create(skills=["tv"])
    factories.PartnerFactory.create(city=factories.city("bern"))
    factories.PartnerFactory.create(latitude=47.6)
    busy = factories.PartnerFactory.create()
    factories.BookedJobFactory.create(partner=busy)

    assert found_ids() == ids([better, good])
    assert found_ids(exclude_ids=[better.pk]) == ids([good])
    assert found_ids(exclude_user_id=better.user_id) == ids([good])
    assert found_ids(limit=1) == ids([better])
    assert busy.pk in found_ids(start=START + timedelta(days=1))
    assert not found(now=START)


def test_one_partner_can_be_asked_about_alone() -> None:
    free, busy, away = factories.PartnerFactory.create_batch(3)
    factories.BookedJobFactory.create(partner=busy)
    Partner.objects.filter(pk=away.pk).update(latitude=46.0)

    assert [can_come(partner, wanted(), now=NOW) for partner in (free, busy, away)] == [True, False, False]
    assert not can_come(free, wanted(), now=START)


def test_an_open_arrival_begins_where_the_day_has_room() -> None:
    partner = factories.PartnerFactory.create()
    factories.BookedJobFactory.create(partner=partner)

    (match,) = found(until=START + 4 * HOUR)

    # The visit there ends after an hour; then come the buffer of ten minutes and the way.
    assert START + HOUR + timedelta(minutes=10) <= match.start <= START + HOUR + timedelta(minutes=20)
    assert match.start.minute % 5 == 0


def test_a_wave_leaves_out_who_is_further_away() -> None:
    near = factories.PartnerFactory.create()
    far = factories.PartnerFactory.create(latitude=factories.city().latitude + 0.1)

    assert set(found_ids()) == {near.pk, far.pk}
    assert found_ids(within_km=8) == [near.pk]


def test_favourites_change_nothing_about_who_is_found_first() -> None:
    partners = factories.PartnerFactory.create_batch(6)
    before = found_ids()
    for client in factories.UserFactory.create_batch(3):
        keep_favourite(client=client, partner=partners[-1], now=NOW)

    assert found_ids() == before
    assert "favourite" not in BEST.statement


def test_who_waits_for_the_first_review_ranks_like_the_mean() -> None:
    marked = factories.PartnerFactory.create()
    mark_for_review(partner_ids=[marked.pk], now=NOW)
    new = factories.PartnerFactory.create()
    poor = factories.PartnerFactory.create(search_rank=Decimal("4.3"))

    assert {match.candidate.merit for match in found() if match.partner_id in (marked.pk, new.pk)} == {4.5}
    assert found_ids()[-1] == poor.pk


def test_the_statement_scores_as_the_published_formula_does() -> None:
    rng = Random(7)
    for number in range(60):
        partner = factories.PartnerFactory.create(
            latitude=factories.city().latitude + rng.uniform(-0.2, 0.2),
            longitude=factories.city().longitude + rng.uniform(-0.2, 0.2),
            radius_km=50,
            search_rank=Decimal(rng.randrange(30000, 50000)) / 10000 if number % 5 else None,
        )
        if number % 3:
            PartnerTally.objects.create(
                partner=partner,
                accepted=rng.randrange(40),
                latest_fact_at=NOW,
                last_accepted_at=NOW - timedelta(hours=rng.randrange(-48, 900)),
            )

    rows = best_able(wanted(), now=NOW, limit=60)

    assert len(rows) == 60
    for row in rows:
        assert row.score == pytest.approx(score(row.candidate, NOW), abs=1e-9)


def test_the_best_few_are_the_beginning_of_all() -> None:
    """Newcomers have their places although only so many rows are read."""
    for number in range(30):
        partner = factories.PartnerFactory.create(search_rank=Decimal(5) - Decimal(number) / 20)
        PartnerTally.objects.create(partner=partner, accepted=99 if number < 20 else 3, latest_fact_at=NOW)

    everybody = [row.pk for row in best_able(wanted(), now=NOW, limit=60)]

    for limit in (1, 3, 4, 5, 12, 30):
        few = [row.pk for row in best_able(wanted(), now=NOW, limit=limit)]
        assert few == everybody[:limit]


def test_more_partners_need_no_more_statements() -> None:
    def statements(limit: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            candidates(asked, limit=limit, now=NOW)
        return len(queries)

    asked = wanted()
    factories.PartnerFactory.create()
    few = statements(5)
    factories.PartnerFactory.create_batch(15)
    assert statements(5) == few


def test_whoever_is_taken_makes_room_for_those_behind() -> None:
    """More than the first look holds."""
    taken: Sequence[Partner] = factories.PartnerFactory.create_batch(30, search_rank=Decimal(5))
    for partner in taken:
        factories.BookedJobFactory.create(partner=partner)
    last = factories.PartnerFactory.create(search_rank=Decimal(4))

    assert found_ids(limit=3) == [last.pk]


def test_newcomers_have_their_places_among_those_who_can_come() -> None:
    """A newcomer who is taken does not use up the place of one who is free."""
    old = [factories.PartnerFactory.create(search_rank=Decimal(5)) for _ in range(6)]
    taken = factories.PartnerFactory.create(search_rank=Decimal("4.2"))
    free = factories.PartnerFactory.create(search_rank=Decimal("4.1"))
    factories.BookedJobFactory.create(partner=taken)
    for partner in old:
        PartnerTally.objects.create(partner=partner, accepted=99, latest_fact_at=NOW)

    assert free.pk in found_ids(limit=5)
    assert found_ids().index(free.pk) == 3
