"""Reads partners' days and asks whether visits fit them, for candidates, acceptances and pages alike."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from mila.lib.arrays import numbers
from mila.lib.geo import Point
from mila.lib.prepared import Prepared
from mila.lib.travel import Pace
from orders.schedule.policy import Day, Misfit, Travel, Visit, feasible_starts, first_start, misfit
from orders.schedule.wanted import Wanted
from partners.availability.policy import windows
from partners.availability.services import Scheduled, availabilities_of, holidays_of
from partners.models import City

# A visit further away in time than this is reached from anywhere in the country.
AROUND = timedelta(hours=12)

# Read for each candidate of each search, so without a detour over models.
# One probe of the index of planned slots for each partner: it knows no list.
VISITS = Prepared("""
    SELECT job.partner_id, lower(job.slot), upper(job.slot), o.latitude, o.longitude
      FROM unnest(%s::bigint[]) AS wanted (partner_id)
      JOIN orders_job job ON job.partner_id = wanted.partner_id
           AND job.slot && tstzrange(%s::timestamptz, %s::timestamptz) AND job.slot IS NOT NULL AND job.outcome IS NULL
      LEFT JOIN orders_order o ON o.id = job.order_id
     WHERE job.id IS DISTINCT FROM %s::bigint
     ORDER BY job.slot
""")


def first_starts(
    partners: Collection[Scheduled], wanted: Wanted, *, now: datetime, travel: Travel | None = None
) -> dict[int, datetime | None]:
    """When the visit could begin at the earliest on each partner's day, by partner id; None where it does not fit.

    Two statements for all.
    """
    earliest, latest = wanted.earliest(now), wanted.arrives_until
    days = days_of(partners, city=wanted.city, start=earliest, end=latest + wanted.duration)
    way = travel or pace_of(wanted.city)
    return {
        partner.pk: first_start(
            feasible_starts(days[partner.pk], duration=wanted.duration, at=wanted.at, travel=way),
            earliest,
            latest,
        )
        for partner in partners
    }


def misfit_of(
    partner: Scheduled,
    wanted: Wanted,
    *,
    start: datetime,
    travel: Travel | None = None,
    except_job_id: int | None = None,
) -> Misfit | None:
    """Why the visit can't begin at that instant on the partner's day; None if it can.

    `except_job_id` is a job of the partner that would move there.
    """
    end = start + wanted.duration
    days = days_of([partner], city=wanted.city, start=start, end=end, except_job_id=except_job_id)
    way = travel or pace_of(wanted.city)
    return misfit(start, days[partner.pk], duration=wanted.duration, at=wanted.at, travel=way)


def pace_of(city: City) -> Pace:
    """How people get about in and around the city."""
    return Pace(detour=city.detour_factor, speed_kmh=city.speed_kmh)


def days_of(
    partners: Collection[Scheduled],
    *,
    city: City,
    start: datetime,
    end: datetime,
    except_job_id: int | None = None,
) -> dict[int, Day]:
    """The working windows of the days from `start` to `end`, and the visits planned in or near them."""
    zone = ZoneInfo(city.time_zone)
    first = start.astimezone(zone).date()
    count = (end.astimezone(zone).date() - first).days + 1
    holidays = holidays_of(canton=city.canton, first=first, days=count)
    visits = _visits_of([partner.pk for partner in partners], start - AROUND, end + AROUND, except_job_id)
    weekdays = {(first + timedelta(days=number)).weekday() for number in range(min(count, 7))}
    availabilities = availabilities_of(partners, weekdays=weekdays)
    return {
        partner.pk: Day(
            windows=windows(
                availabilities[partner.pk], first=first, days=count, holidays=holidays, zone=zone
            ),
            visits=visits[partner.pk],
            buffer=timedelta(minutes=partner.buffer_minutes),
        )
        for partner in partners
    }


def _visits_of(
    partner_ids: Collection[int], start: datetime, end: datetime, except_job_id: int | None
) -> dict[int, list[Visit]]:
    visits: dict[int, list[Visit]] = defaultdict(list)
    with connection.cursor() as cursor:
        VISITS.run(cursor, [numbers(partner_ids), start, end, except_job_id])
        for partner_id, begins, ends, *place in cursor.fetchall():
            visits[partner_id].append(Visit(begins, ends, Point(*place) if place[0] is not None else None))
    return visits
