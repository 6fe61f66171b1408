"""How long the ways between visits take: estimated, or asked of the routing server that `ROUTING_URL` names.

The server is asked before a transaction and never inside one. What it did not say, because it was silent or because a
visit came up meanwhile, is estimated. Searches look at hundreds of partners and estimate, too.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from mila.lib.geo import Point
from mila.lib.travel import Router, router_of, travel_by
from orders.schedule.policy import Travel
from orders.schedule.services import days_of, pace_of
from orders.schedule.wanted import Wanted
from partners.availability.services import Scheduled
from partners.models import City


def router_for(city: City) -> Router:
    """The routing server with the city's estimate behind it, or the estimate alone."""
    return router_of(address=settings.ROUTING_URL, pace=pace_of(city))


def ways_around(partner: Scheduled, wanted: Wanted, *, now: datetime) -> Travel:
    """The ways between the place of a visit and those of the visits around it on the partner's days."""
    estimate = pace_of(wanted.city)
    # Nobody waits for a network while rows may be locked.
    if not settings.ROUTING_URL or connection.in_atomic_block:
        return estimate
    end = wanted.arrives_until + wanted.duration
    day = days_of([partner], city=wanted.city, start=wanted.earliest(now), end=end)[partner.pk]
    others = [visit.at for visit in day.visits if visit.at is not None]
    known = travel_by(router_for(wanted.city), list(dict.fromkeys([wanted.at, *others])))

    def way(origin: Point, destination: Point) -> timedelta:
        try:
            return known(origin, destination)
        except KeyError:
            return estimate(origin, destination)

    return way
