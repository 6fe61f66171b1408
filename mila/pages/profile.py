"""A partner as everybody may see one."""

from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from compliance.models import Standing
from mila.pages.figures import PublicPartner, public_partner
from mila.pages.wish import Wish
from orders.models import Job
from partners.favourites import is_favourite
from partners.models import Partner
from partners.policy import PartnerStatus
from ratings.models import Rating
from ratings.policy import MAX_STARS, MIN_STARS
from ratings.standings import window_of_partner

PER_PAGE = 10
SHOWN = (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)


# What a search knows, as it travels through a profile into the booking.
CARRIED = ("service", "place", "date", "time")


def profile_url(partner: Partner, wish: Wish) -> str:
    """For whoever looks at somebody in the middle of a search."""
    return f"{reverse('partner_profile', args=[partner.reference])}?{urlencode(wish.query)}"


def _carried(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in CARRIED if request.GET.get(name)}


def _back_url(request: HttpRequest) -> str:
    """Where one comes from on this site, else the search; turning pages here is not coming from anywhere."""
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    if ours and urlsplit(came_from).path != request.path:
        return came_from
    carried = _carried(request)
    return f"{reverse('search')}?{urlencode(carried)}" if carried else reverse("search")


@dataclass(frozen=True, slots=True)
class StarCount:
    """How many of the ratings in the window gave so many stars."""

    stars: int
    count: int


def _spread(public: PublicPartner) -> list[StarCount]:
    """The ratings of the window by stars, five first: as many as the average was made of, at the same instant.

    Below five ratings there is none, as there is no average: it would tell who gave what.
    """
    standing: Standing | None = getattr(public.partner, "standing", None)
    if standing is None or public.average is None:
        return []
    window = window_of_partner(public.partner.pk, standing.computed_at)
    given = Counter(stars for _job, _at, stars in window if stars is not None)
    return [StarCount(stars, given[stars]) for stars in range(MAX_STARS, MIN_STARS - 1, -1)]


def partner_profile(request: HttpRequest, reference: str) -> HttpResponse:
    """Stars of the last 50 jobs, counts, skills, and what clients have written, without who they are (C19)."""
    shown = Partner.objects.filter(status__in=SHOWN).select_related("standing", "city")
    partner = get_object_or_404(shown.prefetch_related("skills"), reference=reference)
    comments = (
        Rating.objects.with_public_comment()
        .by_clients()
        .filter(job__partner=partner)
        .select_related("job__order__service")
        .order_by("-published_at", "-id")
    )
    public = public_partner(partner)
    context = {
        "back_url": _back_url(request),
        "book_url": f"{reverse('book')}?{urlencode(_carried(request) | {'partner': partner.reference})}",
        "partner": partner,
        "public": public,
        "spread": _spread(public),
        "completed": Job.objects.of_partner(partner).completed().count(),
        "skills": sorted(partner.skills.all(), key=lambda skill: skill.name),
        "page": Paginator(comments, PER_PAGE).get_page(request.GET.get("page")),
        "bookable": partner.status == PartnerStatus.ACTIVE,
        "is_favourite": is_favourite(client=request.user, partner=partner),
    }
    return render(request, "pages/profile.html", context)
