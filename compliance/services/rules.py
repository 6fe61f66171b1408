"""The rules of a city at an instant: the policy version in force, its average and its limit (policy: city policy)."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from compliance.models import CityPolicy
from compliance.policy import PolicyParameters, cancellation_limit
from mila.lib.refusals import Refusal
from partners.models import City
from ratings.policy import RATE_PLACES, half_up_ratio


class NoPolicyInForce(Refusal):
    """The city's first policy begins later than the instant that was asked about."""

    message = _("No policy of this city was in force at that time.")


@dataclass(frozen=True, slots=True)
class CityRules:
    """What every partner of one city is measured by at one instant. The average is computed once, before changes."""

    policy: CityPolicy
    parameters: PolicyParameters
    average: Decimal | None

    @property
    def limit(self) -> Decimal | None:
        return cancellation_limit(self.average, self.parameters)


def policy_at(city: City, at: datetime) -> CityPolicy:
    """The version in force at `at`. `NoPolicyInForce` before the first."""
    return policies_at([city.pk], at)[city.pk]


def policies_at(city_ids: Collection[int], at: datetime) -> dict[int, CityPolicy]:
    """The version in force at `at` of each of these cities, by city id."""
    policies = CityPolicy.objects.in_force_at(at).filter(city_id__in=city_ids)
    found = {policy.city_id: policy for policy in policies}
    if len(found) < len(set(city_ids)):
        raise NoPolicyInForce
    return found


def announced_rules(city: City, *, average: Decimal | None, at: datetime) -> list[CityRules]:
    """The versions that come after the one in force at `at`, in order, with the city's average as it is now."""
    announced = CityPolicy.objects.filter(city=city, in_force_from__gt=at).order_by("in_force_from")
    return [CityRules(policy, policy.parameters, average) for policy in announced]


def rules_at(city_ids: Collection[int], at: datetime) -> dict[int, CityRules]:
    """Policy and average of each of these cities at `at`, by city id."""
    policies = policies_at(city_ids, at)
    averages = city_averages({city: policy.min_accepted_jobs for city, policy in policies.items()}, at)
    return {
        city: CityRules(policy, policy.parameters, averages.get(city)) for city, policy in policies.items()
    }


def city_average(city_id: int, at: datetime) -> Decimal | None:
    """`city_cancellation_average` at `at` (policy: city average), under the policy in force then."""
    return rules_at([city_id], at)[city_id].average


# Rates as ten-thousandths, rounded half up in whole numbers, as `half_up_ratio` does.
RATE = "((20000 * against + accepted) / (2 * accepted))::int"

# One pass over the tallies of the cities; who has none has no job and no rate. Where the kept counts do not hold
# at T, the partner is only named. Who is excluded now was not so before the exclusion.
_RATES = f"""
SELECT tally.city_id,
       sum({RATE}) FILTER (WHERE holds AND accepted >= min_accepted),
       count(*) FILTER (WHERE holds AND accepted >= min_accepted),
       array_agg(tally.partner_id) FILTER (WHERE NOT holds)
  FROM unnest(%(cities)s::bigint[], %(min_accepted)s::int[]) AS city (id, min_accepted)
  JOIN orders_partnertally tally ON tally.city_id = city.id
 CROSS JOIN LATERAL (
       SELECT tally.cancelled::bigint + tally.no_shows AS against, tally.latest_fact_at <= %(at)s AS holds
       ) kept
 WHERE tally.partner_id NOT IN (
       SELECT step.partner_id FROM partners_partnertransition step
        WHERE step.new = 'excluded' AND step.at <= %(at)s)
 GROUP BY tally.city_id
"""  # noqa: S608 - made of constants

_RATES_FROM_FACTS = f"""
SELECT partner.city_id, sum({RATE}), count(*)
  FROM unnest(%(cities)s::bigint[], %(min_accepted)s::int[]) AS city (id, min_accepted)
  JOIN partners_partner partner ON partner.city_id = city.id
 CROSS JOIN LATERAL (
       SELECT count(*) AS accepted
         FROM orders_job job
        WHERE job.partner_id = partner.id AND job.accepted_at <= %(at)s
       ) acceptances
 CROSS JOIN LATERAL (
       SELECT count(*) AS against
         FROM orders_job job
        WHERE job.partner_id = partner.id AND job.outcome IN ('cancelled', 'no_show') AND job.outcome_at <= %(at)s
          AND (job.excused_at IS NULL OR job.excused_at > %(at)s)
       ) outcomes
 WHERE partner.id = ANY(%(partners)s) AND accepted >= min_accepted
 GROUP BY partner.city_id
"""  # noqa: S608 - made of constants


def city_averages(min_accepted: Mapping[int, int], at: datetime) -> dict[int, Decimal]:
    """The average of each city that has one, by city id; `min_accepted` as of each city's policy.

    Counts come from the kept tallies where they hold at `at`, else from the facts, as in `ratings.standings`.
    """
    parameters: dict[str, Any] = {
        "cities": list(min_accepted),
        # A partner without any job has no rate, whatever the policy says.
        "min_accepted": [max(1, least) for least in min_accepted.values()],
        "at": at,
    }
    totals: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(_RATES, parameters)
        rows = cursor.fetchall()
        uncounted = [partner for *_kept, partners in rows for partner in partners or []]
        if uncounted:
            cursor.execute(_RATES_FROM_FACTS, {**parameters, "partners": uncounted})
            rows += cursor.fetchall()
    for city, total, counted, *_partners in rows:
        totals[city] += int(total or 0)
        counts[city] += counted
    return {
        city: half_up_ratio(totals[city], counted * 10**RATE_PLACES, RATE_PLACES)
        for city, counted in counts.items()
        if counted
    }
