"""The last look at a booking: everything once more, and one press that makes the order."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from mila.lib.answers import words_of
from mila.lib.locks import Busy
from mila.lib.refusals import Refusal
from mila.pages.steps import bar, led_to, partner_of, placed_at, wish_at
from mila.pages.unfinished import claim_for, client_of, draft_of, owner_of
from orders.booking.forms import ConfirmationForm
from orders.booking.policy import SOON, Obstacle, Step
from orders.services import arrivals, drafts


@never_cache
def book_summary(request: HttpRequest) -> HttpResponse:
    """Everything once more, with the price; a press on the button makes the order."""
    if request.method == "POST":
        return _confirm(request)
    placed = placed_at(request, Step.SUMMARY)
    if isinstance(placed, HttpResponse):
        return placed
    draft, client = placed.draft, placed.client
    found = arrivals.find_arrival(draft, client=client, now=placed.now)
    if isinstance(found, Obstacle):
        return led_to(request, draft, found)
    context = {
        "wish": wish_at(placed, found),
        "is_soon": draft.time == SOON,
        "now": placed.now,
        "partner": partner_of(draft, near=placed.place),
        "client": client,
        "seen": draft.changed_at.isoformat(timespec="microseconds"),
        "next": reverse("book_summary"),
    }
    return render(request, "pages/book_summary.html", context | bar(Step.SUMMARY, draft, client))


def _confirm(request: HttpRequest) -> HttpResponse:
    """Book what was shown. Pressed twice, or again after going back, it leads to the one order."""
    claim_for(request)
    client = client_of(request)
    if client is None:
        return redirect_to_login(reverse("book_summary"))
    form = ConfirmationForm(request.POST)
    if not form.is_valid():
        return redirect("book_summary")
    try:
        token = owner_of(request).token
        order = drafts.book_draft(client=client, token=token, **form.cleaned_data, now=timezone.now())
    except drafts.ChoiceGone as gone:
        draft = draft_of(request)
        return redirect("book") if draft is None else led_to(request, draft, gone.obstacle)
    except (Refusal, Busy) as outcome:
        messages.warning(request, words_of(outcome))
        return redirect("book_summary")
    messages.success(request, _("Your order has arrived. We tell you as soon as somebody has accepted."))
    return redirect("order_detail", reference=order.reference)
