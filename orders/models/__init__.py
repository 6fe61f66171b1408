"""The tables of orders by topic: what is sold and asked for, who was asked, the track record, visits, addresses."""

from orders.models.address import ClientAddress
from orders.models.dispatch import DispatchRule
from orders.models.draft import BookingDraft
from orders.models.hand_over import HandOver
from orders.models.job import Job, JobTransition, PartnerTally
from orders.models.order import Offer, OfferTransition, Order, OrderTransition
from orders.models.planning import (
    CalendarFeed,
    DayProposal,
    ProposedVisit,
    RoutePlan,
    RouteStop,
)
from orders.models.service import Service
from orders.models.visit import (
    Extra,
    ExtraTransition,
    Message,
    ProposalTransition,
    TimeOption,
    TimeProposal,
    VisitMove,
)

__all__ = [
    "BookingDraft",
    "CalendarFeed",
    "ClientAddress",
    "DayProposal",
    "DispatchRule",
    "Extra",
    "ExtraTransition",
    "HandOver",
    "Job",
    "JobTransition",
    "Message",
    "Offer",
    "OfferTransition",
    "Order",
    "OrderTransition",
    "PartnerTally",
    "ProposalTransition",
    "ProposedVisit",
    "RoutePlan",
    "RouteStop",
    "Service",
    "TimeOption",
    "TimeProposal",
    "VisitMove",
]
