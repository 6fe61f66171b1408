"""Whom a client would like to have again: the list, and the heart that stands beside a partner."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from mila.accounts.requests import SignedIn
from mila.lib.answers import RefusalsTold
from mila.pages.figures import public_partner
from mila.pages.profile import SHOWN
from partners.favourites import drop_favourite, is_favourite, keep_favourite
from partners.models import Favourite, Partner
from partners.policy import PartnerStatus, may_take_jobs

PER_PAGE = 12


def favourite_list(request: SignedIn) -> HttpResponse:
    """The latest first. Who takes no orders stays on the list and is shown so, without a reason."""
    mine = Favourite.objects.of_client(request.user).order_by("-created_at", "-id")
    page = Paginator(mine.select_related("partner__standing"), PER_PAGE).get_page(request.GET.get("page"))
    cards = [_card(favourite.partner) for favourite in page]
    kept = {favourite.partner_id for favourite in page}
    return render(request, "pages/favourites.html", {"page": page, "cards": cards, "favourites": kept})


def _card(partner: Partner) -> dict[str, Any]:
    """What the card shows; a profile that is not public is not linked to."""
    works = may_take_jobs(PartnerStatus(partner.status))
    profile_url = reverse("partner_profile", args=[partner.reference]) if partner.status in SHOWN else ""
    return {
        "public": public_partner(partner),
        "profile_url": profile_url,
        "book_url": f"{reverse('book')}?{urlencode({'partner': partner.reference})}" if works else "",
        "times_url": reverse("partner_times", args=[partner.reference]) if works else "",
        "note": "" if works else _("Takes no orders at the moment."),
    }


def change_favourite(request: SignedIn, reference: str) -> HttpResponse:
    """Keep a partner or let go; the heart alone for whoever asks for a fragment, else back to where one was."""
    kept = request.POST.get("keep") == "yes"
    # Whoever has no public page can only be let go.
    known = Partner.objects.filter(status__in=SHOWN) if kept else Partner.objects.all()
    partner = get_object_or_404(known, reference=reference)
    with RefusalsTold(request):
        if kept:
            keep_favourite(client=request.user, partner=partner, now=timezone.now())
        else:
            drop_favourite(client=request.user, partner=partner)
        if not request.headers.get("HX-Request"):
            messages.success(request, _said(partner, kept=kept))
    back = _back_to(request)
    if not request.headers.get("HX-Request"):
        return redirect(back)
    context = {
        "partner": partner,
        "kept": is_favourite(client=request.user, partner_id=partner.pk),
        "back": back,
        "wide": "wide" in request.POST,
    }
    return render(request, "partners/_heart.html", context)


def _said(partner: Partner, *, kept: bool) -> str:
    words = (
        _("%(name)s is one of your favourites.") if kept else _("%(name)s is no longer a favourite of yours.")
    )
    return words % {"name": partner}


def _back_to(request: HttpRequest) -> str:
    """Only within this site."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse("favourite_list")
