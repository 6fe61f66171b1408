"""Partners set their own hours, and whoever plans reads them (C1)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange, NumericRange
from django.utils.translation import gettext_lazy as _
from holidays import country_holidays

from mila.lib.arrays import numbers
from mila.lib.doorbell import ring
from mila.lib.locks import locking
from mila.lib.prepared import Prepared
from mila.lib.refusals import Refusal
from partners.availability.policy import Availability, Hours, HoursProblem, hours_problem
from partners.models import DayOff, Partner, WorkingHours
from partners.services import lock_partner

MOST_DAYS_OFF = 366
# In which the names of public holidays are known; another one is English.
HOLIDAY_LANGUAGES = frozenset({"de", "fr", "it"})

# Read for each candidate of each search, so without a detour over models.
HOURS_AND_DAYS_OFF = Prepared("""
    SELECT partner_id, weekday, lower(minutes), upper(minutes), NULL, NULL FROM partners_workinghours
     WHERE partner_id = ANY (%(ids)s::bigint[]) AND weekday = ANY (%(weekdays)s::smallint[])
     UNION ALL
    SELECT partner_id, NULL, NULL, NULL, lower(days), upper(days) - 1 FROM partners_dayoff
     WHERE partner_id = ANY (%(ids)s::bigint[])
""")


class Scheduled(Protocol):
    """A partner, or a row that has of one what its hours hang on."""

    @property
    def pk(self) -> int: ...
    @property
    def hours_set_at(self) -> datetime | None: ...
    @property
    def works_on_holidays(self) -> bool: ...
    @property
    def buffer_minutes(self) -> int: ...


class HoursRefused(Refusal):
    message = _("These hours cannot be kept.")


class HoursBackwards(HoursRefused):
    message = _("A span of working hours ends before it begins.")


class HoursOverlap(HoursRefused):
    message = _("Two spans of working hours on one day overlap.")


class HoursNotByTheQuarter(HoursRefused):
    message = _("Working hours begin and end on the quarter hour.")


class DaysOffBackwards(Refusal):
    message = _("The last day off is before the first.")


class DaysOffTooLong(Refusal):
    message = _("Please enter at most a year at a time.")


class DaysOffOver(Refusal):
    message = _("These days are already over.")


class DaysOffOverlap(Refusal):
    message = _("You already have some of these days off.")


REFUSALS: dict[HoursProblem, type[HoursRefused]] = {
    HoursProblem.BACKWARDS: HoursBackwards,
    HoursProblem.OUTSIDE_THE_DAY: HoursRefused,
    HoursProblem.NOT_A_STEP: HoursNotByTheQuarter,
    HoursProblem.OVERLAP: HoursOverlap,
}


def set_hours(
    *,
    partner_id: int,
    hours: Sequence[Hours] | None,
    works_on_holidays: bool,
    buffer_minutes: int,
    now: datetime,
) -> None:
    """The partner's week from now on; None: any time is fine. What was accepted before stays accepted.

    Raises a kind of `HoursRefused` and `Busy`.
    """
    refuse_unless_a_week(hours)
    with locking():
        partner = lock_partner(partner_id=partner_id)
        partner.working_hours.all().delete()
        WorkingHours.objects.bulk_create(
            WorkingHours(partner=partner, weekday=span.weekday, minutes=NumericRange(span.begins, span.ends))
            for span in hours or ()
        )
        partner.hours_set_at = None if hours is None else now
        partner.works_on_holidays, partner.buffer_minutes = works_on_holidays, buffer_minutes
        partner.save(update_fields=["hours_set_at", "works_on_holidays", "buffer_minutes"])
        days_ahead_change(partner)


def refuse_unless_a_week(hours: Sequence[Hours] | None) -> None:
    """Raises a kind of `HoursRefused`."""
    problem = hours_problem(hours or ())
    if problem is not None:
        raise REFUSALS[problem]


def add_days_off(*, partner_id: int, first: date, last: date, today: date) -> DayOff:
    """From the first day to the last, both included; visits accepted for these days stay to be done or handed over.

    Raises `DaysOffBackwards`, `DaysOffTooLong`, `DaysOffOver`, `DaysOffOverlap` and `Busy`.
    """
    if last < first:
        raise DaysOffBackwards
    if last - first >= timedelta(days=MOST_DAYS_OFF):
        raise DaysOffTooLong
    if last < today:
        raise DaysOffOver
    days = DateRange(first, last + timedelta(days=1))
    with locking():
        partner = lock_partner(partner_id=partner_id)
        if partner.days_off.filter(days__overlap=days).exists():
            raise DaysOffOverlap
        days_ahead_change(partner)
        return DayOff.objects.create(partner=partner, days=days)


def remove_days_off(*, partner_id: int, days_off_id: int) -> None:
    """Twice is once, and other people's are none."""
    with locking():
        partner = lock_partner(partner_id=partner_id)
        partner.days_off.filter(pk=days_off_id).delete()
        days_ahead_change(partner)


def days_ahead_change(partner: Partner) -> None:
    """Whoever plans days plans this partner's anew. The partner is locked."""
    partner.plans_are_stale = True
    partner.save(update_fields=["plans_are_stale"])
    ring("plans")


# --- Reads --------------------------------------------------------------------------------------------------


def availability_of(partner: Partner) -> Availability:
    """One partner's week and days off."""
    return availabilities_of([partner])[partner.pk]


def availabilities_of(
    partners: Collection[Scheduled], *, weekdays: Collection[int] = range(7)
) -> dict[int, Availability]:
    """The week, or some days of it, and the days off of each of these partners, by partner id; one statement."""
    ids = numbers([partner.pk for partner in partners])
    hours: dict[int, list[Hours]] = defaultdict(list)
    days_off: dict[int, list[tuple[date, date]]] = defaultdict(list)
    with connection.cursor() as cursor:
        HOURS_AND_DAYS_OFF.run(cursor, {"ids": ids, "weekdays": list(weekdays)})
        for partner_id, weekday, begins, ends, first, last in cursor.fetchall():
            if weekday is None:
                days_off[partner_id].append((first, last))
            else:
                hours[partner_id].append(Hours(weekday, begins, ends))
    return {
        partner.pk: Availability(
            hours=None if partner.hours_set_at is None else tuple(hours[partner.pk]),
            days_off=tuple(days_off[partner.pk]),
            works_on_holidays=partner.works_on_holidays,
        )
        for partner in partners
    }


def days_off_to_come(partner: Partner, *, now: datetime) -> list[DayOff]:
    """What is not over yet, in order."""
    today = now.astimezone(ZoneInfo(partner.city.time_zone)).date()
    return list(partner.days_off.filter(days__endswith__gt=today).order_by("days"))


def holidays_of(*, canton: str, first: date, days: int) -> frozenset[date]:
    """The public holidays of a canton among `days` days from `first` on."""
    last = first + timedelta(days=days - 1)
    known = (day for year in range(first.year, last.year + 1) for day in _holidays_of(canton, year))
    return frozenset(day for day in known if first <= day <= last)


def holiday_names_of(*, canton: str, first: date, days: int, language: str) -> dict[date, str]:
    """The same days with their names, in a language of the house; English where it is another."""
    last = first + timedelta(days=days - 1)
    spoken = language if language in HOLIDAY_LANGUAGES else "en_US"
    found: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        named = _holiday_names_of(canton, year, spoken)
        found |= {day: name for day, name in named.items() if first <= day <= last}
    return found


@lru_cache(maxsize=128)
def _holidays_of(canton: str, year: int) -> tuple[date, ...]:
    return tuple(country_holidays("CH", subdiv=canton, years=year))


@lru_cache(maxsize=512)
def _holiday_names_of(canton: str, year: int, language: str) -> dict[date, str]:
    return dict(country_holidays("CH", subdiv=canton, years=year, language=language))
