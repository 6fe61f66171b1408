"""Checks that stored standings, verdicts and sanctions are what the facts say.

The figures are counted here once more, by statements of their own that never look at the kept counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection

from compliance.models import CityPolicy
from compliance.policy import Level, NoticeKind, Rule, findings_for
from compliance.services.figures import COUNTS, columns_of
from compliance.services.ranks import latest_star_means
from compliance.services.rules import city_average
from partners.models import City
from ratings.policy import WINDOW, Standing, search_rank
from ratings.standings import standings_from_facts

# An instant is taken when a request begins. A fact may therefore carry an instant just before that of a verdict
# and yet have been written after it; the verdict was right with what was known.
IN_FLIGHT = timedelta(seconds=10)

# What each row says it was based on, and what the facts say about that instant.
_RECOUNT = f"""
SELECT based.*, acceptances.accepted, against.cancelled, against.no_shows,
       latest.jobs_in_window, latest.rated_in_window, latest.stars_in_window,
       latest.job_ids, against.job_ids, against.no_show_ids
  FROM ({{rows}}) based
 CROSS JOIN LATERAL (
       SELECT count(*) AS accepted
         FROM orders_job job
        WHERE job.partner_id = based.partner_id AND job.accepted_at <= based.at
       ) acceptances
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled,
              count(*) FILTER (WHERE outcome = 'no_show') AS no_shows,
              array_agg(id ORDER BY outcome_at DESC, id DESC) AS job_ids,
              array_agg(id ORDER BY outcome_at DESC, id DESC) FILTER (WHERE outcome = 'no_show') AS no_show_ids
         FROM orders_job job
        WHERE job.partner_id = based.partner_id AND job.outcome IN ('cancelled', 'no_show')
          AND job.outcome_at <= based.at AND (job.excused_at IS NULL OR job.excused_at > based.at)
       ) against
 CROSS JOIN LATERAL (
       SELECT count(*) AS jobs_in_window, count(stars) AS rated_in_window,
              COALESCE(sum(stars), 0) AS stars_in_window, array_agg(id ORDER BY outcome_at DESC, id DESC) AS job_ids
         FROM (
              SELECT job.id, job.outcome_at,
                     CASE WHEN job.stars_published_at <= based.at
                           AND COALESCE(job.stars_ruled_out_at > based.at, TRUE) THEN job.client_stars END AS stars
                FROM orders_job job
               WHERE job.partner_id = based.partner_id AND job.outcome = 'completed' AND job.outcome_at <= based.at
               ORDER BY job.outcome_at DESC, job.id DESC
               LIMIT {WINDOW}
              ) job_in_window
       ) latest
 ORDER BY based.id
"""  # noqa: S608 - made of constants

_BASED_ON = """
SELECT '{kind}' AS what, verdict.id, verdict.partner_id, partner.reference, partner.city_id, verdict.issued_at AS at,
       verdict.rule, verdict.kind, verdict.policy_id, verdict.city_cancellation_average,
       verdict."limit", verdict.job_ids, verdict.cancellation_rate, verdict.average_stars,
       ARRAY[verdict.accepted, verdict.cancelled, verdict.no_shows, verdict.jobs_in_window, verdict.rated_in_window,
             verdict.stars_in_window] AS counts
  FROM compliance_{kind} verdict JOIN partners_partner partner ON partner.id = verdict.partner_id
"""

_PENDING_STANDINGS = """
SELECT 'standing' AS what, standing.partner_id AS id, standing.partner_id, partner.reference, partner.city_id,
       standing.computed_at AS at, NULL AS rule, NULL AS kind, NULL::bigint AS policy_id,
       NULL::numeric AS city_cancellation_average, NULL::numeric AS "limit", NULL::bigint[] AS job_ids,
       standing.cancellation_rate, standing.average_stars,
       ARRAY[standing.accepted, standing.cancelled, standing.no_shows, standing.jobs_in_window,
             standing.rated_in_window, standing.stars_in_window] AS counts
  FROM compliance_standing standing
  JOIN partners_partner partner ON partner.id = standing.partner_id
  JOIN partners_partnerreview review ON review.partner_id = standing.partner_id
 WHERE review.due_at IS NOT NULL
"""

_STORED = """
SELECT partner.id, partner.reference, review.due_at IS NOT NULL, standing.partner_id IS NOT NULL,
       partner.search_rank, standing.cancellation_rate, standing.average_stars,
       standing.accepted, standing.cancelled, standing.no_shows,
       standing.jobs_in_window, standing.rated_in_window, standing.stars_in_window
  FROM partners_partner partner
  LEFT JOIN compliance_standing standing ON standing.partner_id = partner.id
  LEFT JOIN partners_partnerreview review ON review.partner_id = partner.id
 WHERE partner.city_id = %s
 ORDER BY partner.id
"""

_FACTS_IN_FLIGHT = """
SELECT EXISTS (
       SELECT 1 FROM orders_job job
         JOIN partners_partner partner ON partner.id = job.partner_id
        WHERE partner.{scope} = %(id)s
          AND (job.accepted_at BETWEEN %(from)s AND %(to)s OR job.outcome_at BETWEEN %(from)s AND %(to)s
               OR job.excused_at BETWEEN %(from)s AND %(to)s OR job.stars_published_at BETWEEN %(from)s AND %(to)s
               OR job.stars_ruled_out_at BETWEEN %(from)s AND %(to)s))
"""

_ASSESSMENTS = """
SELECT assessment.id, city.id, city.slug, assessment.as_of, assessment.city_cancellation_average
  FROM compliance_cityassessment assessment JOIN partners_city city ON city.id = assessment.city_id
 ORDER BY assessment.id
"""

_ACCESS_HELD = (
    """(sanction.status = 'in_force' OR sanction.status = 'proposed' AND sanction.suspends_access)"""
)

_STATUS_AND_SANCTIONS = f"""
SELECT partner.reference, partner.status, held.any_open, held.excluded
  FROM partners_partner partner
 CROSS JOIN LATERAL (
       SELECT COALESCE(bool_or({_ACCESS_HELD}), FALSE) AS any_open,
              COALESCE(bool_or(sanction.kind = 'exclusion' AND sanction.status = 'in_force'), FALSE) AS excluded
         FROM compliance_sanction sanction WHERE sanction.partner_id = partner.id
       ) held
 WHERE partner.status IN ('applicant', 'active') AND held.any_open
    OR partner.status = 'suspended' AND NOT held.any_open
    OR (partner.status = 'excluded') <> held.excluded
 ORDER BY partner.id
"""  # noqa: S608 - made of constants

# Everything else takes a breach.
_LEVEL_OF = {str(NoticeKind.ADVICE): Level.APPROACHING, str(NoticeKind.FINAL_WARNING): Level.APPROACHING}


def differences(now: datetime) -> Iterator[str]:
    """One sentence per difference between what is stored and what the facts say."""
    # Many verdicts share an instant; each question is asked once per run.
    average_at = lru_cache(maxsize=1024)(city_average)
    policy_at = lru_cache(maxsize=1024)(_policy_at)
    yield from _standings(now)
    for rows in (_PENDING_STANDINGS, _BASED_ON.format(kind="notice"), _BASED_ON.format(kind="sanction")):
        for based, right, jobs in _recounted(rows):
            yield from _differing_figures(based, right, jobs)
            if based.policy_id is not None:
                yield from _differing_rules(based, average_at(based.city_id, based.at))
                yield from _differing_policy(based, policy_at(based.city_id, based.at))
    for number, city, slug, as_of, stored in _rows(_ASSESSMENTS):
        average = average_at(city, as_of)
        if average != stored and not _in_flight("city_id", city, as_of):
            yield f"{slug}: assessment {number} says an average of {stored}, the facts say {average}"
    yield from _statuses()


# --- Standings ------------------------------------------------------------------------------------------------


def _standings(now: datetime) -> Iterator[str]:
    """Who waits for no review has a standing, and it is what the facts say at `now`; the rank follows from it."""
    for city in City.objects.order_by("pk"):
        facts = standings_from_facts(city.pk, now)
        star_mean = latest_star_means([city.pk]).get(city.pk)
        for partner, reference, waits, is_stored, rank, rate, stars, *counts in _rows(_STORED, [city.pk]):
            if waits:
                continue
            right = facts.get(partner, Standing())
            if not is_stored:
                if right != Standing():
                    yield f"partner {reference}: there are facts and no standing"
                continue
            yield from _figures(f"partner {reference}: standing", counts, rate, stars, right=right)
            expected = search_rank(right, star_mean)
            if rank is not None and rank != expected:
                yield f"partner {reference}: rank is {rank}, the standing says {expected}"


def _figures(
    what: str, counts: list[int], rate: Decimal | None, stars: Decimal | None, *, right: Standing
) -> Iterator[str]:
    stored = dict(zip(COUNTS, counts, strict=True)) | {"cancellation_rate": rate, "average_stars": stars}
    for name, expected in columns_of(right).items():
        if stored[name] != expected:
            yield f"{what}: {name} is {stored[name]}, the facts say {expected}"


# --- Verdicts -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Based:
    """A stored row with figures as of an instant; a plain standing has no rule."""

    what: str
    id: int
    partner_id: int
    reference: str
    city_id: int
    at: datetime
    rule: str | None
    kind: str | None
    policy_id: int | None
    city_cancellation_average: Decimal | None
    limit: Decimal | None
    job_ids: list[int] | None
    cancellation_rate: Decimal | None
    average_stars: Decimal | None
    counts: list[int]

    @property
    def name(self) -> str:
        number = "" if self.what == "standing" else f" {self.id}"
        return f"partner {self.reference}: {self.what}{number} of {self.at.isoformat()}"


Recounted = tuple[_Based, Standing, dict[Rule, list[int]]]


def _recounted(rows: str) -> Iterator[Recounted]:
    """Each row with its standing, and the jobs that each rule counts, as the facts say."""
    for row in _rows(_RECOUNT.format(rows=rows)):
        window, against, no_shows = ([*(ids or [])] for ids in row[21:])
        jobs = {Rule.RATING: window, Rule.CANCELLATION: against, Rule.NO_SHOW: no_shows}
        yield _Based(*row[:15]), Standing(*row[15:21]), jobs


def _differing_figures(based: _Based, right: Standing, jobs: dict[Rule, list[int]]) -> Iterator[str]:
    found = list(
        _figures(based.name, based.counts, based.cancellation_rate, based.average_stars, right=right)
    )
    if based.rule and based.job_ids != jobs[Rule(based.rule)]:
        found.append(f"{based.name}: the jobs counted are not those that the facts name")
    if found and not _in_flight("id", based.partner_id, based.at):
        yield from found


def _differing_rules(based: _Based, average: Decimal | None) -> Iterator[str]:
    if average != based.city_cancellation_average and not _in_flight("city_id", based.city_id, based.at):
        yield f"{based.name}: the city's average is {based.city_cancellation_average}, the facts say {average}"


def _differing_policy(based: _Based, policy: CityPolicy | None) -> Iterator[str]:
    """What was decided must follow from the figures that are stored with it."""
    if policy is None or policy.pk != based.policy_id:
        yield f"{based.name}: its policy was not the one in force"
    elif based.rule:
        standing = Standing(**dict(zip(COUNTS, based.counts, strict=True)))
        findings = findings_for(standing, policy.parameters, based.city_cancellation_average)
        finding = next(finding for finding in findings if finding.rule == based.rule)
        if finding.level is not _LEVEL_OF.get(str(based.kind), Level.BREACH):
            yield f"{based.name}: {based.kind}, but its figures mean {finding.level}"
        if finding.limit != based.limit:
            yield f"{based.name}: the limit is {based.limit}, the policy says {finding.limit}"


def _policy_at(city_id: int, at: datetime) -> CityPolicy | None:
    return CityPolicy.objects.in_force_at(at).filter(city_id=city_id).first()


# --- Sanctions and access ---------------------------------------------------------------------------------------


def _statuses() -> Iterator[str]:
    for reference, status, any_open, excluded in _rows(_STATUS_AND_SANCTIONS):
        held = "excludes" if excluded else "holds access" if any_open else "explains it"
        which = "a sanction" if any_open or excluded else "no sanction"
        yield f"partner {reference}: {status}, but {which} {held}"


def _in_flight(scope: str, number: int, at: datetime) -> bool:
    parameters = {"id": number, "from": at - IN_FLIGHT, "to": at}
    ((found,),) = _rows(_FACTS_IN_FLIGHT.format(scope=scope), parameters)
    return bool(found)


def _rows(statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
