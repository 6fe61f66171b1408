"""The rules of a city at an instant: the policy version in force, its average and its limit (policy: city policy)."""

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

# Where the kept counts do not hold at T the facts are counted instead, as in `ratings.standings`. Who is excluded
# now was not so before the exclusion.
_RATES = f"""
WITH counted AS MATERIALIZED (
     SELECT partner.city_id, city.min_accepted,
            CASE WHEN tally.latest_fact_at <= %(at)s THEN tally.accepted::bigint
                 ELSE (SELECT count(*) FROM orders_job job
                        WHERE job.partner_id = partner.id AND job.accepted_at <= %(at)s)
            END AS accepted,
            CASE WHEN tally.latest_fact_at <= %(at)s THEN tally.cancelled::bigint + tally.no_shows
                 ELSE (SELECT count(*) FROM orders_job job
                        WHERE job.partner_id = partner.id
                          AND job.outcome IN ('cancelled', 'no_show') AND job.outcome_at <= %(at)s
                          AND (job.excused_at IS NULL OR job.excused_at > %(at)s))
            END AS against
       FROM unnest(%(cities)s::bigint[], %(min_accepted)s::int[]) AS city (id, min_accepted)
       JOIN partners_partner partner ON partner.city_id = city.id
       LEFT JOIN orders_partnertally tally ON tally.partner_id = partner.id
      WHERE partner.status <> 'excluded'
         OR NOT EXISTS (
            SELECT 1 FROM partners_partnertransition step
             WHERE step.partner_id = partner.id AND step.new = 'excluded' AND step.at <= %(at)s)
     )
SELECT city_id, sum({RATE}), count(*)
  FROM counted
 WHERE accepted >= GREATEST(min_accepted, 1)
 GROUP BY city_id
"""  # noqa: S608 - made of constants


def city_averages(min_accepted: Mapping[int, int], at: datetime) -> dict[int, Decimal]:
    """The average of each city that has one, by city id; `min_accepted` as of each city's policy."""
    parameters: dict[str, Any] = {
        "cities": list(min_accepted),
        "min_accepted": list(min_accepted.values()),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RATES, parameters)
        rows = cursor.fetchall()
    return {
        city: half_up_ratio(int(total), counted * 10**RATE_PLACES, RATE_PLACES)
        for city, total, counted in rows
    }
