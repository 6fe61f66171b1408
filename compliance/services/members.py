"""The few columns of a partner that a review needs: thousands are read, few are changed."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from partners.models import PartnerQuerySet


class Member(NamedTuple):
    """A partner of a city, as locked (or looked at) by the caller."""

    pk: int
    city_id: int
    status: str
    search_rank: Decimal
    reference: str
    joined_at: datetime


def members(partners: PartnerQuerySet) -> list[Member]:
    """The rows of the queryset in its order, with whatever lock it takes."""
    return [Member(*row) for row in partners.values_list(*Member._fields)]
