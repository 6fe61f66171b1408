"""What partners have been told and what people have decided, as known at an instant, read in bulk."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max

from compliance.models import Notice, Sanction
from compliance.models.decision import SanctionStatus
from compliance.policy import Dismissal, History, NoticeKind, PastNotice, Rule, SanctionKind
from compliance.services.figures import jobs_counted
from mila.lib.arrays import any_of, instants, numbers
from partners.models import PartnerTransition
from partners.policy import PartnerStatus

Since = tuple[int, datetime]

_ACCEPTED_SINCE = """
SELECT since.partner, since.moment, jobs.accepted
  FROM unnest(%(partners)s::bigint[], %(moments)s::timestamptz[]) AS since (partner, moment)
 CROSS JOIN LATERAL (
       SELECT count(*) AS accepted
         FROM orders_job job
        WHERE job.partner_id = since.partner AND job.accepted_at > since.moment AND job.accepted_at <= %(at)s
       ) jobs
"""


def histories_of(partner_ids: Collection[int], at: datetime) -> dict[int, History]:
    """The history of each of these partners at `at`, by partner id."""
    notices = _notices_of(partner_ids, at)
    sanctions = sanctions_of(partner_ids, at)
    reinstated = _last_reinstatements(partner_ids, at)
    dismissals = {partner: _latest_dismissals(given, at) for partner, given in sanctions.items()}
    accepted = _accepted_since(_moments(notices, dismissals), at)
    no_shows = _no_shows_before(notices, sanctions, at)
    return {
        partner: History(
            notices=tuple(
                PastNotice(*notice, accepted_since=accepted.get((partner, notice[2]), 0))
                for notice in notices.get(partner, ())
            ),
            last_reinstated_at=reinstated.get(partner),
            final_warning_issued=partner in no_shows.warned,
            exclusion_decided_at_no_shows=no_shows.decided.get(partner, 0),
            open_proposals=_open_proposals(sanctions.get(partner, ()), at),
            dismissals=tuple(
                Dismissal(rule, moment, accepted.get((partner, moment), 0))
                for rule, moment in dismissals.get(partner, {}).items()
            ),
        )
        for partner in partner_ids
    }


NoticeRow = tuple[Rule, NoticeKind, datetime, datetime | None]


def _notices_of(partner_ids: Collection[int], at: datetime) -> dict[int, list[NoticeRow]]:
    notices: dict[int, list[NoticeRow]] = defaultdict(list)
    rows = Notice.objects.filter(any_of("partner_id", partner_ids), issued_at__lte=at).order_by(
        "issued_at", "id"
    )
    for partner, rule, kind, issued, withdrawn in rows.values_list(
        "partner_id", "rule", "kind", "issued_at", "withdrawn_at"
    ):
        notices[partner].append((Rule(rule), NoticeKind(kind), issued, withdrawn))
    return notices


def sanctions_of(partner_ids: Collection[int], at: datetime) -> dict[int, list[Sanction]]:
    """The sanctions issued to these partners up to `at`, oldest first, by partner id."""
    sanctions: dict[int, list[Sanction]] = defaultdict(list)
    issued = Sanction.objects.filter(any_of("partner_id", partner_ids), issued_at__lte=at)
    for sanction in issued.order_by("issued_at", "id"):
        sanctions[sanction.partner_id].append(sanction)
    return sanctions


def _last_reinstatements(partner_ids: Collection[int], at: datetime) -> dict[int, datetime]:
    steps = PartnerTransition.objects.filter(
        any_of("partner_id", partner_ids), old=PartnerStatus.SUSPENDED, new=PartnerStatus.ACTIVE, at__lte=at
    )
    return dict(steps.order_by().values_list("partner_id").annotate(Max("at")))


def _open_proposals(sanctions: Iterable[Sanction], at: datetime) -> frozenset[Rule]:
    return frozenset(Rule(s.rule) for s in sanctions if s.status_at(at) is SanctionStatus.PROPOSED)


def _latest_dismissals(sanctions: Iterable[Sanction], at: datetime) -> dict[Rule, datetime]:
    """The latest decision against a proposed suspension, by rule; the latest is the one that waits longest."""
    return {
        Rule(sanction.rule): sanction.ended_at
        for sanction in sorted(_dismissed(sanctions, at), key=lambda s: s.ended_at or at)
        if sanction.kind == SanctionKind.SUSPENSION and sanction.ended_at is not None
    }


def _dismissed(sanctions: Iterable[Sanction], at: datetime) -> list[Sanction]:
    return [s for s in sanctions if s.status_at(at) is SanctionStatus.DISMISSED]


# --- Jobs accepted since --------------------------------------------------------------------------------------


def _moments(
    notices: dict[int, list[NoticeRow]], dismissals: dict[int, dict[Rule, datetime]]
) -> Iterable[Since]:
    """Intervals count from the latest notice of a rule that is not withdrawn, and from the latest dismissal."""
    for partner, given in notices.items():
        latest = {rule: issued for rule, _kind, issued, withdrawn in given if withdrawn is None}
        yield from ((partner, moment) for moment in latest.values())
        # A notice withdrawn after T still counts at T.
        yield from ((partner, issued) for _rule, _kind, issued, withdrawn in given if withdrawn is not None)
    for partner, decided in dismissals.items():
        yield from ((partner, moment) for moment in decided.values())


def _accepted_since(moments: Iterable[Since], at: datetime) -> dict[Since, int]:
    """How many jobs each partner has accepted after each moment, up to `at`."""
    wanted = sorted(set(moments))
    if not wanted:
        return {}
    partners, since = zip(*wanted, strict=True)
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {"partners": numbers(partners), "moments": instants(since), "at": at}
        cursor.execute(_ACCEPTED_SINCE, parameters)
        return {(partner, moment): accepted for partner, moment, accepted in cursor.fetchall()}


# --- No-shows that people have dealt with ---------------------------------------------------------------------


class _NoShows:
    """Of the no-shows that still count: whose were warned of (and withdrawn), how many were decided upon."""

    def __init__(self) -> None:
        self.warned: set[int] = set()
        self.decided: dict[int, int] = {}


def _no_shows_before(
    notices: dict[int, list[NoticeRow]], sanctions: dict[int, list[Sanction]], at: datetime
) -> _NoShows:
    known = _NoShows()
    warned = _jobs_of_withdrawn_final_warnings(notices, at)
    decided: dict[int, set[int]] = defaultdict(set)
    for partner, given in sanctions.items():
        for sanction in _dismissed(given, at):
            if sanction.kind == SanctionKind.EXCLUSION:
                decided[partner].update(sanction.job_ids)
    concerned = warned.keys() | decided.keys()
    if concerned:
        for partner, jobs in jobs_counted(Rule.NO_SHOW, concerned, at).items():
            known.decided[partner] = len(decided[partner].intersection(jobs))
            if warned[partner].intersection(jobs):
                known.warned.add(partner)
    return known


def _jobs_of_withdrawn_final_warnings(
    notices: dict[int, list[NoticeRow]], at: datetime
) -> dict[int, set[int]]:
    """These are rare, so their jobs are not read with all notices."""
    concerned = [
        partner
        for partner, given in notices.items()
        if any(
            kind is NoticeKind.FINAL_WARNING and withdrawn is not None for _r, kind, _i, withdrawn in given
        )
    ]
    jobs: dict[int, set[int]] = defaultdict(set)
    if concerned:
        withdrawn = Notice.objects.filter(
            partner_id__in=concerned, kind=NoticeKind.FINAL_WARNING, withdrawn_at__lte=at, issued_at__lte=at
        )
        for partner, counted in withdrawn.values_list("partner_id", "job_ids"):
            jobs[partner].update(counted)
    return jobs
