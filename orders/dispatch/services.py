"""Which rule an order is offered around by."""

from orders.dispatch.policy import Rule
from orders.models import DispatchRule, Order

# Written out, as a booking needs it and building it takes longer than running it.
_FITTING = """
SELECT * FROM orders_dispatchrule
 WHERE coalesce(city_id = %s, true) AND coalesce(service_id = %s, true)
 ORDER BY city_id NULLS LAST, service_id NULLS LAST LIMIT 1"""


def rule_for(order: Order) -> Rule:
    """The most particular rule for the order's city and service; without any, the defaults of the policy."""
    found = next(iter(DispatchRule.objects.raw(_FITTING, [order.city_id, order.service_id])), None)
    return Rule() if found is None else found.rule
