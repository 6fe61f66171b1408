"""Ten thousand random events in markets of every season: whatever happens in whatever order, the promises hold (C1-C6).

And the checker can fail: with one rule knocked out it finds that at once.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from random import Random
from typing import Any

import pytest

from compliance.services import review
from mila.lib.prepared import Prepared
from orders.planning import marking, replanning
from orders.services import answering, searching
from ratings.services import giving
from tests.market.checker import Checker, Violation
from tests.market.closing import close
from tests.market.player import Player
from tests.market.world import build

pytestmark = pytest.mark.django_db

# The module, behind the verb of the same name.
candidates = import_module("orders.services.candidates")

EVENTS = 1250
# The clocks go forward, and back; Ascension, Christmas, the national holiday; and quiet weeks.
BEGINNINGS = {
    1: datetime(2026, 3, 25, 6, tzinfo=UTC),
    2: datetime(2026, 10, 21, 6, tzinfo=UTC),
    3: datetime(2026, 5, 11, 6, tzinfo=UTC),
    4: datetime(2026, 12, 21, 6, tzinfo=UTC),
    5: datetime(2026, 7, 29, 6, tzinfo=UTC),
    6: datetime(2026, 2, 2, 14, tzinfo=UTC),
    7: datetime(2026, 9, 4, 22, tzinfo=UTC),
    8: datetime(2026, 6, 16, 3, tzinfo=UTC),
}


class Loud:
    """In place of a logger: a sweep that goes on to the next row must not hide what went wrong with this one."""

    def exception(self, *_event: object, **_details: object) -> None:
        raise  # noqa: PLE0704 - called where an exception is being handled

    warning = exception


@pytest.fixture(autouse=True)
def _nothing_is_only_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (searching, review, giving, replanning, marking):
        monkeypatch.setattr(module, "logger", Loud())


def market(seed: int) -> Player:
    world = build(Random(f"world {seed}"), BEGINNINGS[seed])
    return Player(seed=seed, world=world, checker=Checker(), now=BEGINNINGS[seed])


@pytest.mark.parametrize("seed", BEGINNINGS)
def test_a_market_of_random_events_keeps_its_promises(seed: int) -> None:
    player = market(seed)
    player.play(EVENTS)
    close(player)
    # What never came about was not tested.
    missing = [kind for kind, how_often in player.done.items() if how_often < 1]
    assert missing == [], player.done
    assert player.checker.offers_checked > 150
    assert player.checker.jobs_checked > 60
    assert player.checker.searches_checked > 15


def first_starts_of_empty_days(partners: Any, wanted: Any, *, now: datetime, **_: Any) -> dict[int, datetime]:
    return {partner.pk: wanted.earliest(now) for partner in partners}


def blind_to_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (candidates, answering):
        monkeypatch.setattr(module, "first_starts", first_starts_of_empty_days)


def without(monkeypatch: pytest.MonkeyPatch, condition: str) -> None:
    """The statement that finds candidates forgets one of its conditions."""
    assert condition in candidates.BEST.statement
    monkeypatch.setattr(candidates, "BEST", Prepared(candidates.BEST.statement.replace(condition, "")))


def blind_to_skills(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "AND skill_ids @> ARRAY[%(skill)s]::int[]")


def blind_to_suspensions(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "status = 'active' AND ")


def blind_to_all_but_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches are then given up too early."""
    monkeypatch.setattr(candidates, "LOOKED_AT", (1,))


def blind_to_the_own_door(monkeypatch: pytest.MonkeyPatch) -> None:
    found = candidates.candidates

    def of_everybody(wanted: Any, *, exclude_user_id: int, **options: Any) -> Any:
        return found(wanted, **options)

    monkeypatch.setattr(searching, "candidates", of_everybody)


@pytest.mark.parametrize(
    ("knock_out", "found"),
    [
        (blind_to_visits, "has_time"),
        (blind_to_skills, "has_the_skill"),
        (blind_to_suspensions, "is_active"),
        (blind_to_the_own_door, "is_not_the_client"),
        (blind_to_all_but_the_best, "could come"),
    ],
)
def test_a_market_without_one_of_the_rules_is_found_out(
    knock_out: Callable[[pytest.MonkeyPatch], None], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = market(4)
    knock_out(monkeypatch)
    with pytest.raises(Violation, match=found):
        player.play(EVENTS)
