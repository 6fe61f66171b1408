"""The tables of orders by topic: what is sold, what was asked for, who was asked, and the track record."""

from orders.models.dispatch import DispatchRule
from orders.models.hand_over import HandOver
from orders.models.job import Job, JobTransition, PartnerTally
from orders.models.order import Offer, OfferTransition, Order, OrderTransition
from orders.models.service import Service

__all__ = [
    "DispatchRule",
    "HandOver",
    "Job",
    "JobTransition",
    "Offer",
    "OfferTransition",
    "Order",
    "OrderTransition",
    "PartnerTally",
    "Service",
]
