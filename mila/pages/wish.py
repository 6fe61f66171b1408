"""What somebody looks for, as the address of a page carries it: what, where, when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from orders.forms import SearchForm
from orders.models import Order, Service
from orders.schedule.wanted import Wanted
from orders.services import FreeDay, free_arrivals
from orders.slots import PARTS, PartOfDay, is_urgent, soonest_arrival
from partners.models import City, Partner, Place
from partners.services import able_by_skill

DAYS_SHOWN = 7


@dataclass(frozen=True)
class Wish:
    """A complete search. `part` is given where the client left the arrival open within a part of the day."""

    service: Service
    place: Place
    city: City
    arrives_from: datetime
    arrives_until: datetime
    part: PartOfDay | None
    is_urgent: bool

    @property
    def is_flexible(self) -> bool:
        return self.arrives_from < self.arrives_until

    @property
    def start(self) -> datetime:
        return self.arrives_from

    @property
    def end(self) -> datetime:
        """Of a visit that begins as early as it may."""
        return self.arrives_from + timedelta(minutes=self.service.duration_minutes)

    @property
    def query(self) -> dict[str, str]:
        """The time spelt out, so that it stays the same."""
        return self.query_at(self.arrives_from.date(), self.part or self.arrives_from)

    def query_at(self, day: date, at: PartOfDay | datetime) -> dict[str, str]:
        """The same wish at another time."""
        return {
            "service": self.service.slug,
            "place": str(self.place),
            "date": f"{day:%Y-%m-%d}",
            "time": at.value if isinstance(at, PartOfDay) else f"{at:%H:%M}",
        }

    @property
    def wanted(self) -> Wanted:
        return Wanted.there(
            service=self.service,
            city=self.city,
            place=self.place,
            arrives_from=self.arrives_from,
            arrives_until=self.arrives_until,
        )


def wish_of(form: SearchForm, now: datetime) -> Wish:
    """From a form that is valid."""
    arrives_from, arrives_until = form.arrival
    at = form.cleaned_data["time"]
    return Wish(
        service=form.cleaned_data["service"],
        place=form.cleaned_data["place"],
        city=form.city,
        arrives_from=arrives_from,
        arrives_until=arrives_until,
        part=at if isinstance(at, PartOfDay) else None,
        is_urgent=is_urgent(arrives_until, now),
    )


def wish_like(order: Order, place: Place, now: datetime) -> Wish:
    """The same again, as soon as it can be booked; `order` comes with its service and city."""
    soonest = soonest_arrival(now, ZoneInfo(order.city.time_zone))
    return Wish(
        service=order.service,
        place=place,
        city=order.city,
        arrives_from=soonest,
        arrives_until=soonest,
        part=None,
        is_urgent=False,
    )


def is_done_nearby(wish: Wish) -> bool:
    """Whether somebody in the city does this, though perhaps not as far away as here."""
    return wish.service.skill_id in able_by_skill(city=wish.city)


# --- The week ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A link to the same search at another time."""

    url: str
    is_current: bool
    at: datetime | None = None
    part: PartOfDay | None = None


@dataclass(frozen=True, slots=True)
class _Link:
    """Where the choices of a week lead, and what their addresses carry besides the wish."""

    address: str
    more: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DayOfWeek:
    """A day with the parts and the times at which somebody is free; without any, nobody is."""

    day: date
    parts: list[Choice]
    times: list[Choice]


def week_of(
    wish: Wish,
    *,
    now: datetime,
    page: str = "search",
    more: Mapping[str, str] | None = None,
    partner: Partner | None = None,
) -> list[DayOfWeek]:
    """The days from the wished one on, of `partner` alone or of anybody.

    The links lead to `page`, and their addresses carry `more`.
    """
    first = wish.arrives_from.date()
    found = free_arrivals(wish.wanted, first=first, days=DAYS_SHOWN, now=now, only=partner)
    zone = ZoneInfo(wish.city.time_zone)
    link = _Link(reverse(page), more or {})
    return [_choices(wish, day, zone, link) for day in found]


def later_url(wish: Wish) -> str:
    """The search for any time on the first day that the week does not show."""
    day = wish.arrives_from.date() + timedelta(days=DAYS_SHOWN)
    return f"{reverse('search')}?{urlencode(wish.query_at(day, PartOfDay.DAY))}"


def _choices(wish: Wish, free: FreeDay, zone: ZoneInfo, link: _Link) -> DayOfWeek:
    clocks = [arrival.astimezone(zone) for arrival in free.arrivals]
    open_parts = [
        part
        for part, (begins, ends) in PARTS.items()
        if sum(begins <= clock.time() <= ends for clock in clocks) > 1
    ]
    return DayOfWeek(
        day=free.day,
        parts=[_choice(wish, free.day, part, link) for part in open_parts],
        times=[_choice(wish, free.day, clock, link) for clock in clocks],
    )


def _choice(wish: Wish, day: date, at: PartOfDay | datetime, link: _Link) -> Choice:
    query = wish.query_at(day, at)
    return Choice(
        url=f"{link.address}?{urlencode(query | dict(link.more))}",
        is_current=query == wish.query,
        at=at if isinstance(at, datetime) else None,
        part=at if isinstance(at, PartOfDay) else None,
    )
