"""Which rule an order is offered around by."""

from django.db.models import F, Q

from orders.dispatch.policy import Rule
from orders.models import DispatchRule, Order


def rule_for(order: Order) -> Rule:
    """The most particular rule for the order's city and service; without any, the defaults of the policy."""
    fitting = DispatchRule.objects.filter(
        Q(city=order.city_id) | Q(city__isnull=True), Q(service=order.service_id) | Q(service__isnull=True)
    )
    found = fitting.order_by(F("city").asc(nulls_last=True), F("service").asc(nulls_last=True)).first()
    return Rule() if found is None else found.rule
