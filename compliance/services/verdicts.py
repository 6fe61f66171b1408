"""Asking the rules about many partners at once, and writing what they say (policy: assessment at T).

The partners are locked by the caller, in the transaction that this is called in.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.models import Notice, Sanction
from compliance.models.decision import SanctionStatus
from compliance.policy import Action, History, Rule, SanctionKind, Verdict, assess, is_fine
from compliance.services.figures import columns_of, jobs_counted
from compliance.services.histories import histories_of
from compliance.services.rules import CityRules
from mila.accounts.models import User
from mila.notifications.services import Draft, notify_many
from orders.services import withdraw_offers_of
from partners.models import Partner
from partners.policy import PartnerStatus
from partners.reviews import Member
from partners.services import change_status
from ratings.policy import Standing

RULE_REASONS = {
    Rule.NO_SHOW: "Confirmed no-shows",
    Rule.RATING: "Average of the stars below the city's minimum",
    Rule.CANCELLATION: "Cancellation rate above the city's limit",
}

Judged = tuple[Member, Verdict]


def judge(
    partners: Iterable[Member],
    standings: Mapping[int, Standing],
    rules: Mapping[int, CityRules],
    at: datetime,
) -> list[Judged]:
    """The verdicts on these ACTIVE partners that call for something, in the order of the partners.

    Only who is not fine by the figures alone can get anything, so only their histories are read.
    """
    concerned = [p for p in partners if not _is_fine(standings[p.pk], rules[p.city_id])]
    histories = histories_of([partner.pk for partner in concerned], at)
    verdicts = (
        (partner, verdict_on(standings[partner.pk], rules[partner.city_id], histories[partner.pk], at))
        for partner in concerned
    )
    return [(partner, verdict) for partner, verdict in verdicts if verdict.actions]


def verdict_on(standing: Standing, rules: CityRules, history: History, at: datetime) -> Verdict:
    return assess(
        standing=standing, policy=rules.parameters, city_average=rules.average, history=history, now=at
    )


def _is_fine(standing: Standing, rules: CityRules) -> bool:
    return is_fine(standing, rules.parameters, rules.average)


@dataclass(frozen=True, slots=True)
class _Decided:
    partner: Partner
    verdict: Verdict
    action: Action


def carry_out(judged: Sequence[Judged], rules: Mapping[int, CityRules], at: datetime) -> None:
    """Write the notices and sanctions, end the access of who is suspended, and tell everybody concerned."""
    if not judged:
        return
    partners = Partner.objects.in_bulk([member.pk for member, _verdict in judged])
    decided = [
        _Decided(partners[member.pk], verdict, action)
        for member, verdict in judged
        for action in verdict.actions
    ]
    jobs = _jobs_counted(decided, at)
    notices, sanctions = [], []
    for one in decided:
        grounds = _grounds(one, rules[one.partner.city_id], jobs[one.action.rule][one.partner.pk], at)
        if one.action.notice is not None:
            notices.append(Notice(kind=one.action.notice, **grounds))
        if one.action.sanction is not None:
            sanctions.append(_sanction(one.action.sanction, one.action, grounds))
    Notice.objects.bulk_create(notices)
    Sanction.objects.bulk_create(sanctions)
    for one in decided:
        if one.action.suspends:
            suspend(one.partner, actor=None, reason=RULE_REASONS[one.action.rule], now=at)
    _tell(notices, sanctions, at)


def suspend(partner: Partner, *, actor: User | None, reason: str, now: datetime) -> None:
    """End the access of a locked partner: no more offers; jobs accepted before are still theirs to finish."""
    change_status(partner=partner, new=PartnerStatus.SUSPENDED, actor=actor, reason=reason, now=now)
    withdraw_offers_of(partner=partner, now=now)


def action_name(action: Action) -> str:
    """advice, warning, final_warning, suspension, suspension_proposed or exclusion_proposed."""
    name = str(action.notice or action.sanction)
    return f"{name}_proposed" if action.proposed else name


def _jobs_counted(decided: Iterable[_Decided], at: datetime) -> dict[Rule, dict[int, list[int]]]:
    partners: dict[Rule, set[int]] = defaultdict(set)
    for one in decided:
        partners[one.action.rule].add(one.partner.pk)
    return {rule: jobs_counted(rule, concerned, at) for rule, concerned in partners.items()}


def _grounds(one: _Decided, rules: CityRules, jobs: list[int], at: datetime) -> dict[str, Any]:
    return {
        "partner": one.partner,
        "rule": one.action.rule,
        "issued_at": at,
        "policy": rules.policy,
        "city_cancellation_average": one.verdict.city_average,
        "limit": one.action.finding.limit,
        "job_ids": jobs,
        **columns_of(one.verdict.standing),
    }


def _sanction(kind: SanctionKind, action: Action, grounds: dict[str, Any]) -> Sanction:
    status = SanctionStatus.PROPOSED if action.proposed else SanctionStatus.IN_FORCE
    return Sanction(kind=kind, status=status, suspends_access=action.suspends, **grounds)


def _tell(notices: Iterable[Notice], sanctions: Iterable[Sanction], now: datetime) -> None:
    """A proposal that leaves access as it is is between colleagues: the partner hears of the decision."""
    drafts = [
        Draft(
            _user_of(notice.partner), "notice_issued", f"notice_issued:{notice.pk}", {"notice_id": notice.pk}
        )
        for notice in notices
        if notice.partner.user_id
    ]
    drafts += [
        Draft(
            _user_of(sanction.partner),
            "sanction_issued",
            f"sanction_issued:{sanction.pk}",
            {"sanction_id": sanction.pk},
        )
        for sanction in sanctions
        if sanction.suspends_access and sanction.partner.user_id
    ]
    notify_many(drafts=drafts, now=now)


def _user_of(partner: Partner) -> User | None:
    """The id is enough for the outbox; nothing is read."""
    return User(pk=partner.user_id) if partner.user_id else None
