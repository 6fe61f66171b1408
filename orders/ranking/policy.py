"""Who is shown and asked first, pure: the published ranking, version by version (C11).

    score = merit - 0.02 x kilometres (at most 25) + 0.02 x days since the last job (at most 14)

`merit` is in stars: the mean of the window, drawn towards the city's mean while there are few ratings, less five times
the cancellation rate (`ratings.policy.search_rank`). Every fourth place is a newcomer's, if one is among those who can
come. Nothing else goes in: no name, language, age, origin or picture, and no declined or unanswered offer (C1).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

VERSION = 1
# Of whoever has not been reviewed yet: the mean of a city without ratings.
MERIT_UNKNOWN = 4.5
STARS_PER_KM = 0.02
MOST_KM = 25.0
STARS_PER_IDLE_DAY = 0.02
MOST_IDLE_DAYS = 14.0
NEWCOMER_BELOW_JOBS = 10
NEWCOMER_EVERY = 4
SECONDS_OF_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """All that the ranking may know of a partner. `last_accepted_at` is None before the first job."""

    partner_id: int
    reference: str
    merit: float
    km: float
    accepted: int
    last_accepted_at: datetime | None


def is_newcomer(candidate: Candidate) -> bool:
    """Fewer than ten jobs accepted so far."""
    return candidate.accepted < NEWCOMER_BELOW_JOBS


def score(candidate: Candidate, now: datetime) -> float:
    """In stars; the higher, the earlier. Whoever has had no job yet counts as having waited longest."""
    idle = MOST_IDLE_DAYS
    if candidate.last_accepted_at is not None:
        waited = (now - candidate.last_accepted_at).total_seconds() / SECONDS_OF_A_DAY
        idle = min(max(waited, 0.0), MOST_IDLE_DAYS)
    return candidate.merit - STARS_PER_KM * min(candidate.km, MOST_KM) + STARS_PER_IDLE_DAY * idle


def ranked(candidates: Sequence[Candidate], now: datetime) -> list[Candidate]:
    """Best first; equals by reference. Then newcomers move up, so that each four in a row have one among them."""
    by_score = sorted(candidates, key=lambda one: (-score(one, now), one.reference))
    return list(_with_newcomers(by_score))


def _with_newcomers(by_score: Sequence[Candidate]) -> Iterator[Candidate]:
    """Whoever stands in the fourth place without a newcomer before it lets the next newcomer pass."""
    established = [one for one in by_score if not is_newcomer(one)]
    newcomers = [one for one in by_score if is_newcomer(one)]
    place = {one.partner_id: number for number, one in enumerate(by_score)}
    since_newcomer = 0
    while established and newcomers:
        is_turn = since_newcomer == NEWCOMER_EVERY - 1
        if is_turn or place[newcomers[0].partner_id] < place[established[0].partner_id]:
            yield newcomers.pop(0)
            since_newcomer = 0
        else:
            yield established.pop(0)
            since_newcomer += 1
    yield from established or newcomers
