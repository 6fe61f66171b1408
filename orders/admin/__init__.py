"""The admin of orders by topic: what is sold, the orders, the jobs and their hand-overs."""

from orders.admin import catalogue, jobs, orders
from orders.planning import admin as planning

__all__ = ["catalogue", "jobs", "orders", "planning"]
