"""Who waits for a review, and what the last one gave. Compliance reviews; marks and ranks are written here.

A mark is written under the lock of the partner's row and so is its end, hence one lock and no order of two.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from mila.lib.arrays import numbers
from mila.lib.doorbell import ring
from partners.models import PartnerQuerySet, PartnerReview

MARK_FOR_REVIEW = """
    WITH marked AS (
        SELECT id FROM partners_partner WHERE id = ANY (%(ids)s::bigint[]) ORDER BY id FOR NO KEY UPDATE
    )
    INSERT INTO partners_partnerreview AS review (partner_id, due_at)
    SELECT id, %(now)s FROM marked
    ON CONFLICT (partner_id) DO UPDATE SET due_at = EXCLUDED.due_at
     WHERE review.due_at IS NULL OR review.due_at < EXCLUDED.due_at
"""

# One statement for both. No index holds the rank, so that a new one writes no index of the partner's table.
NOTE_REVIEW = """
    WITH reviewed AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(ranks)s::numeric[]) AS given (id, search_rank)
    ), ranked AS (
        UPDATE partners_partner partner SET search_rank = reviewed.search_rank
          FROM reviewed
         WHERE partner.id = reviewed.id AND partner.search_rank IS DISTINCT FROM reviewed.search_rank
        RETURNING partner.id
    ), cleared AS (
        UPDATE partners_partnerreview review SET due_at = NULL
          FROM reviewed WHERE review.partner_id = reviewed.id AND review.due_at <= %(now)s
    )
    SELECT count(*) FROM ranked
"""

# First the partner's row is locked, then the mark's: a mark that another review has cleared since this statement
# began is looked at once more, and left.
CLAIM = """
    SELECT partner.id, partner.city_id, partner.status, partner.search_rank, partner.reference, partner.joined_at
    FROM partners_partner partner JOIN partners_partnerreview review ON review.partner_id = partner.id
    WHERE review.due_at <= %(now)s AND (%(only)s IS NULL OR partner.id = %(only)s)
    ORDER BY review.due_at, partner.id
    LIMIT %(limit)s
    FOR NO KEY UPDATE OF partner, review SKIP LOCKED
"""


class Member(NamedTuple):
    """The few columns of a partner that a review needs: thousands are read, few are changed."""

    pk: int
    city_id: int
    status: str
    search_rank: Decimal | None
    reference: str
    joined_at: datetime


def members(partners: PartnerQuerySet) -> list[Member]:
    """The rows of the queryset in its order, with whatever lock it takes."""
    return [Member(*row) for row in partners.values_list(*Member._fields)]


def claim_due(*, now: datetime, limit: int, only: int | None = None) -> list[Member]:
    """Lock up to `limit` partners whose review is due, the longest waiting first; nobody waits here.

    Whoever is locked elsewhere is left out. `only` asks for one partner. Call it inside `locking()`.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "limit": limit, "only": only})
        return [Member(*row) for row in cursor.fetchall()]


def more_are_due_than(number: int, *, now: datetime) -> bool:
    """Whether more than so many reviews are due at `now`; does not count further than it must."""
    due = PartnerReview.objects.filter(due_at__lte=now).order_by("due_at")
    return due[number : number + 1].exists()


def mark_for_review(*, partner_ids: Iterable[int], now: datetime) -> None:
    """New facts about these partners: their review is due from `now`.

    The mark is the instant of the latest fact, so that a review as of an earlier instant does not clear it.
    """
    with connection.cursor() as cursor:
        cursor.execute(MARK_FOR_REVIEW, {"ids": numbers(sorted(set(partner_ids))), "now": now})
    ring("review")


def note_review(*, ranks: Mapping[int, Decimal | None], now: datetime) -> int:
    """The partners, locked by the caller, have been reviewed with everything known at `now`.

    `ranks` holds the search rank of each of them. Who has later facts stays marked. Returns how many ranks changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            NOTE_REVIEW, {"ids": numbers(ranks.keys()), "ranks": numbers(ranks.values()), "now": now}
        )
        changed: int = cursor.fetchone()[0]
    return changed
