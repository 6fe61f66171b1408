"""What a partner could do at an instant, read from the rows and reckoned the slow and simple way.

Written without the rules of the site on purpose: working time is looked at minute by minute, places are points on a
ball, and a day takes a visit if one of a few starts that come into question clears every other visit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from math import ceil, cos, dist, pi, radians, sin
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from orders.models import Job, Order
from partners.models import City, Partner

MINUTE = timedelta(minutes=1)
# Two ways to reckon a distance may differ in the last digit, and so by the second that is rounded up.
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Taken:
    """An alive job of the partner: its time and place."""

    start: datetime
    end: datetime
    latitude: float
    longitude: float


class Life:
    """One partner as the rows say it is now; `without` is a job that is not looked at."""

    def __init__(self, partner_id: int, *, without: int | None = None) -> None:
        self.partner = Partner.objects.select_related("city").get(pk=partner_id)
        self.buffer = timedelta(minutes=self.partner.buffer_minutes)
        jobs = Job.objects.filter(partner=self.partner, outcome=None, order__isnull=False)
        self.taken = [
            Taken(job.slot.lower, job.slot.upper, job.order.latitude, job.order.longitude)
            for job in jobs.exclude(pk=without).select_related("order")
        ]

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.partner.city.time_zone)

    @cached_property
    def spans(self) -> list[tuple[int, int, int]]:
        return [
            (span.weekday, span.minutes.lower, span.minutes.upper)
            for span in self.partner.working_hours.all()
        ]

    @cached_property
    def off(self) -> list[tuple[date, date]]:
        return [(row.days.lower, row.days.upper) for row in self.partner.days_off.all()]

    @cached_property
    def skill_ids(self) -> set[int]:
        return set(self.partner.skills.values_list("pk", flat=True))

    # --- may and can --------------------------------------------------------------------------------------

    def is_active(self) -> bool:
        return self.partner.status == "active"

    def has_skill_for(self, order: Order) -> bool:
        return order.service.skill_id in self.skill_ids

    def covers(self, order: Order) -> bool:
        if self.partner.city_id != order.city_id:
            return False
        if self.partner.postcodes:
            return order.postcode in self.partner.postcodes
        here = self.partner.latitude, self.partner.longitude
        return km_between(here, (order.latitude, order.longitude)) <= self.partner.radius_km + 1e-6

    def is_client_of(self, order: Order) -> bool:
        return self.partner.user_id == order.client_id

    # --- has time -----------------------------------------------------------------------------------------

    def has_time_for(self, order: Order, now: datetime) -> bool:
        """Whether the visit could begin at some instant of the order's window that is left at `now`."""
        first, last = arrivals_left(order, now)
        length = timedelta(minutes=order.service.duration_minutes)
        return any(
            first <= start <= last and self.fits(order, start, length)
            for start in self._starts_in_question(order, first, last)
        )

    def fits(self, order: Order, start: datetime, length: timedelta) -> bool:
        return self.is_free(order, start, start + length) and self.works_throughout(start, start + length)

    def is_free(self, order: Order, start: datetime, end: datetime) -> bool:
        return all(
            start - visit.end >= self._gap(order, visit) - A_SECOND
            or visit.start - end >= self._gap(order, visit) - A_SECOND
            for visit in self.taken
        )

    def works_throughout(self, start: datetime, end: datetime) -> bool:
        moment = start
        while moment < end:
            if not self._works_at(moment):
                return False
            moment += MINUTE
        return self._works_at(end - timedelta(microseconds=1))

    def _works_at(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        today = local.date()
        if any(first <= today < after for first, after in self.off):
            return False
        if self.partner.hours_set_at is None:
            return True
        if not self.partner.works_on_holidays and is_holiday(self.partner.city.canton, today):
            return False
        minute = 60 * local.hour + local.minute
        return any(
            weekday == local.weekday() and begins <= minute < ends for weekday, begins, ends in self.spans
        )

    def _starts_in_question(self, order: Order, first: datetime, last: datetime) -> Iterator[datetime]:
        """If any start will do, then the earliest: at once, when work begins, or when one gets there from a visit."""
        yield first
        for visit in self.taken:
            yield visit.end + self._gap(order, visit)
        on_the_quarter = first.replace(minute=0, second=0, microsecond=0)
        while on_the_quarter <= last:
            yield on_the_quarter
            on_the_quarter += 15 * MINUTE

    def _gap(self, order: Order, visit: Taken) -> timedelta:
        there = order.latitude, order.longitude
        return self.buffer + way(order.city, there, (visit.latitude, visit.longitude))


def arrivals_left(order: Order, now: datetime) -> tuple[datetime, datetime]:
    """The first and the last instant at which the visit can begin: half an hour from now, once the window is open."""
    window: Any = order.arrival_window
    first, last = instants(window or order.slot)
    if order.replacement_for_id is not None:
        # Who takes over comes at the time that was planned.
        first = last = instants(order.slot)[0]
    elif window is None:
        last = first
    return (first if now <= first else min(now + timedelta(minutes=30), last)), last


def instants(span: Any) -> tuple[datetime, datetime]:
    """Both ends of a range of instants."""
    return span.lower, span.upper


def way(city: City, one: tuple[float, float], other: tuple[float, float]) -> timedelta:
    return timedelta(seconds=ceil(3600 * city.detour_factor * km_between(one, other) / city.speed_kmh - 1e-6))


def km_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """By the chord through the globe."""
    chord = dist(_on_the_ball(*one), _on_the_ball(*other))
    return EARTH_KM * 2 * _arcsine(chord / 2)


EARTH_KM = 6371.0088


def _on_the_ball(latitude: float, longitude: float) -> tuple[float, float, float]:
    lat, lon = radians(latitude), radians(longitude)
    return cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)


def _arcsine(x: float) -> float:
    """Of a small number: a few terms of its series are exact to the last digit."""
    assert abs(x) < pi / 60
    return x + x**3 / 6 + 3 * x**5 / 40 + 15 * x**7 / 336


@cache
def _holidays(canton: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CH", subdiv=canton, years=year))


def is_holiday(canton: str, day: date) -> bool:
    return day in _holidays(canton, day.year)
