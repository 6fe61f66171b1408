"""In which version the rows are that a page shows, read by one short statement that builds no objects.

A row's version is where and by which transaction it was last written (`ctid`, `xmin`): whoever changes it, through
whatever door, makes another version of it. Nobody has to remember to say so (ADR "Parts of a page are kept under the
version of what they show").
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.db import connection

from mila.lib.prepared import Prepared

_ORDER = Prepared("""
WITH shown AS MATERIALIZED (
    SELECT id, ctid, xmin FROM orders_order WHERE reference = %(reference)s AND client_id = %(client)s
), jobs AS MATERIALIZED (
    SELECT job.id, job.partner_id, job.ctid, job.xmin FROM shown JOIN orders_job job ON job.order_id = shown.id
)
SELECT 'order', id, ctid, xmin FROM shown
UNION ALL SELECT 'job', id, ctid, xmin FROM jobs
UNION ALL SELECT 'offer', part.id, part.ctid, part.xmin FROM shown JOIN orders_offer part ON part.order_id = shown.id
UNION ALL SELECT 'extra', part.id, part.ctid, part.xmin FROM jobs JOIN orders_extra part ON part.job_id = jobs.id
UNION ALL SELECT 'move', part.id, part.ctid, part.xmin FROM jobs JOIN orders_visitmove part ON part.job_id = jobs.id
UNION ALL SELECT 'proposal', part.id, part.ctid, part.xmin
            FROM jobs JOIN orders_timeproposal part ON part.job_id = jobs.id
UNION ALL SELECT 'rating', part.id, part.ctid, part.xmin FROM jobs JOIN ratings_rating part ON part.job_id = jobs.id
UNION ALL SELECT 'message', part.id, part.ctid, part.xmin FROM jobs JOIN orders_message part ON part.job_id = jobs.id
UNION ALL SELECT 'partner', part.id, part.ctid, part.xmin
            FROM jobs JOIN partners_partner part ON part.id = jobs.partner_id
UNION ALL SELECT 'standing', part.partner_id, part.ctid, part.xmin
            FROM jobs JOIN compliance_standing part ON part.partner_id = jobs.partner_id
UNION ALL SELECT 'favourite', part.id, part.ctid, part.xmin
            FROM jobs JOIN partners_favourite part ON part.partner_id = jobs.partner_id AND part.client_id = %(client)s
""")
# What changes without the order having moved on; the part of its page that watches for news leaves these alone. Of a
# rating that is hidden yet a browser must not even learn that it exists (C9).
_AROUND = {"message", "partner", "standing", "favourite", "rating"}


@dataclass(frozen=True, slots=True)
class OrderVersion:
    """`state`: of the order and what was agreed on it; `whole`: of everything that its page shows."""

    state: str
    whole: str


def order_version(*, reference: str, client_id: int) -> OrderVersion | None:
    """None if the client has no such order. Names of services and cities are not part of it."""
    rows = _read(_ORDER, {"reference": reference, "client": client_id})
    if not rows:
        return None
    return OrderVersion(state=_digest(row for row in rows if row[0] not in _AROUND), whole=_digest(rows))


_PARTNER = Prepared("""
SELECT partner.id, given.comments,
       partner.ctid, partner.xmin, standing.ctid, standing.xmin, given.completed, given.written
  FROM partners_partner partner
  LEFT JOIN compliance_standing standing ON standing.partner_id = partner.id
 CROSS JOIN LATERAL (
       SELECT count(*) AS completed,
              count(*) FILTER (WHERE rating.comment <> '' AND rating.published_at IS NOT NULL
                               AND rating.ruled_out_at IS NULL AND rating.hiding_flag_id IS NULL) AS comments,
              sum(hashtextextended(concat_ws(' ', rating.id, rating.ctid, rating.xmin), 0)) AS written
         FROM orders_job job
         LEFT JOIN ratings_rating rating ON rating.job_id = job.id AND rating.side = 'client'
        WHERE job.partner_id = partner.id AND job.outcome = 'completed'
       ) given
 WHERE partner.reference = %(reference)s AND partner.status = ANY (%(statuses)s)""")


@dataclass(frozen=True, slots=True)
class PartnerVersion:
    """`mark`: of the partner, the standing, and all ratings by clients. `comments`: how many everybody may read."""

    partner_id: int
    comments: int
    mark: str


def partner_version(*, reference: str, statuses: Collection[str]) -> PartnerVersion | None:
    """None if there is no such partner in one of these statuses."""
    rows = _read(_PARTNER, {"reference": reference, "statuses": list(statuses)})
    return PartnerVersion(rows[0][0], rows[0][1], _digest(rows)) if rows else None


def _read(statement: Prepared, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        statement.run(cursor, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _digest(rows: Iterable[tuple[Any, ...]]) -> str:
    return blake2b(repr(sorted(rows)).encode(), digest_size=12).hexdigest()
