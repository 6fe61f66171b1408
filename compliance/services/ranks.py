"""Search ranks follow the stored figures (C11)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db.models import Sum

from compliance.models import Standing as StoredStanding
from partners.models import Partner
from partners.services import set_search_ranks
from ratings.policy import Standing, city_star_mean, search_rank


def refresh_ranks(partners: Iterable[Partner], standings: Mapping[int, Standing]) -> None:
    """Set the ranks of these locked partners where they changed; the stored figures are up to date."""
    wanted = list(partners)
    means = _star_means({partner.city_id for partner in wanted})
    ranks = {
        partner.pk: search_rank(standings.get(partner.pk, Standing()), means.get(partner.city_id))
        for partner in wanted
    }
    changed = {p.pk: ranks[p.pk] for p in wanted if p.search_rank != ranks[p.pk]}
    if changed:
        set_search_ranks(ranks=changed)


def _star_means(city_ids: set[int]) -> dict[int, Decimal | None]:
    sums = (
        StoredStanding.objects.filter(partner__city_id__in=city_ids)
        .values_list("partner__city_id")
        .annotate(stars=Sum("stars_in_window"), rated=Sum("rated_in_window"))
    )
    return {
        city: city_star_mean([Standing(stars_in_window=stars, rated_in_window=rated)])
        for city, stars, rated in sums
    }
