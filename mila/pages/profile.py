"""A partner as everybody may see one."""

from urllib.parse import urlsplit

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from mila.pages.figures import public_partner
from orders.models import Job
from partners.favourites import is_favourite
from partners.models import Partner
from partners.policy import PartnerStatus
from ratings.models import Rating

PER_PAGE = 10
SHOWN = (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)


def _back_url(request: HttpRequest) -> str:
    """Where one comes from on this site, else the search; turning pages here is not coming from anywhere."""
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return came_from if ours and urlsplit(came_from).path != request.path else reverse("search")


def partner_profile(request: HttpRequest, reference: str) -> HttpResponse:
    """Stars of the last 50 jobs, counts, skills, and what clients have written."""
    shown = Partner.objects.filter(status__in=SHOWN).select_related("standing", "city")
    partner = get_object_or_404(shown.prefetch_related("skills"), reference=reference)
    comments = (
        Rating.objects.with_public_comment()
        .by_clients()
        .filter(job__partner=partner)
        .select_related("job__order__service", "author")
        .order_by("-published_at", "-id")
    )
    context = {
        "back_url": _back_url(request),
        "partner": partner,
        "public": public_partner(partner),
        "completed": Job.objects.of_partner(partner).completed().count(),
        "skills": sorted(partner.skills.all(), key=lambda skill: skill.name),
        "page": Paginator(comments, PER_PAGE).get_page(request.GET.get("page")),
        "bookable": partner.status == PartnerStatus.ACTIVE,
        "is_favourite": is_favourite(client=request.user, partner=partner),
    }
    return render(request, "pages/profile.html", context)
