"""What must be true of the days that partners have planned: from each visit they get to the next."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from mila.lib.geo import Point
from orders.models import Job
from orders.schedule.services import pace_of
from partners.models import City

ROWS_AT_ONCE = 2000


class Planned(NamedTuple):
    """An alive job as the check needs it."""

    job_id: int
    partner_id: int
    begins: datetime
    ends: datetime
    city_id: int
    latitude: float
    longitude: float

    @property
    def at(self) -> Point:
        return Point(self.latitude, self.longitude)


def ways_without_time() -> Iterator[str]:
    """A sentence for each two visits of a partner between which there is not even time for the way.

    The buffer is left out, since partners may change it after an acceptance. Overlaps are named elsewhere.
    """
    paces = {city.pk: pace_of(city) for city in City.objects.all()}
    for one, following in pairwise(_planned()):
        gap = following.begins - one.ends
        if one.partner_id != following.partner_id or following.begins < one.ends:
            continue
        way = paces[following.city_id](one.at, following.at)
        if gap < way:
            yield (
                f"job {following.job_id}: begins {gap} after job {one.job_id} of the same partner, "
                f"but the way takes {way}"
            )


def _planned() -> Iterator[Planned]:
    """Every alive job of an order, each partner's in a row, by its time; read by and by."""
    rows = (
        Job.objects.alive()
        .filter(order__isnull=False, slot__isnull=False)
        .order_by("partner_id", "slot", "pk")
        .values_list(
            "pk",
            "partner_id",
            "slot__startswith",
            "slot__endswith",
            "order__city_id",
            "order__latitude",
            "order__longitude",
        )
    )
    return (Planned(*row) for row in rows.iterator(chunk_size=ROWS_AT_ONCE))
