"""Search ranks follow the figures (C11)."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from compliance.models import CityAssessment
from partners.reviews import Member
from ratings.policy import Standing, search_rank


def ranks_of(
    members: Iterable[Member], standings: Mapping[int, Standing], means: Mapping[int, Decimal | None]
) -> dict[int, Decimal]:
    """The rank of each member; `means` are the star means by city id."""
    return {member.pk: search_rank(standings[member.pk], means.get(member.city_id)) for member in members}


def latest_star_means(city_ids: Collection[int]) -> dict[int, Decimal | None]:
    """The star mean of each city as of its latest assessment: all ranks of a city are made with the same one."""
    latest = CityAssessment.objects.filter(city_id__in=city_ids).order_by("city_id", "-as_of")
    return dict(latest.distinct("city_id").values_list("city_id", "star_mean"))
