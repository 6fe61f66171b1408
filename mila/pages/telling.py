"""For whoever lives where nobody helps yet: asking to be told, and being forgotten."""

from collections.abc import Mapping
from urllib.parse import urlencode

from allauth.core import ratelimit
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from mila.pages.addresses import FALLBACK
from orders.forms import TellMeForm
from partners.interest.services import (
    SomebodyComesAlready,
    UnknownToken,
    ask_to_be_told,
    forget_interest,
    interest_of,
)


def tell_me_url(query: Mapping[str, str]) -> str:
    """The form with what a search already knows."""
    known = {name: query[name] for name in ("service", "place") if query.get(name)}
    return f"{reverse('tell_me')}?{urlencode(known)}"


def tell_me_form(request: HttpRequest, **known: str) -> TellMeForm:
    """A form that is not sent yet, with what is known."""
    mine = {"email": request.user.email} if request.user.is_authenticated else {}
    return TellMeForm(initial=known | mine)


def tell_me(request: HttpRequest) -> HttpResponse:
    """The answer is the same whether the address has asked before or not."""
    if request.method == "GET":
        known = {name: request.GET.get(name, "") for name in ("service", "place")}
        return render(request, "pages/tell_me.html", {"form": tell_me_form(request, **known)})
    form = TellMeForm(request.POST)
    if not form.is_valid():
        return render(request, "pages/tell_me.html", {"form": form})
    address = form.cleaned_data["email"].lower()
    too_fast: HttpResponse | None = ratelimit.consume_or_429(request, action="ask_to_be_told", key=address)
    if too_fast is not None:
        return too_fast
    given = form.cleaned_data
    try:
        ask_to_be_told(
            email=given["email"],
            place=given["place"],
            skill=given["service"].skill,
            language=get_language() or FALLBACK,
            now=timezone.now(),
        )
    except SomebodyComesAlready as refusal:
        messages.info(request, str(refusal))
        known = {"service": given["service"].slug, "place": str(given["place"])}
        return redirect(f"{reverse('search')}?{urlencode(known)}")
    return redirect("tell_me_noted")


def noted(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/tell_me_noted.html")


def forget(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link erases nothing: programs that check mails for viruses open links, too."""
    try:
        interest_id = interest_of(token)
    except UnknownToken:
        raise Http404 from None
    if request.method == "POST":
        was_known = forget_interest(interest_id=interest_id)
        return render(request, "pages/forget.html", {"is_done": True, "was_known": was_known})
    return render(request, "pages/forget.html")
