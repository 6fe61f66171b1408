"""The simulated market: the same seed plays the same market, and nothing in it contradicts the facts."""

from datetime import UTC, datetime
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from mila.market.cast import assemble
from mila.market.simulation import Market
from orders.models import Job
from partners.models import City, Partner

UNTIL = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)
Fact = tuple[object, ...]


class Undo(Exception):
    """Ends a transaction without keeping it."""


def facts_of_a_market(seed: int) -> list[Fact]:
    """Play a small market, look at its track record, and undo it."""
    facts: list[Fact] = []
    try:
        with transaction.atomic():
            city = City.objects.get(slug="basel")
            for _day in Market(city=city, partners=3, days=5, seed=seed, until=UNTIL).play():
                pass
            jobs = Job.objects.order_by("id")
            facts = list(
                jobs.values_list(
                    "partner__reference", "accepted_at", "slot", "outcome", "outcome_at", "client_stars"
                )
            )
            raise Undo
    except Undo:
        return facts


@pytest.mark.django_db
def test_the_same_seed_plays_the_same_market_and_another_seed_another() -> None:
    first = facts_of_a_market(1)
    assert len(first) > 3
    assert facts_of_a_market(1) == first
    assert [fact[1] for fact in facts_of_a_market(2)] != [fact[1] for fact in first]


@pytest.mark.django_db
def test_one_partner_in_four_works_by_postcodes() -> None:
    city = City.objects.get(slug="basel")
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assemble(city=city, partners_wanted=5, seed=1, rng=Random(1), now=now)
    partners = Partner.objects.order_by("reference")
    assert [bool(partner.postcodes) for partner in partners] == [False, False, True, False, False]
    assert all(partner.home is not None for partner in partners)


@pytest.mark.django_db(transaction=True)
def test_a_played_market_verifies_and_is_not_played_twice() -> None:
    command = {"city": "basel", "partners": 2, "days": 3, "seed": 5, "until": UNTIL.isoformat()}
    out = StringIO()
    call_command("simulate", **command, stdout=out)
    assert "booked" in out.getvalue()
    call_command("verify", stdout=StringIO())
    with pytest.raises(CommandError, match="already"):
        call_command("simulate", **command, stdout=out)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{"city": "atlantis"}, {"partners": 0}, {"days": 5000}, {"until": "yesterday"}]
)
def test_odd_wishes_get_a_clear_error(wrong: dict[str, object]) -> None:
    command = {"city": "basel", "partners": 2, "days": 3, "seed": 5, **wrong}
    with pytest.raises(CommandError):
        call_command("simulate", **command)
