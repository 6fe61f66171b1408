"""How a partner has stood over time, and by which limits: for the page that shows it (C12, C29).

Figures are those of the rule at each instant. The limit of the cancellation rate hangs on the city's average, which
each assessment of the city stores: at an instant the one of the latest assessment until then applies.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from compliance.models import CityPolicy
from compliance.policy import PolicyParameters, cancellation_finding, cancellation_limit, rating_finding
from mila.lib.arrays import instants
from partners.models import Partner
from ratings.policy import Standing, average_stars, cancellation_rate
from ratings.standings import course_of

_ASSESSED = """
SELECT latest.city_cancellation_average
  FROM unnest(%(moments)s::timestamptz[]) WITH ORDINALITY AS moment (at, number)
  LEFT JOIN LATERAL (
       SELECT assessment.city_cancellation_average
         FROM compliance_cityassessment assessment
        WHERE assessment.city_id = %(city)s AND assessment.as_of <= moment.at
        ORDER BY assessment.as_of DESC
        LIMIT 1
       ) latest ON TRUE
 ORDER BY moment.number
"""


@dataclass(frozen=True, slots=True)
class Then:
    """A partner's standing at one instant, and the city's rules of that time; none before its first policy."""

    at: datetime
    standing: Standing
    parameters: PolicyParameters | None
    city_average: Decimal | None

    @property
    def average_stars(self) -> Decimal | None:
        return average_stars(self.standing)

    @property
    def cancellation_rate(self) -> Decimal | None:
        return cancellation_rate(self.standing)

    @property
    def rating_limit_counts(self) -> bool:
        """Whether the partner had ratings enough for the rule; else it rested."""
        return self.parameters is not None and not rating_finding(self.standing, self.parameters).rests

    @property
    def cancellation_limit_counts(self) -> bool:
        return (
            self.parameters is not None
            and not cancellation_finding(self.standing, self.parameters, self.city_average).rests
        )

    @property
    def min_rating(self) -> Decimal | None:
        return None if self.parameters is None else self.parameters.min_rating

    @property
    def cancellation_limit(self) -> Decimal | None:
        return None if self.parameters is None else cancellation_limit(self.city_average, self.parameters)


def standing_course(partner: Partner, moments: Sequence[datetime]) -> list[Then]:
    """The standing at each of these instants, which grow; three statements whatever their number."""
    if not moments:
        return []
    standings = course_of(partner.pk, moments)
    policies = list(
        CityPolicy.objects.filter(city_id=partner.city_id, in_force_from__lte=moments[-1]).order_by(
            "in_force_from"
        )
    )
    since = [policy.in_force_from for policy in policies]
    versions = [None, *(policy.parameters for policy in policies)]
    averages = _averages(partner.city_id, moments)
    return [
        Then(at, standing, versions[bisect_right(since, at)], average)
        for at, standing, average in zip(moments, standings, averages, strict=True)
    ]


def _averages(city_id: int, moments: Sequence[datetime]) -> list[Decimal | None]:
    """The city's average of the latest assessment up to each instant; none before the first."""
    with connection.cursor() as cursor:
        cursor.execute(_ASSESSED, {"city": city_id, "moments": instants(moments)})
        return [average for (average,) in cursor.fetchall()]
