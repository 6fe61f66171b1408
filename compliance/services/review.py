"""Prompt review: partners with new facts, seconds after the fact (policy: assessment at T)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from compliance.policy import Verdict, findings_for
from compliance.services.figures import store_standings
from compliance.services.ranks import latest_star_means, ranks_of
from compliance.services.rules import rules_at
from compliance.services.verdicts import carry_out, judge
from mila.lib.locks import Busy, locking
from partners.models import Partner
from partners.policy import PartnerStatus
from partners.reviews import Member, claim_due, mark_for_review, members, note_review
from partners.services import lock_partner
from ratings import standings

logger = structlog.get_logger(__name__)

BATCH = 1000
TRY_AGAIN_AFTER = timedelta(minutes=5)


def review_due(*, now: datetime, limit: int = 500) -> int:
    """Review up to `limit` partners with new facts, the longest waiting first; return how many were reviewed.

    Whoever is being changed or reviewed elsewhere is left for the next call. If one partner's review fails, the
    others of the batch are reviewed one by one, and that one is tried again in five minutes.
    """
    try:
        with locking():
            partners = claim_due(now=now, limit=min(limit, BATCH))
            _review(partners, now)
            return len(partners)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one partner must not stop the others
        logger.warning("review_of_batch_failed", error=type(error).__name__)
    return _review_one_by_one(now, limit)


def review_partner(*, partner_id: int, now: datetime) -> Verdict:
    """Review one partner now, marked or not; the verdict says what was found and done.

    Somebody who is not ACTIVE gets fresh figures and findings, and nothing follows.
    """
    with locking():
        partner = lock_partner(partner_id=partner_id)
        verdicts = _review(members(Partner.objects.filter(pk=partner_id)), now)
        if partner_id in verdicts:
            return verdicts[partner_id]
        rules = rules_at([partner.city_id], now)[partner.city_id]
        standing = standings.standing_of(partner_id, now)
        findings = findings_for(standing, rules.parameters, rules.average)
        return Verdict(now, standing, rules.parameters, rules.average, findings)


def _review(partners: Sequence[Member], now: datetime) -> dict[int, Verdict]:
    """Review locked partners; the verdicts returned are those that called for something."""
    if not partners:
        return {}
    ids = [partner.pk for partner in partners]
    rules = rules_at({partner.city_id for partner in partners}, now)
    fresh = standings.standings_of(ids, now)
    changed = store_standings(fresh, now)
    judged = judge([p for p in partners if p.status == PartnerStatus.ACTIVE], fresh, rules, now)
    carry_out(judged, rules, now)
    # Without new figures the rank is the one that is kept: the city's star mean changes with assessments only.
    kept = {partner.pk: partner.search_rank for partner in partners if partner.pk not in changed}
    moved = [partner for partner in partners if partner.pk in changed]
    note_review(ranks=kept | ranks_of(moved, fresh, latest_star_means(rules.keys())), now=now)
    return {partner.pk: verdict for partner, verdict in judged}


def _review_one_by_one(now: datetime, limit: int) -> int:
    reviewed = 0
    due = Partner.objects.awaiting_review(now).order_by("review__due_at", "pk")
    for partner_id in list(due.values_list("pk", flat=True)[:limit]):
        reviewed += _review_or_postpone(partner_id, now)
    return reviewed


def _review_or_postpone(partner_id: int, now: datetime) -> bool:
    try:
        with locking():
            claimed = claim_due(now=now, limit=1, only=partner_id)
            _review(claimed, now)
    except Busy:
        return False
    except Exception as error:
        logger.exception("review_failed", partner=partner_id, error=type(error).__name__)
        mark_for_review(partner_ids=[partner_id], now=now + TRY_AGAIN_AFTER)
        return False
    return bool(claimed)
