"""A partner as everybody may see one."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from compliance.models import Standing
from mila.accounts.models import LANGUAGES
from mila.pages.figures import PublicPartner, public_partner
from mila.pages.kept import kept_for_all
from mila.pages.versions import PartnerVersion, partner_version
from mila.pages.wish import Wish
from orders.booking.policy import SOON
from orders.models import Job
from partners.favourites import is_favourite
from partners.models import Partner
from partners.policy import PartnerStatus
from ratings.models import Rating
from ratings.policy import MAX_STARS, MIN_STARS
from ratings.standings import window_of_partner

PER_PAGE = 10
# Of a rating, its job, order and service the page reads no more.
NAMES = [f"job__order__service__name_{code}" for code, _language in LANGUAGES]
READ = ("published_at", "stars", "comment", "reply", "job__order__id", *NAMES)
SHOWN = (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)


# What a search knows, as it travels through a profile into the booking.
CARRIED = ("service", "place", "date", "time")


def profile_url(partner: Partner, wish: Wish) -> str:
    """For whoever looks at somebody in the middle of a search; as soon as possible it goes on without a time."""
    known = wish.query
    if wish.is_soon:
        del known["date"], known["time"]
    return f"{reverse('partner_profile', args=[partner.reference])}?{urlencode(known)}"


def book_url(request: HttpRequest, reference: str) -> str:
    """Into a booking of this partner, with what a search on the way here knows."""
    known = _carried(request)
    # A search that names no day is one for as soon as possible.
    if {"service", "place"} <= known.keys() and "date" not in known:
        known["time"] = SOON
    return f"{reverse('book')}?{urlencode(known | {'partner': reference})}"


def _times_url(request: HttpRequest, reference: str) -> str:
    address, carried = reverse("partner_times", args=[reference]), _carried(request)
    return f"{address}?{urlencode(carried)}" if carried else address


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


@dataclass(frozen=True, slots=True)
class _Profile:
    """What is kept of the page, the same for everybody; the last three as HTML."""

    pk: int
    user_id: int | None
    reference: str
    name: str
    is_bookable: bool
    facts: str
    spread: str
    comments: str

    def __str__(self) -> str:
        return self.name


def partner_profile(request: HttpRequest, reference: str) -> HttpResponse:
    """Stars of the last 50 jobs, counts, skills, and what clients have written, without who they are (C19)."""
    version = partner_version(reference=reference, statuses=SHOWN)
    if version is None:
        raise Http404
    page = _page_of(range(version.comments), request.GET.get("page"))
    profile = kept_for_all(
        f"profile-{page.number}", version.mark, timezone.now(), lambda: _build(version, page.number)
    )
    context = {
        "back_url": _back_url(request),
        "book_url": book_url(request, profile.reference),
        "times_url": _times_url(request, profile.reference),
        "profile": profile,
        "page": page,
        "is_favourite": is_favourite(client=request.user, partner_id=profile.pk),
    }
    return render(request, "pages/profile.html", context)


def _build(version: PartnerVersion, number: int) -> _Profile:
    """The parts of the page with the comments of that number."""
    found = Partner.objects.select_related("standing", "city").prefetch_related("skills")
    partner = found.get(pk=version.partner_id)
    public = public_partner(partner)
    of_partner = Job.objects.filter(partner=partner)
    said = Rating.objects.with_public_comment().by_clients().filter(job__partner=partner)
    shown = said.select_related("job__order__service").only(*READ).order_by("-published_at", "-id")
    facts = {
        "partner": partner,
        "public": public,
        "completed": of_partner.completed().count(),
        "skills": sorted(partner.skills.all(), key=lambda skill: skill.name),
    }
    page = _page_of(shown, number)
    return _Profile(
        pk=partner.pk,
        user_id=partner.user_id,
        reference=partner.reference,
        name=public.name,
        is_bookable=partner.status == PartnerStatus.ACTIVE,
        facts=render_to_string("pages/_profile_facts.html", facts),
        spread=render_to_string("pages/_profile_spread.html", {"public": public, "spread": _spread(public)}),
        comments=render_to_string("pages/_profile_comments.html", {"public": public, "page": page}),
    )


def _page_of(comments: QuerySet[Rating] | range, number: int | str | None) -> Page[Any]:
    return Paginator(comments, PER_PAGE).get_page(number)
