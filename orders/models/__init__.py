"""The tables of orders by topic: what is sold, what was asked for, who was asked, the track record, the planned day."""

from orders.models.job import Job, JobTransition, PartnerTally
from orders.models.order import Offer, OfferTransition, Order, OrderTransition
from orders.models.planning import (
    CalendarFeed,
    DayProposal,
    ProposedVisit,
    RoutePlan,
    RouteStop,
    VisitMove,
)
from orders.models.service import Service

__all__ = [
    "CalendarFeed",
    "DayProposal",
    "Job",
    "JobTransition",
    "Offer",
    "OfferTransition",
    "Order",
    "OrderTransition",
    "PartnerTally",
    "ProposedVisit",
    "RoutePlan",
    "RouteStop",
    "Service",
    "VisitMove",
]
