"""What the time of a draft means now: when the visit would begin, or what of the choices can't be had any more."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mila.accounts.models import User
from orders.booking.policy import SOON, Obstacle
from orders.models import BookingDraft
from orders.schedule.wanted import Wanted
from orders.services.candidates import can_come, candidates
from orders.services.free_times import first_arrival
from orders.slots import arrival_at, soonest_arrival, time_of
from partners.models import City

# The earliest and the latest arrival, on the city's clock.
Arrival = tuple[datetime, datetime]


def arrival_of(draft: BookingDraft, city: City, now: datetime) -> Arrival | None:
    """Of a day and a time; None: not chosen, or no longer bookable."""
    if draft.day is None or not draft.time:
        return None
    return arrival_at(time_of(draft.time), draft.day, now, ZoneInfo(city.time_zone))


def find_arrival(draft: BookingDraft, *, client: User | None, now: datetime) -> Arrival | Obstacle:
    """When somebody can come as the draft says, or the first of its choices that can't be had any more.

    All of them have been made. As soon as possible is whatever is free first at `now`.
    """
    if draft.service is None or not draft.service.is_active:
        return Obstacle.SERVICE_GONE
    if draft.place is None or draft.place.city is None or not draft.place.city.is_open:
        return Obstacle.PLACE_UNSERVED
    own_id = None if client is None else client.pk
    if draft.partner is not None and own_id is not None and draft.partner.user_id == own_id:
        return Obstacle.PARTNER_TAKEN
    soonest = soonest_arrival(now, ZoneInfo(draft.place.city.time_zone))
    wanted = Wanted.there(
        service=draft.service,
        city=draft.place.city,
        place=draft.place,
        arrives_from=soonest,
        arrives_until=soonest,
    )
    find = _first_free if draft.time == SOON else _as_chosen
    return find(draft, wanted, own_id, now)


def _first_free(draft: BookingDraft, wanted: Wanted, own_id: int | None, now: datetime) -> Arrival | Obstacle:
    first = first_arrival(wanted, now=now, only=draft.partner, exclude_user_id=own_id)
    if first is None:
        return Obstacle.NOBODY_SOON if draft.partner is None else Obstacle.PARTNER_NOT_SOON
    return first, first


def _as_chosen(draft: BookingDraft, wanted: Wanted, own_id: int | None, now: datetime) -> Arrival | Obstacle:
    arrival = arrival_of(draft, wanted.city, now)
    if arrival is None:
        return Obstacle.TIME_OVER
    then = replace(wanted, arrives_from=arrival[0], arrives_until=arrival[1])
    if draft.partner is not None:
        return arrival if can_come(draft.partner, then, now=now) else Obstacle.PARTNER_TAKEN
    return arrival if candidates(then, limit=1, now=now, exclude_user_id=own_id) else Obstacle.NOBODY_FREE
