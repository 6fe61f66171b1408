"""Booking in four steps and a summary. Whoever has no account signs up at the end and loses nothing.

A page keeps what was chosen in the draft and leads on to what is missing; nothing of it is in the address.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from mila.accounts.models import User
from mila.lib.answers import RefusalsTold
from mila.pages.cards import Card, cards_of
from mila.pages.profile import SHOWN
from mila.pages.steps import (
    Placed,
    after,
    bar,
    done_page,
    led_to,
    partner_of,
    placed_at,
    progress_of,
    reached_at,
    soonest_wish,
    step_url,
    wish_at,
    wish_or_obstacle,
)
from mila.pages.unfinished import claim_for, client_of, draft_of, owner_of, writer_of
from mila.pages.week import Stand, picker_of
from mila.pages.wish import Wish, is_done_nearby
from orders import services
from orders.booking.forms import (
    ON_A_DAY,
    AddressForm,
    DescriptionForm,
    EntryForm,
    SlotForm,
)
from orders.booking.policy import SOON, Obstacle, Step, next_step
from orders.models import BookingDraft, Order, Service
from orders.services import Match, drafts
from partners.models import City, Partner
from partners.policy import PartnerStatus, may_take_jobs

PER_PAGE = 12
# Digits of an id: no number of the database is longer.
LONGEST_ID = 19
# Nobody turns over more pages than these fill.
MOST_SHOWN = 60


@never_cache
def book(request: HttpRequest) -> HttpResponse:
    """The way in from a search, a profile or an order that came to nothing; without any, on with what was begun."""
    claim_for(request)
    if not request.GET:
        return redirect(step_url(next_step(progress_of(draft_of(request), client_of(request)))))
    form = EntryForm(request.GET)
    client = client_of(request)
    if form.known("again") and client is None:
        return redirect_to_login(request.get_full_path())
    entry = _entry(request, form, client)
    with RefusalsTold(request):
        return after(request, drafts.begin(writer_of(request), entry, now=timezone.now()))
    return redirect("book_service")


def _entry(request: HttpRequest, form: EntryForm, client: User | None) -> drafts.Entry:
    partner = None
    if reference := form.known("partner"):
        partner = get_object_or_404(Partner, status__in=SHOWN, reference=reference)
        if not may_take_jobs(PartnerStatus(partner.status)):
            said = _("%(name)s takes no bookings at the moment.") % {"name": partner.first_name}
            messages.warning(request, said)
            partner = None
    earlier = _earlier(form, client)
    time = form.known("time") or ""
    # A time is one of a day; only as soon as possible has none.
    day = None if time == SOON else form.known("date")
    return drafts.Entry(
        service=form.known("service"),
        place=form.known("place"),
        day=day,
        time=time if day or time == SOON else "",
        partner=partner,
        asks_anybody=partner is None and bool(form.known("anybody")),
        street="" if earlier is None else earlier.street,
        details=None if earlier is None else earlier.details,
    )


def _earlier(form: EntryForm, client: User | None) -> Order | None:
    """An order of theirs, whose address and words are used again."""
    again = form.known("again")
    if not again or client is None:
        return None
    return Order.objects.for_client(client).filter(reference=again).first()


def discard(request: HttpRequest) -> HttpResponse:
    """One tap. Of two drafts the other one stays, and is gone on with."""
    owner, now = owner_of(request), timezone.now()
    with RefusalsTold(request):
        drafts.drop(owner, draft_id=_named(request), now=now)
        messages.info(request, _("The unfinished booking is deleted."))
    claim_for(request)
    return redirect("home" if draft_of(request) is None else "book")


def choose(request: HttpRequest) -> HttpResponse:
    """Of two drafts, on with the one that is named; the other one waits."""
    if (draft_id := _named(request)) is not None:
        with RefusalsTold(request):
            drafts.choose(owner_of(request), draft_id=draft_id, now=timezone.now())
    return redirect("book")


def _named(request: HttpRequest) -> int | None:
    named = request.POST.get("draft", "")
    return int(named) if named.isascii() and named.isdigit() and len(named) < LONGEST_ID else None


# --- 1. What -------------------------------------------------------------------------------------------------


@never_cache
def book_service(request: HttpRequest) -> HttpResponse:
    claim_for(request)
    draft, client, now = draft_of(request), client_of(request), timezone.now()
    goes_back = draft is None and request.method == "GET" and "new" not in request.GET
    if goes_back and (done := done_page(request)) is not None:
        return done
    form = DescriptionForm(request.POST or None, initial=_described(draft), today=timezone.localdate(now))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with RefusalsTold(request):
            kept = drafts.describe(
                writer_of(request),
                service=given["service"],
                details=given["details"],
                day=given["day"],
                now=now,
            )
            return after(request, kept)
    partner = None if draft is None else partner_of(draft)
    active = Service.objects.filter(is_active=True).select_related("skill").order_by("position")
    offered = [each for each in active if partner is None or each.skill_id in partner.partner.skill_ids]
    context = {
        "form": form,
        "partner": partner,
        "services": offered,
        "chosen": next((each for each in offered if each.slug == form["service"].value()), None),
    }
    return render(request, "pages/book_service.html", context | bar(Step.SERVICE, draft, client))


def _described(draft: BookingDraft | None) -> dict[str, Any]:
    if draft is None:
        return {"when": SOON}
    return {
        "service": None if draft.service is None else draft.service.slug,
        "details": draft.details,
        "when": SOON if draft.day is None else ON_A_DAY,
        "day": draft.day,
    }


# --- 2. Where ------------------------------------------------------------------------------------------------


@never_cache
def book_address(request: HttpRequest) -> HttpResponse:
    reached = reached_at(request, Step.ADDRESS)
    if isinstance(reached, HttpResponse):
        return reached
    draft, client = reached.draft, reached.client
    form = AddressForm(request.POST or None, client=client, initial=_addressed(draft, client))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with RefusalsTold(request):
            kept = drafts.give_address(
                writer_of(request),
                place=given["place"],
                street=given["street"],
                first_name=given.get("first_name", ""),
                phone=given.get("phone", ""),
                now=reached.now,
            )
            return after(request, kept)
    context = {"form": form, "partner": partner_of(draft), "cities": City.objects.filter(is_open=True)}
    return render(request, "pages/book_address.html", context | bar(Step.ADDRESS, draft, client))


def _addressed(draft: BookingDraft, client: User | None) -> dict[str, Any]:
    """What was given, else where somebody came to last time."""
    given = {"first_name": draft.first_name, "phone": draft.phone}
    if draft.street or client is None:
        return given | {"street": draft.street, "place": draft.place}
    last = Order.objects.for_client(client).newest_first().first()
    if last is None or (draft.place is not None and draft.place.postcode != last.postcode):
        return given | {"place": draft.place}
    return given | {"street": last.street, "place": f"{last.postcode} {last.town}"}


# --- 3. When -------------------------------------------------------------------------------------------------


@never_cache
def book_time(request: HttpRequest) -> HttpResponse:
    placed = placed_at(request, Step.TIME)
    if isinstance(placed, HttpResponse):
        return placed
    if request.method == "POST":
        return _keep_time(request, placed)
    wish, draft = soonest_wish(placed), placed.draft
    chosen = draft.time if draft.day is None else f"{draft.day:%Y-%m-%d} {draft.time}"
    stand = Stand(address=reverse("book_time"), wished=draft.day, chosen=chosen)
    own_id = None if placed.client is None else placed.client.pk
    able = services.able_partners(wish.wanted)
    is_possible = (able.filter(pk=draft.partner.pk) if draft.partner else able).exists()
    context = {
        "wish": wish,
        "now": placed.now,
        "picker": picker_of(request, wish, stand, now=placed.now, only=draft.partner, own_id=own_id),
        "partner": partner_of(draft, near=placed.place),
        "anybody_in_city": not is_possible and is_done_nearby(wish),
        "is_possible": is_possible,
    }
    return render(request, "pages/book_time.html", context | bar(Step.TIME, draft, placed.client))


def _keep_time(request: HttpRequest, placed: Placed) -> HttpResponse:
    if "release" in request.POST:
        with RefusalsTold(request):
            drafts.release_partner(writer_of(request), now=placed.now)
        return redirect("book_time")
    form = SlotForm(request.POST, city=placed.city, now=placed.now)
    if not form.is_valid():
        return led_to(request, placed.draft, Obstacle.TIME_OVER)
    day, time = form.cleaned_data["slot"]
    with RefusalsTold(request):
        return after(request, drafts.choose_time(writer_of(request), day=day, time=time, now=placed.now))
    return redirect("book_time")


# --- 4. Who --------------------------------------------------------------------------------------------------


@never_cache
def book_partner(request: HttpRequest) -> HttpResponse:
    placed = placed_at(request, Step.PARTNER)
    if isinstance(placed, HttpResponse):
        return placed
    if request.method == "POST":
        return _keep_partner(request, placed)
    draft = placed.draft
    wish = wish_or_obstacle(placed)
    if isinstance(wish, Obstacle):
        return led_to(request, draft, wish)
    own_id = None if placed.client is None else placed.client.pk
    free = services.candidates(wish.wanted, limit=MOST_SHOWN, now=placed.now, exclude_user_id=own_id)
    if not free:
        return led_to(request, draft, Obstacle.NOBODY_FREE)
    page = Paginator(free, PER_PAGE).get_page(request.GET.get("page"))
    chosen_is_free = any(match.partner_id == draft.partner_id for match in free)
    context = {
        "wish": wish,
        "now": placed.now,
        "page": page,
        "cards": _cards(list(page.object_list), wish, draft, placed.now),
        "count": len(free),
        "is_soon": draft.time == SOON,
        "not_free": None if chosen_is_free else partner_of(draft),
        "theirs": None if chosen_is_free else _their_soonest(placed, wish),
    }
    return render(request, "pages/book_partner.html", context | bar(Step.PARTNER, draft, placed.client))


def _their_soonest(placed: Placed, wish: Wish) -> Wish | None:
    """As soon as possible, with the partner who is chosen and not free as soon as others are."""
    if placed.draft.time != SOON or placed.draft.partner is None:
        return None
    first = services.first_arrival(wish.wanted, now=placed.now, only=placed.draft.partner)
    return None if first is None else wish_at(placed, (first, first))


def _cards(matches: Sequence[Match], wish: Wish, draft: BookingDraft, now: datetime) -> list[Card]:
    """With the one that is chosen already."""
    return [
        replace(card, is_chosen=card.public.partner.pk == draft.partner_id)
        for card in cards_of(wish, matches, now)
    ]


def _keep_partner(request: HttpRequest, placed: Placed) -> HttpResponse:
    # Without the character that no text of the database can hold.
    reference = request.POST.get("partner", "").replace("\x00", "")
    active = Partner.objects.filter(status=PartnerStatus.ACTIVE)
    partner = get_object_or_404(active, reference=reference) if reference else None
    with RefusalsTold(request):
        return after(request, drafts.choose_partner(writer_of(request), partner=partner, now=placed.now))
    return redirect("book_partner")
