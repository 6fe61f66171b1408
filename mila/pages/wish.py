"""What somebody looks for, as the address of a page carries it: what, where, when."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from orders.forms import SearchForm
from orders.models import Order, Service
from orders.schedule.wanted import Wanted
from orders.slots import PartOfDay, is_urgent, soonest_arrival
from partners.models import City, Place
from partners.services import able_by_skill


@dataclass(frozen=True)
class Wish:
    """A complete search. `part` is given where the client left the arrival open within a part of the day.

    `is_soon`: as soon as possible, of which the arrival is what it means at the moment.
    """

    service: Service
    place: Place
    city: City
    arrives_from: datetime
    arrives_until: datetime
    part: PartOfDay | None
    is_urgent: bool
    is_soon: bool = False

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
        return self.query_at(self.arrives_from.date(), self.time_text)

    @property
    def time_text(self) -> str:
        """As pages write it: `10:00`, `morning`."""
        return f"{self.arrives_from:%H:%M}" if self.part is None else self.part.value

    def query_at(self, day: date | None, text: str) -> dict[str, str]:
        """The same wish at another time."""
        on = {} if day is None else {"date": f"{day:%Y-%m-%d}"}
        return {"service": self.service.slug, "place": str(self.place)} | on | {"time": text}

    def book_url(self, day: date | None, text: str, **more: str) -> str:
        """Into a booking of it at that time."""
        return f"{reverse('book')}?{urlencode(self.query_at(day, text) | more)}"

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
        is_soon=form.cleaned_data["date"] is None,
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
