"""How far, how many and how fast an order is offered around, pure (C4): waves that grow until somebody accepts.

The first wave goes to the best few nearby; each further one, some minutes later, to more and from further away. Offers
of earlier waves stay open meanwhile. Nobody is held to account for an offer that lapses or is declined (C1).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Nobody serves a larger circle, so a wave of this radius asks everybody.
WIDEST_KM = 50.0
LARGEST_WAVE = 50
SHORT_NOTICE = timedelta(hours=4)
SEARCH_ENDS_BEFORE_ARRIVAL = timedelta(minutes=30)
LEAST_SEARCH = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long the search lasts at most, and how long after one wave the next one follows."""

    search: timedelta
    wave: timedelta


@dataclass(frozen=True, slots=True)
class Rule:
    """How orders of a city and service are offered around. Sizes in partners, radii in kilometres."""

    urgent: Tempo = Tempo(search=timedelta(minutes=15), wave=timedelta(minutes=4))
    planned: Tempo = Tempo(search=timedelta(hours=12), wave=timedelta(hours=2))
    first_size: int = 5
    size_growth: float = 2.0
    first_radius_km: float = 8.0
    radius_growth: float = 2.0


@dataclass(frozen=True, slots=True)
class Wave:
    """The number of a wave, from 1 on, with how many partners it asks and from how far away at most."""

    number: int
    size: int
    radius_km: float

    @property
    def is_widest(self) -> bool:
        return self.radius_km >= WIDEST_KM


class SearchStep(StrEnum):
    """`wait` somebody may still accept · `ask` the next wave · `give_up` the search ends without a partner."""

    WAIT = "wait"
    ASK = "ask"
    GIVE_UP = "give_up"


def is_short_notice(*, is_urgent: bool, arrives_until: datetime, now: datetime) -> bool:
    """A planned order whose time has come near, because a partner left it, is as urgent as any."""
    return is_urgent or arrives_until - now <= SHORT_NOTICE


def tempo_of(rule: Rule, *, is_urgent: bool, arrives_until: datetime, now: datetime) -> Tempo:
    urgent = is_short_notice(is_urgent=is_urgent, arrives_until=arrives_until, now=now)
    return rule.urgent if urgent else rule.planned


def search_deadline(*, tempo: Tempo, arrives_until: datetime, now: datetime, stages: int = 1) -> datetime:
    """When the search gives up: its time is over, or the arrival so near that nobody would get there.

    That is half an hour before the latest arrival; later for one that is nearer than that, since a search of less than
    15 minutes would be none, but nobody is found after the latest arrival. `stages` is two when one partner is asked
    before all others.
    """
    latest = max(arrives_until - SEARCH_ENDS_BEFORE_ARRIVAL, min(now + LEAST_SEARCH, arrives_until))
    return min(now + stages * tempo.search, latest)


def response_deadline(*, tempo: Tempo, search_until: datetime, now: datetime) -> datetime:
    """Until when an offer can be answered: 15 min or 12 h (C4), and never past the end of the search."""
    return min(now + tempo.search, search_until)


def wave_of(rule: Rule, number: int) -> Wave:
    """The wave of that number, from 1 on; neither its size nor its radius is ever smaller than the one before."""
    # After fifty waves the least growth has reached everybody; powers of more would be too large to reckon with.
    steps = min(number - 1, 50)
    size = rule.first_size * rule.size_growth**steps
    radius = rule.first_radius_km * rule.radius_growth**steps
    return Wave(number=number, size=min(int(size), LARGEST_WAVE), radius_km=min(radius, WIDEST_KM))


def widest_of(rule: Rule, wave: Wave) -> Wave:
    """The first wave from this one on that reaches everybody."""
    while not wave.is_widest:
        wave = wave_of(rule, wave.number + 1)
    return wave


def next_wave_at(*, tempo: Tempo, search_until: datetime, now: datetime) -> datetime | None:
    """When the next wave follows; None when the search is over by then."""
    at = now + tempo.wave
    return at if at < search_until else None


def search_step(
    *, has_open_offers: bool, is_wave_due: bool, search_until: datetime, now: datetime
) -> SearchStep:
    """What an order that is searched for needs now. Without an open offer the next wave does not wait for its time."""
    if now >= search_until:
        return SearchStep.GIVE_UP
    return SearchStep.ASK if is_wave_due or not has_open_offers else SearchStep.WAIT


def earliest_start(*, arrives_from: datetime, arrives_until: datetime, now: datetime) -> datetime:
    """From when on a visit can begin if somebody is found now: once the window has opened, with time to get there."""
    if now <= arrives_from:
        return arrives_from
    return min(now + SEARCH_ENDS_BEFORE_ARRIVAL, arrives_until)


def can_search_again(*, arrives_until: datetime, now: datetime) -> bool:
    """Whether there is still time to find somebody else."""
    return arrives_until - now > SEARCH_ENDS_BEFORE_ARRIVAL
