"""The ratings somebody has received and given, as partner and as client: filtered by stars, page by page.

What the other side has written appears once it is published; before that nothing shows that it exists (C9).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from mila.accounts.requests import SignedIn
from ratings.models import Rating, RatingFlag, RatingQuerySet, Side
from ratings.policy import MAX_STARS, MIN_STARS

PER_PAGE = 10
# What a page of a list is named by, and that somebody comes from one.
FROM_LIST, PLACE = "list", ("stars", "page")

Tab = Literal["received", "given"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One rating as its reader sees it. `other` is who is on the other side, `report` the reader's latest."""

    rating: Rating
    other: str
    visit_url: str
    report: RatingFlag | None
    may_reply: bool
    may_report: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """How many ratings have so many stars; `width` is a share of the most frequent, as an SVG attribute."""

    stars: int
    number: int
    width: str


def partner_ratings(request: SignedIn) -> HttpResponse:
    """What clients have said of this partner."""
    about_me = Rating.objects.published().by_clients().filter(job__partner=request.user.partner)
    return _page(request, about_me, role=Side.PARTNER, tab="received")


def partner_ratings_given(request: SignedIn) -> HttpResponse:
    """What this partner has said of clients."""
    mine = Rating.objects.by_partners().filter(job__partner=request.user.partner)
    return _page(request, mine, role=Side.PARTNER, tab="given")


def ratings_received(request: SignedIn) -> HttpResponse:
    """What partners have said of this client."""
    about_me = Rating.objects.published().by_partners().filter(job__order__client=request.user)
    return _page(request, about_me, role=Side.CLIENT, tab="received")


def ratings_given(request: SignedIn) -> HttpResponse:
    """What this client has said of partners."""
    mine = Rating.objects.by_clients().filter(job__order__client=request.user)
    return _page(request, mine, role=Side.CLIENT, tab="given")


def way_to_list(query: QueryDict) -> str:
    """What an address carries on, so that `back_to_list` finds the page and the filter one came from."""
    return urlencode({"from": FROM_LIST, **_place(query)})


def back_to_list(rating: Rating, query: QueryDict) -> str:
    """The rating in its reader's list of those received, where `way_to_list` was written."""
    address = reverse("partner_ratings" if rating.side == Side.CLIENT else "ratings_received")
    place = urlencode(_place(query))
    return f"{address}{'?' if place else ''}{place}#rating-{rating.pk}"


def _place(query: QueryDict) -> dict[str, str]:
    named = {name: query.get(name, "") for name in PLACE}
    return {name: value for name, value in named.items() if value.isdecimal()}


def _page(request: SignedIn, ratings: RatingQuerySet, *, role: Side, tab: Tab) -> HttpResponse:
    bars = _bars(ratings)
    chosen = _chosen_stars(request)
    shown = ratings if chosen is None else ratings.filter(stars=chosen)
    latest_first = shown.order_by("-published_at" if tab == "received" else "-submitted_at", "-pk")
    reports = RatingFlag.objects.filter(flagged_by=request.user).order_by("-flagged_at", "-pk")
    rows = latest_first.select_related(
        "job__order__service", "job__order__city", "job__order__client", "job__partner", "hiding_flag"
    ).prefetch_related(Prefetch("flags", queryset=reports, to_attr="own_reports"))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": tab,
        "is_partner": role is Side.PARTNER,
        "total": sum(bar.number for bar in bars),
        "bars": bars,
        "chosen": chosen,
        "page": page,
        "entries": [_entry(rating, role, tab) for rating in page],
        "way_here": way_to_list(request.GET),
    }
    return render(request, "ratings/list.html", context)


def _entry(rating: Rating, role: Side, tab: Tab) -> Entry:
    job, order = rating.job, rating.job.order
    if role is Side.PARTNER:
        other = (order.client.first_name if order else "") or _("your client")
        visit_url = reverse("job_detail", args=[job.pk])
    else:
        other = job.partner.first_name or job.partner.reference
        visit_url = reverse("order_detail", args=[order.reference]) if order else ""
    reports: Iterable[RatingFlag] = getattr(rating, "own_reports", ())
    latest = next(iter(reports), None)
    has_open_report = latest is not None and latest.decided_at is None
    return Entry(
        rating=rating,
        other=other,
        visit_url=visit_url,
        report=latest,
        may_reply=tab == "received" and rating.replied_at is None and rating.ruled_out_at is None,
        may_report=tab == "received" and bool(rating.shown_comment) and not has_open_report,
    )


def _bars(ratings: RatingQuerySet) -> list[Bar]:
    """Five stars first."""
    counted = dict(ratings.order_by().values_list("stars").annotate(Count("pk")))
    most = max(counted.values(), default=0)
    return [
        Bar(
            stars,
            counted.get(stars, 0),
            f"{100 * counted.get(stars, 0) / most:.2f}%" if most else "0%",
        )
        for stars in range(MAX_STARS, MIN_STARS - 1, -1)
    ]


def _chosen_stars(request: SignedIn) -> int | None:
    """What is no number of stars is no filter."""
    named = request.GET.get("stars", "")
    return int(named) if named in {str(stars) for stars in range(MIN_STARS, MAX_STARS + 1)} else None
