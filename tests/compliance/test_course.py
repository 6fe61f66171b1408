"""The course of a standing over time is the standing at each instant, with the rules of that time."""

import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.models import CityAssessment, CityPolicy
from compliance.policy import cancellation_limit
from compliance.services import standing_course
from mila.lib.arrays import instants
from ratings import standings
from ratings.policy import average_stars, cancellation_rate, standing_from_jobs
from tests.ratings.facts import START, completed, keep_tally, make_partner, record
from tests.ratings.test_standings import MINUTES, random_history

pytestmark = pytest.mark.django_db


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), jobs=st.integers(0, 120))
def test_each_point_of_any_history_is_the_standing_of_that_instant(seed: int, jobs: int) -> None:
    rng = random.Random(seed)
    partner = make_partner()
    facts = record(partner, random_history(rng, jobs))
    if facts:
        # Kept counts are those of the present; they must not answer for the past.
        keep_tally(partner, facts)
    moments = sorted(START + timedelta(minutes=rng.randint(-5, MINUTES + 65)) for _ in range(20))

    course = standing_course(partner, moments)

    assert [then.at for then in course] == moments
    for then in course:
        expected = standing_from_jobs(facts, then.at)
        assert then.standing == standings.standing_of(partner.pk, then.at) == expected
        assert then.average_stars == average_stars(expected)
        assert then.cancellation_rate == cancellation_rate(expected)


def test_hidden_stars_leave_no_trace_before_they_are_published() -> None:
    partner = make_partner()
    record(partner, [completed(0, 5), completed(1, 5)])
    moments = [START + timedelta(days=day) for day in (2, 3)]
    before = standing_course(partner, moments)
    hidden = completed(1.5, 1)
    record(partner, [type(hidden)(**{**_fields(hidden), "stars_published_at": START + timedelta(days=4)})])

    after = standing_course(partner, moments)

    assert [then.average_stars for then in after] == [then.average_stars for then in before]
    assert [then.standing.rated_in_window for then in after] == [2, 2]


def _fields(fact):
    return {name: getattr(fact, name) for name in fact.__dataclass_fields__}


def test_limits_are_those_of_the_time() -> None:
    partner = make_partner()
    first = CityPolicy.objects.get(city=partner.city)
    stricter = CityPolicy.objects.create(
        city=partner.city, in_force_from=START + timedelta(days=10), min_rating=Decimal("4.50"),
        cancellation_factor=Decimal(2),
    )  # fmt: skip
    for day, policy, average in ((5, first, "0.0400"), (12, stricter, "0.0600")):
        CityAssessment.objects.create(
            city=partner.city,
            as_of=START + timedelta(days=day),
            policy=policy,
            city_cancellation_average=Decimal(average),
        )
    moments = [START + timedelta(days=day) for day in (4, 5, 10, 12)]

    course = standing_course(partner, moments)

    old, new = first.parameters, stricter.parameters
    assert [then.parameters for then in course] == [old, old, new, new]
    assert [then.city_average for then in course] == [
        None, Decimal("0.0400"), Decimal("0.0400"), Decimal("0.0600"),
    ]  # fmt: skip
    assert [then.cancellation_limit for then in course] == [
        None, Decimal("0.0600"), Decimal("0.0800"), cancellation_limit(Decimal("0.0600"), new),
    ]  # fmt: skip
    assert [then.min_rating for then in course] == [old.min_rating] * 2 + [Decimal("4.50")] * 2


def test_a_limit_counts_from_enough_jobs_on() -> None:
    partner = make_partner()
    record(partner, [completed(day, 4) for day in range(25)])
    CityAssessment.objects.create(
        city=partner.city, as_of=START, policy=CityPolicy.objects.get(city=partner.city),
        city_cancellation_average=Decimal("0.0400"),
    )  # fmt: skip
    course = standing_course(partner, [START + timedelta(days=day) for day in (18, 19)])
    assert [then.rating_limit_counts for then in course] == [False, True]
    # Jobs are accepted a day before they are done.
    assert [then.cancellation_limit_counts for then in course] == [True, True]
    assert [then.standing.accepted for then in course] == [20, 21]


def test_before_the_first_policy_there_is_no_limit() -> None:
    partner = make_partner()
    first = CityPolicy.objects.get(city=partner.city).in_force_from
    [then] = standing_course(partner, [first - timedelta(days=1)])
    assert (then.parameters, then.min_rating, then.cancellation_limit) == (None, None, None)
    assert not then.rating_limit_counts
    assert not then.cancellation_limit_counts


@pytest.mark.parametrize("number", [1, 53])
def test_three_statements_whatever_the_number_of_instants(number: int) -> None:
    partner = make_partner()
    record(partner, [completed(day, 5) for day in range(10)])
    moments = [timezone.now() - timedelta(days=number - day) for day in range(number)]
    with CaptureQueriesContext(connection) as queries:
        assert len(standing_course(partner, moments)) == number
    assert len(queries) == 3


def test_the_lifetime_is_read_once_however_many_instants_there_are() -> None:
    """What the plan reads of the jobs beyond the window of each instant does not grow with the instants."""
    partner = make_partner()
    record(partner, [completed(day / 10, 5) for day in range(300)])
    moments = [START + timedelta(days=day) for day in range(40)]

    def read(number: int) -> int:
        known = {
            "partner": partner.pk,
            "instants": instants(moments[:number]),
            "last": moments[-1],
        }
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {standings._COURSE}", known)
            [[plan]] = cursor.fetchall()
        return sum(_rows_of_lifetime(plan[0]["Plan"]))

    assert read(1) == read(40) == 300


def _rows_of_lifetime(node: dict[str, Any], *, in_window: bool = False) -> Iterator[int]:
    """The rows that scans of the jobs give, but for those of the windows, which a limit of 50 bounds."""
    in_window = in_window or node["Node Type"] == "Limit"
    if node.get("Relation Name") == "orders_job" and not in_window and "Plans" not in node:
        yield node["Actual Rows"] * node["Actual Loops"]
    for child in node.get("Plans", ()):
        yield from _rows_of_lifetime(child, in_window=in_window)


def test_no_instants_no_course() -> None:
    assert standing_course(make_partner(), []) == []
