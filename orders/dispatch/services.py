"""Which rule an order is offered around by."""

from django.db import connection

from mila.lib.prepared import Prepared
from mila.lib.rows import columns_of, rows_from
from orders.dispatch.policy import Rule
from orders.models import DispatchRule, Order

# Written out, as a booking needs it and building it takes longer than running it.
_FITTING = """
SELECT {columns} FROM orders_dispatchrule rule
 WHERE coalesce(city_id = %s, true) AND coalesce(service_id = %s, true)
 ORDER BY city_id NULLS LAST, service_id NULLS LAST LIMIT 1"""
_fitting = Prepared(_FITTING.format(columns=columns_of(DispatchRule, "rule")))


def rule_for(order: Order) -> Rule:
    """The most particular rule for the order's city and service; without any, the defaults of the policy."""
    with connection.cursor() as cursor:
        _fitting.run(cursor, [order.city_id, order.service_id])
        found = rows_from(cursor, DispatchRule)
    return found[0].rule if found else Rule()
