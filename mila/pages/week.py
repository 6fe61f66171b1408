"""The slot picker: seven days of free arrivals, the times of one of them, and what is free first.

The one way to choose a time. A form sends it, or it is a link to where one goes on with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from mila.pages.wish import Wish
from orders.booking.policy import SOON
from orders.services import FreeDay, free_arrivals
from orders.slots import BOOKABLE_DAYS, PARTS, PartOfDay
from partners.models import Partner

DAYS_SHOWN = 7
# A time at which one part ends and the next begins is listed with the next.
GROUPS = (PartOfDay.MORNING, PartOfDay.AFTERNOON, PartOfDay.EVENING)


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a picker stands, and what becomes of a time.

    `address`: of its page, whose query carries `kept` besides week and day. `lead`: the link of a day and a time as
    pages write it (`10:00`, `morning`; `soon` without a day); without it the form around sends the time.
    `wished` is the day that is open at first, `chosen` the time that is marked, as the form sends it.
    """

    address: str
    kept: Mapping[str, str] = field(default_factory=dict)
    lead: Callable[[date | None, str], str] | None = None
    wished: date | None = None
    chosen: str = ""
    offers_soonest: bool = True

    def slot(
        self, day: date | None, text: str, at: datetime | None = None, end: datetime | None = None
    ) -> "Slot":
        value = text if day is None else f"{day:%Y-%m-%d} {text}"
        url = "" if self.lead is None else self.lead(day, text)
        return Slot(value, value == self.chosen, url, at, end)

    def url(self, first: date, day: date | None = None) -> str:
        shown = {"from": first.isoformat()} | ({} if day is None else {"day": day.isoformat()})
        return f"{self.address}?{urlencode({**self.kept, **shown})}"


@dataclass(frozen=True, slots=True)
class Shown:
    """Which week is shown, and which of its days is open (None: not said)."""

    today: date
    first: date
    day: date | None

    @property
    def earlier(self) -> date | None:
        return max(self.today, self.first - timedelta(days=DAYS_SHOWN)) if self.is_later else None

    @property
    def later(self) -> date | None:
        later = self.first + timedelta(days=DAYS_SHOWN)
        return later if later <= self.today + timedelta(days=BOOKABLE_DAYS) else None

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
    """What can be chosen: `value` is what a form sends, `url` the link instead of it, `at` an exact arrival on the
    city's clock. `end` of a visit that begins then is given of the soonest only."""

    value: str
    is_current: bool
    url: str
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

    shown: Shown
    earlier_url: str
    later_url: str
    cells: Sequence[DayCell]
    day: date
    groups: Sequence[Group]
    any_time: Slot | None
    soonest: Slot | None
    is_sent: bool

    @property
    def has_times(self) -> bool:
        return any(cell.count for cell in self.cells)


def picker_of(
    request: HttpRequest,
    wish: Wish,
    stand: Stand,
    *,
    now: datetime,
    only: Partner | None = None,
    own_id: int | None = None,
) -> Picker:
    """When anybody, or `only` this partner, is free to do it; the address of the page says which week and day."""
    zone = ZoneInfo(wish.city.time_zone)
    shown = _shown(
        today=now.astimezone(zone).date(),
        first=_date_or_none(request.GET.get("from", "")),
        day=_date_or_none(request.GET.get("day", "")),
        wished=stand.wished,
    )

    def week_from(first: date) -> list[FreeDay]:
        return free_arrivals(
            wish.wanted, first=first, days=DAYS_SHOWN, now=now, only=only, exclude_user_id=own_id
        )

    free = week_from(shown.first)
    # The picker alone does not show what is soonest.
    is_whole = request.headers.get("HX-Target") != "times"
    near = week_from(shown.today) if stand.offers_soonest and shown.is_later and is_whole else free
    return _picker(free, near, shown, stand, wish)


def _shown(*, today: date, first: date | None, day: date | None, wished: date | None) -> Shown:
    """Where it is not said which, the week of the wished day, at the earliest today."""
    last = today + timedelta(days=BOOKABLE_DAYS)
    if first is None:
        near = wished is None or wished < today + timedelta(days=DAYS_SHOWN)
        first = today if near or wished is None else wished
    return Shown(today=today, first=min(max(first, today), last), day=day or wished)


def _picker(
    free: Sequence[FreeDay], near: Sequence[FreeDay], shown: Shown, stand: Stand, wish: Wish
) -> Picker:
    """The open day is the one that was asked for, else the first on which somebody is free.

    `near` are the days from today on, of which the first arrival is the soonest.
    """
    zone = ZoneInfo(wish.city.time_zone)
    by_day = {each.day: [moment.astimezone(zone) for moment in each.arrivals] for each in free}
    first_free = next((day for day, clocks in by_day.items() if clocks), shown.first)
    opened = shown.day if shown.day in by_day else first_free
    clocks = by_day[opened]
    soonest = next((moment.astimezone(zone) for each in near for moment in each.arrivals), None)
    if soonest is None or not stand.offers_soonest:
        at_once = None
    else:
        at_once = stand.slot(None, SOON, soonest, soonest + wish.wanted.duration)
    return Picker(
        shown=shown,
        earlier_url="" if shown.earlier is None else stand.url(shown.earlier),
        later_url="" if shown.later is None else stand.url(shown.later),
        cells=[
            DayCell(day, len(times), stand.url(shown.first, day), day == opened)
            for day, times in by_day.items()
        ],
        day=opened,
        groups=[group for part in GROUPS if (group := _group(part, opened, clocks, stand)).slots],
        any_time=_whole(PartOfDay.DAY, opened, clocks, stand),
        soonest=at_once,
        is_sent=stand.lead is None,
    )


def _group(part: PartOfDay, day: date, clocks: Sequence[datetime], stand: Stand) -> Group:
    begins, ends = PARTS[part]
    last = time.max if part is GROUPS[-1] else ends
    slots = [stand.slot(day, f"{clock:%H:%M}", clock) for clock in clocks if begins <= clock.time() < last]
    return Group(part, slots, _whole(part, day, clocks, stand))


def _whole(part: PartOfDay, day: date, clocks: Sequence[datetime], stand: Stand) -> Slot | None:
    begins, ends = PARTS[part]
    if sum(begins <= clock.time() <= ends for clock in clocks) < 2:
        return None
    return stand.slot(day, part.value)


def _date_or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
