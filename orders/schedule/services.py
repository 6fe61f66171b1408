"""Reads partners' days and asks whether visits fit them, for candidates, acceptances and pages alike."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from mila.lib.arrays import any_of
from mila.lib.geo import Point
from mila.lib.travel import Pace
from orders.models import Job
from orders.schedule.policy import Day, Misfit, Travel, Visit, misfit
from partners.availability.policy import windows
from partners.availability.services import availabilities_of, holidays_of
from partners.models import City, Partner

# A visit further away in time than this is reached from anywhere in the country.
AROUND = timedelta(hours=12)


def fitting(
    partners: Collection[Partner],
    *,
    city: City,
    slot: DateTimeTZRange,
    at: Point,
    travel: Travel | None = None,
) -> list[int]:
    """Whose day takes a visit in `slot` at that place, by partner id in the order given; three statements for all."""
    found = misfits(partners, city=city, slot=slot, at=at, travel=travel)
    return [partner.pk for partner in partners if found[partner.pk] is None]


def misfits(
    partners: Collection[Partner],
    *,
    city: City,
    slot: DateTimeTZRange,
    at: Point,
    travel: Travel | None = None,
    except_job_id: int | None = None,
) -> Mapping[int, Misfit | None]:
    """Why a visit in `slot` at that place does not fit each partner's day, by partner id; None where it does.

    `except_job_id` is the job that would move there: it is not in its own way.
    """
    days = days_of(partners, city=city, start=slot.lower, end=slot.upper, except_job_id=except_job_id)
    length = slot.upper - slot.lower
    return {
        partner.pk: misfit(slot.lower, days[partner.pk], duration=length, at=at, travel=travel or Pace())
        for partner in partners
    }


def days_of(
    partners: Collection[Partner],
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
    availabilities = availabilities_of(partners)
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
    around = DateTimeTZRange(start.astimezone(UTC), end.astimezone(UTC))
    planned = Job.objects.alive().filter(any_of("partner_id", partner_ids), slot__overlap=around)
    if except_job_id is not None:
        planned = planned.exclude(pk=except_job_id)
    visits: dict[int, list[Visit]] = defaultdict(list)
    for partner_id, begins, ends, *place in planned.order_by("slot").values_list(
        "partner_id", "slot__startswith", "slot__endswith", "order__latitude", "order__longitude"
    ):
        visits[partner_id].append(Visit(begins, ends, Point(*place)))
    return visits
