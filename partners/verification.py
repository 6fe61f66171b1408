"""What must always be true of partners; `verify` prints each difference."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection

# Rows: reference, the status kept, the status that the changes lead to.
STATUS_AND_LAST_CHANGE = """
    SELECT partner.reference, partner.status, latest.new
    FROM partners_partner partner
    JOIN (
        SELECT DISTINCT ON (partner_id) partner_id, new
        FROM partners_partnertransition ORDER BY partner_id, id DESC
    ) latest ON latest.partner_id = partner.id
    WHERE partner.status <> latest.new
    ORDER BY partner.reference COLLATE "C"
"""

# Rows: reference, the status that one change led to, the status that the next began from.
CHANGES_THAT_DO_NOT_FOLLOW = """
    SELECT partner.reference, step.before, step.old
    FROM (
        SELECT partner_id, id, old, lag(new) OVER (PARTITION BY partner_id ORDER BY id) AS before
        FROM partners_partnertransition
    ) step
    JOIN partners_partner partner ON partner.id = step.partner_id
    WHERE step.before <> step.old
    ORDER BY partner.reference COLLATE "C", step.id
"""

# Rows: reference, the skills at hand, the skills that the partner has.
SKILLS_AT_HAND = """
    SELECT partner.reference, partner.skill_ids::text, kept.ids::text
    FROM partners_partner partner
    LEFT JOIN LATERAL (
        SELECT coalesce(array_agg(skill_id::int ORDER BY skill_id), '{}'::int[]) AS ids
        FROM partners_partner_skills WHERE partner_id = partner.id
    ) kept ON true
    WHERE partner.skill_ids <> kept.ids
    ORDER BY partner.reference COLLATE "C"
"""

CHECKS = (
    ("partner {}: the skills at hand are {}, those of the profile {}", SKILLS_AT_HAND),
    ("partner {}: status is {}, the latest change says {}", STATUS_AND_LAST_CHANGE),
    ("partner {}: a change led to {}, the next one began from {}", CHANGES_THAT_DO_NOT_FOLLOW),
)


def differences(now: datetime) -> Iterator[str]:  # noqa: ARG001 - the same for every app
    """One sentence per difference; nothing when all is well."""
    with connection.cursor() as cursor:
        for words, query in CHECKS:
            cursor.execute(query)
            for row in cursor:
                yield words.format(*row)
