"""The page that gives back what somebody had typed when their session or their form had become too old."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mila.access import ACCESS, Who
from mila.unsent import find, forget, is_from_our_page, is_kept, keep, last_person, waits


def unsent(request: HttpRequest) -> HttpResponse:
    """Offer to send it again; POST discards it and returns to the page of the form."""
    kept = find(request.session, request.user, timezone.now())
    if kept is None:
        if waits(request.session):
            return redirect_to_login(reverse("unsent"))
        return redirect("start" if request.user.is_authenticated else "home")
    if request.method == "POST":
        forget(request.session)
        messages.info(request, _("Discarded. Nothing was sent."))
        return redirect(kept.back or "home")
    return render(request, "pages/unsent.html", {"kept": kept, "words": kept.words()})


def csrf_failure(request: HttpRequest, **_reason: str) -> HttpResponse:
    """The token of a form is not the browser's, as after a log-in in another tab.

    A form of ours is kept, to be sent again with a fresh token. What a foreign page sent is refused and forgotten.
    """
    keeps = (
        is_kept(request) and is_from_our_page(request) and keep(request, timezone.now(), _owner_of(request))
    )
    return render(request, "403_csrf.html", {"keeps": keeps}, status=403)


def _owner_of(request: HttpRequest) -> int | None:
    """Whose form this is. Nobody's in particular if the address is everybody's and nobody has logged in."""
    if request.user.is_authenticated:
        return request.user.pk
    match = request.resolver_match
    access = ACCESS.get(match.view_name) if match else None
    return None if access and access.who is Who.PUBLIC else last_person(request)
