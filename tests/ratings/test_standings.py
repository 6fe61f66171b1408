"""The statements of `ratings.standings` say what `ratings.policy.standing_from_jobs` says, at any instant."""

import random
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.models import PartnerTally
from orders.policy import COUNTING_AGAINST, Outcome
from partners.models import Partner
from ratings import standings
from ratings.policy import JobFact, Standing, standing_from_jobs, stars_as_of, window_of
from tests.ratings.facts import START, completed, keep_tally, make_partner, record

pytestmark = pytest.mark.django_db

MINUTES = 90  # few instants, so that many facts share one


def later(low: datetime, rng: random.Random) -> datetime:
    return low + timedelta(minutes=rng.randint(0, 20))


def random_fact(rng: random.Random) -> JobFact:
    """One job with any outcome; instants collide often, and recording order is not time order."""
    accepted_at = START + timedelta(minutes=rng.randint(0, MINUTES))
    outcome = rng.choice([None, *Outcome, *[Outcome.COMPLETED] * 8, *COUNTING_AGAINST])
    if outcome is None:
        return JobFact(id=0, accepted_at=accepted_at)
    outcome_at = later(accepted_at, rng)
    fact = JobFact(id=0, accepted_at=accepted_at, outcome=outcome, outcome_at=outcome_at)
    if outcome in COUNTING_AGAINST and rng.random() < 0.4:
        return JobFact(0, accepted_at, outcome, outcome_at, excused_at=later(outcome_at, rng))
    if outcome is Outcome.COMPLETED and rng.random() < 0.8:
        published = later(outcome_at, rng)
        ruled_out = later(published, rng) if rng.random() < 0.2 else None
        return JobFact(
            0,
            accepted_at,
            outcome,
            outcome_at,
            stars=rng.randint(1, 5),
            stars_published_at=published,
            stars_ruled_out_at=ruled_out,
        )
    return fact


def random_history(rng: random.Random, jobs: int) -> list[JobFact]:
    return [random_fact(rng) for _ in range(jobs)]


def assert_same_at(partner: Partner, facts: list[JobFact], at: datetime) -> None:
    expected = standing_from_jobs(facts, at)
    assert standings.standing_of(partner.pk, at) == expected
    assert standings.standings_from_facts(partner.city_id, at)[partner.pk] == expected
    window = [(job.id, job.outcome_at, stars_as_of(job, at)) for job in window_of(facts, at)]
    assert standings.window_of_partner(partner.pk, at) == window


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), jobs=st.integers(0, 130), with_tally=st.booleans())
def test_any_history_has_the_standing_of_the_plain_rule_at_every_instant(
    seed: int, jobs: int, with_tally: bool
) -> None:
    rng = random.Random(seed)
    partner = make_partner()
    facts = record(partner, random_history(rng, jobs))
    if with_tally and facts:
        keep_tally(partner, facts)
    for minute in rng.sample(range(-5, MINUTES + 65), 6):
        assert_same_at(partner, facts, START + timedelta(minutes=minute))
    for fact in rng.sample(facts, min(4, len(facts))):
        instants = (fact.accepted_at, fact.outcome_at, fact.stars_published_at, fact.stars_ruled_out_at)
        for instant in filter(None, instants):
            assert_same_at(partner, facts, instant)


def test_partners_of_a_city_do_not_mix() -> None:
    rng = random.Random(7)
    histories = {}
    for number in range(12):
        partner = make_partner(city="bern" if number % 3 else "basel")
        facts = record(partner, random_history(rng, rng.randint(0, 80)))
        if number % 2 and facts:
            keep_tally(partner, facts)
        histories[partner] = facts
    for minute in (0, 30, 60, 200):
        at = START + timedelta(minutes=minute)
        expected = {partner.pk: standing_from_jobs(facts, at) for partner, facts in histories.items()}
        for slug in ("bern", "basel"):
            in_city = {p.pk: expected[p.pk] for p in histories if p.city.slug == slug}
            city_id = next(p.city_id for p in histories if p.city.slug == slug)
            assert standings.standings_of_city(city_id, at) == in_city
            assert standings.standings_from_facts(city_id, at) == in_city
        assert standings.standings_of(list(expected), at) == expected
        assert standings.standings_of_all(at) == expected
        assert standings.standings_from_facts(None, at) == expected


def test_a_partner_without_jobs_stands_at_zero() -> None:
    partner = make_partner()
    assert standings.standing_of(partner.pk, START) == Standing()
    assert standings.standings_of_city(partner.city_id, START) == {partner.pk: Standing()}
    assert standings.window_of_partner(partner.pk, START) == []
    assert standings.windows_of([partner.pk], START) == {partner.pk: []}


def test_fifty_first_job_leaves_the_window() -> None:
    partner = make_partner()
    facts = record(partner, [completed(0, 1), *(completed(day, 5) for day in range(1, 50))])
    at = START + timedelta(days=60)
    assert standings.standing_of(partner.pk, at).stars_in_window == 1 + 49 * 5
    facts += record(partner, [completed(50)])
    standing = standings.standing_of(partner.pk, at)
    assert (standing.jobs_in_window, standing.rated_in_window, standing.stars_in_window) == (50, 49, 49 * 5)
    assert standing.accepted == 51


def test_of_two_jobs_at_one_instant_the_one_recorded_later_is_later() -> None:
    partner = make_partner()
    record(partner, [completed(1, 1), *(completed(1, 5) for _ in range(50))])
    assert standings.standing_of(partner.pk, START + timedelta(days=1)).stars_in_window == 250


def test_a_job_recorded_late_takes_its_place_by_its_instant() -> None:
    partner = make_partner()
    record(partner, [*(completed(day, 5) for day in range(2, 52)), completed(1, 1)])
    assert standings.standing_of(partner.pk, START + timedelta(days=90)).stars_in_window == 250
    assert standings.standing_of(partner.pk, START + timedelta(days=1)).stars_in_window == 1


def test_the_tally_answers_for_the_present_and_the_facts_for_the_past() -> None:
    partner = make_partner()
    facts = record(partner, [completed(day) for day in range(3)])
    keep_tally(partner, facts)
    PartnerTally.objects.filter(partner=partner).update(accepted=99)
    assert standings.standing_of(partner.pk, START + timedelta(days=2)).accepted == 99
    assert standings.standing_of(partner.pk, START + timedelta(days=2, microseconds=-1)).accepted == 3
    assert (
        standings.standings_from_facts(partner.city_id, START + timedelta(days=2))[partner.pk].accepted == 3
    )


@pytest.mark.parametrize("read", ["standing_of", "standings_of", "standings_of_city", "windows_of"])
def test_every_question_is_one_statement(read: str) -> None:
    partner = make_partner()
    argument = {"standing_of": partner.pk, "standings_of_city": partner.city_id}.get(read, [partner.pk])
    with CaptureQueriesContext(connection) as queries:
        getattr(standings, read)(argument, START)
    assert len(queries) == 1
