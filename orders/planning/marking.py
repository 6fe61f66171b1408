"""Which days are to be planned anew: marked in the transaction of the change, under the lock of the partner."""

from datetime import datetime

import structlog
from django.db import connection

from mila.lib.arrays import instants
from mila.lib.doorbell import ring
from mila.lib.locks import locking
from orders.models import Job
from partners.models import Partner
from partners.services import lock_partner

logger = structlog.get_logger(__name__)

MARK = """
    INSERT INTO orders_routeplan AS plan
           (partner_id, day, due_at, attempts, result, travel_seconds, travel_metres)
    SELECT partner.id, (moment AT TIME ZONE city.time_zone)::date, %(now)s, 0, '', 0, 0
    FROM partners_partner AS partner
    JOIN partners_city AS city ON city.id = partner.city_id
    CROSS JOIN unnest(%(moments)s::timestamptz[]) AS moment
    WHERE partner.id = %(partner)s
    GROUP BY 1, 2
    ON CONFLICT (partner_id, day) DO UPDATE SET due_at = excluded.due_at, attempts = 0
"""


def mark_day_for_planning(*, partner_id: int, at: datetime, now: datetime) -> None:
    """Something changed about the visit that begins, or began, at `at`: that day of the partner is planned anew.

    Call it in the transaction of the change, with the partner locked; for a visit that changes its day once for each.
    """
    _mark(partner_id, [at], now)


def mark_changed_availabilities(*, now: datetime, limit: int = 200) -> int:
    """Partners who changed their hours or days off: every day ahead with visits is planned anew; returns how many."""
    stale = Partner.objects.filter(plans_are_stale=True).order_by("pk").values_list("pk", flat=True)
    return sum(_days_ahead_are_due(partner_id, now) for partner_id in list(stale[:limit]))


def _days_ahead_are_due(partner_id: int, now: datetime) -> int:
    try:
        with locking():
            partner = lock_partner(partner_id=partner_id)
            ahead = Job.objects.of_partner(partner).alive().filter(slot__endswith__gt=now)
            _mark(partner_id, list(ahead.values_list("slot__startswith", flat=True)), now)
            partner.plans_are_stale = False
            partner.save(update_fields=["plans_are_stale"])
    except Exception as error:
        # Of whatever kind: one partner must not keep the others waiting.
        logger.exception("days_not_marked", partner_id=partner_id, error=type(error).__name__)
        return 0
    return 1


def _mark(partner_id: int, moments: list[datetime], now: datetime) -> None:
    if not moments:
        return
    with connection.cursor() as cursor:
        cursor.execute(MARK, {"partner": partner_id, "moments": instants(moments), "now": now})
    ring("plans")
