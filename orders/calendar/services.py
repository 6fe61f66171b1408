"""Reads a partner's week and month: a few statements, however much is booked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q
from django.utils.translation import get_language

from orders.calendar.policy import (
    Placed,
    Span,
    beside_each_other,
    hours_shown,
    span_on,
    week_with,
    weeks_of_month,
)
from orders.models import Job, Order
from orders.models.job import JobQuerySet
from orders.policy import Outcome
from partners.availability.policy import Availability, Window, windows
from partners.availability.services import availability_of, holiday_names_of
from partners.models import Partner


@dataclass(frozen=True, slots=True)
class BookedVisit:
    """A visit with its order; `is_done`: completed."""

    job: Job
    order: Order
    is_done: bool


@dataclass(frozen=True, slots=True)
class DayShown:
    """One day: `hours` are the working hours on its clock, `visits` come in order; `holiday` is its name or empty."""

    day: date
    is_today: bool
    is_off: bool
    holiday: str
    hours: Sequence[Span]
    visits: Sequence[Placed[BookedVisit]]


@dataclass(frozen=True, slots=True)
class Week:
    """`hours_shown` are [from, to) of the grid; `any_time`: no hours are set, so the partner is asked at any time."""

    days: Sequence[DayShown]
    hours_shown: tuple[int, int]
    visits: int
    any_time: bool
    now_at: Span | None


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One day of a month; `in_month`: not one of the month before or after."""

    day: date
    in_month: bool
    is_today: bool
    is_off: bool
    holiday: str
    works: bool
    visits: int

    @property
    def dots(self) -> range:
        """Drawn beside the figure."""
        return range(min(self.visits, 4))


@dataclass(frozen=True, slots=True)
class Month:
    """Whole weeks; `visits` counts those of the month alone."""

    first: date
    weeks: Sequence[Sequence[MonthDay]]
    visits: int


def week_of(partner: Partner, day: date, now: datetime) -> Week:
    """The week of that day. `partner` comes with its city; two statements."""
    zone = ZoneInfo(partner.city.time_zone)
    days = week_with(day)
    availability = availability_of(partner)
    holidays = _holidays(partner, days)
    open_windows = _windows(availability, days, holidays, zone)
    visits = _visits_of(partner, days, zone)
    shown = [
        DayShown(
            day=one,
            is_today=one == now.astimezone(zone).date(),
            is_off=_is_off(one, availability),
            holiday=holidays.get(one, ""),
            hours=_spans(one, open_windows, zone),
            visits=beside_each_other(_on(one, visits, zone)),
        )
        for one in days
    ]
    any_time = availability.hours is None
    drawn = [placed.span for one in shown for placed in one.visits]
    hours = [] if any_time else [span for one in shown for span in one.hours]
    return Week(
        days=shown,
        hours_shown=hours_shown([*drawn, *hours]),
        visits=len(visits),
        any_time=any_time,
        now_at=span_on(now.astimezone(zone).date(), now, now + timedelta(minutes=1), zone),
    )


def month_of(partner: Partner, first: date, now: datetime) -> Month:
    """The month that begins with `first`. `partner` comes with its city; two statements."""
    zone = ZoneInfo(partner.city.time_zone)
    weeks = weeks_of_month(first)
    days = [day for week in weeks for day in week]
    availability = availability_of(partner)
    holidays = _holidays(partner, days)
    working = _windows(availability, days, holidays, zone)
    starts = _booked(partner, days, zone).values_list("slot__startswith", flat=True)
    counts = Counter(start.astimezone(zone).date() for start in starts)

    def shown(day: date) -> MonthDay:
        return MonthDay(
            day=day,
            in_month=day.month == first.month,
            is_today=day == now.astimezone(zone).date(),
            is_off=_is_off(day, availability),
            holiday=holidays.get(day, ""),
            works=bool(_spans(day, working, zone)),
            visits=counts[day],
        )

    return Month(
        first=first,
        weeks=[[shown(day) for day in week] for week in weeks],
        visits=sum(
            count for day, count in counts.items() if (day.year, day.month) == (first.year, first.month)
        ),
    )


def _booked(partner: Partner, days: Sequence[date], zone: ZoneInfo) -> JobQuerySet:
    """To come, or made: what was cancelled is no longer in the calendar."""
    start = datetime.combine(days[0], time(), zone).astimezone(UTC)
    end = datetime.combine(days[-1] + timedelta(days=1), time(), zone).astimezone(UTC)
    return Job.objects.of_partner(partner).filter(
        Q(outcome__isnull=True) | Q(outcome=Outcome.COMPLETED),
        order__isnull=False,
        slot__overlap=DateTimeTZRange(start, end),
    )


def _visits_of(partner: Partner, days: Sequence[date], zone: ZoneInfo) -> list[BookedVisit]:
    jobs = _booked(partner, days, zone).select_related("order__service").order_by("slot", "pk")
    return [BookedVisit(job, job.order, job.outcome is not None) for job in jobs if job.order is not None]


def _on(day: date, visits: Iterable[BookedVisit], zone: ZoneInfo) -> list[tuple[BookedVisit, Span]]:
    spans = ((visit, span_on(day, visit.order.starts_at, visit.order.ends_at, zone)) for visit in visits)
    return [(visit, span) for visit, span in spans if span is not None]


def _windows(
    availability: Availability, days: Sequence[date], holidays: dict[date, str], zone: ZoneInfo
) -> list[Window]:
    return windows(availability, first=days[0], days=len(days), holidays=holidays.keys(), zone=zone)


def _spans(day: date, found: Iterable[Window], zone: ZoneInfo) -> list[Span]:
    spans = (span_on(day, start, end, zone) for start, end in found)
    return [span for span in spans if span is not None]


def _holidays(partner: Partner, days: Sequence[date]) -> dict[date, str]:
    return holiday_names_of(
        canton=partner.city.canton, first=days[0], days=len(days), language=get_language() or "en"
    )


def _is_off(day: date, availability: Availability) -> bool:
    return any(first <= day <= last for first, last in availability.days_off)
