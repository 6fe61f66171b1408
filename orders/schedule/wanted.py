"""What is asked for: by an order, or by somebody who is still looking around."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from mila.lib.geo import Point
from orders.dispatch.policy import earliest_start
from orders.models import Order, Service
from partners.models import City, Place


@dataclass(frozen=True, slots=True)
class Wanted:
    """A service at a place, with an arrival from the one instant to the other, both included."""

    service: Service
    city: City
    at: Point
    postcode: str
    arrives_from: datetime
    arrives_until: datetime
    duration: timedelta

    def earliest(self, now: datetime) -> datetime:
        """From when on the visit can begin."""
        return earliest_start(arrives_from=self.arrives_from, arrives_until=self.arrives_until, now=now)

    @classmethod
    def of(cls, order: Order) -> Self:
        return cls(
            service=order.service,
            city=order.city,
            at=Point(order.latitude, order.longitude),
            postcode=order.postcode,
            # Who takes over comes at the time that the client was told.
            arrives_from=order.starts_at if order.replacement_for_id else order.arrives_from,
            arrives_until=order.starts_at if order.replacement_for_id else order.arrives_until,
            # As long as it was booked, whatever the service takes by now.
            duration=order.ends_at - order.starts_at,
        )

    @classmethod
    def there(
        cls, *, service: Service, city: City, place: Place, arrives_from: datetime, arrives_until: datetime
    ) -> Self:
        return cls(
            service=service,
            city=city,
            at=Point(place.latitude, place.longitude),
            postcode=place.postcode,
            arrives_from=arrives_from,
            arrives_until=arrives_until,
            duration=timedelta(minutes=service.duration_minutes),
        )
