"""The slot picker: seven days of free arrivals, and the times of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from mila.pages.wish import Wish
from orders.booking.policy import SOON
from orders.models import BookingDraft
from orders.services import FreeDay
from orders.slots import BOOKABLE_DAYS, PARTS, PartOfDay

DAYS_SHOWN = 7
# A time at which one part ends and the next begins is listed with the next.
GROUPS = (PartOfDay.MORNING, PartOfDay.AFTERNOON, PartOfDay.EVENING)


@dataclass(frozen=True, slots=True)
class Shown:
    """Which week is shown, and which of its days is open (None: not said)."""

    today: date
    first: date
    day: date | None

    @property
    def earlier_url(self) -> str:
        return _url(max(self.today, self.first - timedelta(days=DAYS_SHOWN))) if self.is_later else ""

    @property
    def later_url(self) -> str:
        later = self.first + timedelta(days=DAYS_SHOWN)
        return _url(later) if later <= self.today + timedelta(days=BOOKABLE_DAYS) else ""

    @property
    def is_later(self) -> bool:
        return self.first > self.today

    @property
    def last(self) -> date:
        return self.first + timedelta(days=DAYS_SHOWN - 1)


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of the strip; without times nobody is free."""

    day: date
    count: int
    url: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """What can be chosen: `value` is what the form sends, `at` an exact arrival on the city's clock.

    `end` of a visit that begins then is given of the soonest only.
    """

    value: str
    is_current: bool
    at: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the day: its exact times, and the whole part where that leaves a choice."""

    part: PartOfDay
    slots: Sequence[Slot]
    whole: Slot | None


@dataclass(frozen=True, slots=True)
class Picker:
    """`soonest` of the week that begins today, whichever is shown; `any_time` where the open day leaves a choice."""

    cells: Sequence[DayCell]
    day: date
    groups: Sequence[Group]
    any_time: Slot | None
    soonest: Slot | None

    @property
    def has_times(self) -> bool:
        return any(cell.count for cell in self.cells)


def shown_week(*, today: date, first: str, day: str, wished: date | None) -> Shown:
    """From the address of the page; without it the week of the wished day, at the earliest today."""
    begins, opened = _date_or_none(first), _date_or_none(day)
    last = today + timedelta(days=BOOKABLE_DAYS)
    if begins is None:
        near = wished is None or wished < today + timedelta(days=DAYS_SHOWN)
        begins = today if near or wished is None else wished
    return Shown(today=today, first=min(max(begins, today), last), day=opened or wished)


def picker_of(
    free: Sequence[FreeDay], near: Sequence[FreeDay], shown: Shown, draft: BookingDraft, wish: Wish
) -> Picker:
    """The open day is the one that was asked for, else the first on which somebody is free.

    `near` are the days from today on, of which the first arrival is the soonest.
    """
    zone = ZoneInfo(wish.city.time_zone)
    by_day = {each.day: [moment.astimezone(zone) for moment in each.arrivals] for each in free}
    first_free = next((day for day, clocks in by_day.items() if clocks), shown.first)
    opened = shown.day if shown.day in by_day else first_free
    clocks = by_day[opened]
    chosen = f"{draft.day:%Y-%m-%d} {draft.time}" if draft.day is not None and draft.time else ""
    soonest = next((moment.astimezone(zone) for each in near for moment in each.arrivals), None)
    return Picker(
        cells=[
            DayCell(day, len(times), _url(shown.first, day), day == opened) for day, times in by_day.items()
        ],
        day=opened,
        groups=[group for part in GROUPS if (group := _group(part, opened, clocks, chosen)).slots],
        any_time=_whole(PartOfDay.DAY, opened, clocks, chosen),
        soonest=(
            None
            if soonest is None
            else Slot(SOON, draft.time == SOON, soonest, soonest + wish.wanted.duration)
        ),
    )


def _group(part: PartOfDay, day: date, clocks: Sequence[datetime], chosen: str) -> Group:
    begins, ends = PARTS[part]
    last = time.max if part is GROUPS[-1] else ends
    slots = [_exact(clock, chosen) for clock in clocks if begins <= clock.time() < last]
    return Group(part, slots, _whole(part, day, clocks, chosen))


def _whole(part: PartOfDay, day: date, clocks: Sequence[datetime], chosen: str) -> Slot | None:
    begins, ends = PARTS[part]
    if sum(begins <= clock.time() <= ends for clock in clocks) < 2:
        return None
    value = f"{day:%Y-%m-%d} {part.value}"
    return Slot(value, value == chosen)


def _exact(at: datetime, chosen: str) -> Slot:
    value = f"{at:%Y-%m-%d %H:%M}"
    return Slot(value, value == chosen, at)


def _url(first: date, day: date | None = None) -> str:
    query = {"from": first.isoformat()} | ({} if day is None else {"day": day.isoformat()})
    return f"{reverse('book_time')}?{urlencode(query)}"


def _date_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
