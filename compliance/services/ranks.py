"""Search ranks follow the figures (C11)."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from compliance.models import CityAssessment
from compliance.services.members import Member
from partners.services import set_search_ranks
from ratings.policy import Standing, search_rank


def refresh_ranks(
    partners: Collection[Member], standings: Mapping[int, Standing], means: Mapping[int, Decimal | None]
) -> None:
    """Set the ranks of these locked partners where they changed; `means` are the star means by city id."""
    ranks = {
        partner.pk: rank
        for partner in partners
        if (rank := search_rank(standings[partner.pk], means.get(partner.city_id))) != partner.search_rank
    }
    if ranks:
        set_search_ranks(ranks=ranks)


def latest_star_means(city_ids: Collection[int]) -> dict[int, Decimal | None]:
    """The star mean of each city as of its latest assessment: all ranks of a city are made with the same one."""
    latest = CityAssessment.objects.filter(city_id__in=city_ids).order_by("city_id", "-as_of")
    return dict(latest.distinct("city_id").values_list("city_id", "star_mean"))
