"""What the pages of a booking share: where one may be, what is in the way, and what they all show."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mila.accounts.models import User
from mila.pages.figures import PublicPartner, public_partner
from mila.pages.unfinished import claim_for, client_of, draft_of
from mila.pages.wish import Wish
from orders.booking.forms import OBSTACLES
from orders.booking.policy import LEADS_TO, SOON, Obstacle, Progress, Step, may_open, next_step
from orders.models import BookingDraft, Order, Service
from orders.services import arrivals, drafts, first_arrival
from orders.slots import PartOfDay, is_urgent, soonest_arrival, time_of
from partners.models import City, Place

# Later the addresses of its steps stand for a new booking.
DONE_SHOWN_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reached:
    """A draft that has come far enough for the page that is asked for."""

    draft: BookingDraft
    client: User | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Placed(Reached):
    """One that says what is to be done and where, in a city in which we work."""

    service: Service
    place: Place
    city: City


def progress_of(draft: BookingDraft | None, client: User | None) -> Progress:
    if draft is None:
        return Progress()
    return draft.progress(name_is_known=client is not None and bool(client.first_name))


def reached_at(request: HttpRequest, step: Step) -> Reached | HttpResponse:
    """The draft at this step, or the way to what is missing before it."""
    claim_for(request)
    client, draft = client_of(request), draft_of(request)
    if draft is None and (done := done_page(request)) is not None:
        return done
    if draft is None or not may_open(step, progress_of(draft, client)):
        return redirect(step_url(next_step(progress_of(draft, client))))
    return Reached(draft, client, timezone.now())


def done_page(request: HttpRequest) -> HttpResponse | None:
    """For whoever goes back to a booking that has become an order; None where nothing was booked just now."""
    client, now = client_of(request), timezone.now()
    if client is None:
        return None
    lately = Order.objects.for_client(client).filter(booked_at__gt=now - DONE_SHOWN_FOR)
    order = lately.select_related("service", "city").newest_first().first()
    if order is None:
        return None
    if request.method == "POST":
        messages.warning(request, str(drafts.DraftGone.message))
        return redirect("order_detail", reference=order.reference)
    return render(request, "pages/book_done.html", {"order": order, "now": now})


def placed_at(request: HttpRequest, step: Step) -> Placed | HttpResponse:
    """The same for the steps after the address; or the way to what is no longer offered."""
    reached = reached_at(request, step)
    if isinstance(reached, HttpResponse):
        return reached
    draft, service, place = reached.draft, reached.draft.service, reached.draft.place
    if service is None or not service.is_active:
        return led_to(request, draft, Obstacle.SERVICE_GONE)
    if place is None or place.city is None or not place.city.is_open:
        return led_to(request, draft, Obstacle.PLACE_UNSERVED)
    return Placed(draft, reached.client, reached.now, service, place, place.city)


def led_to(request: HttpRequest, draft: BookingDraft, obstacle: Obstacle) -> HttpResponse:
    """To the step where another choice is made, with a word why."""
    name = draft.partner.first_name if draft.partner is not None else ""
    messages.warning(request, str(OBSTACLES[obstacle]) % {"name": name})
    return redirect(step_url(LEADS_TO[obstacle]))


def after(request: HttpRequest, draft: BookingDraft) -> HttpResponse:
    """On to the first thing that is missing."""
    return redirect(step_url(next_step(progress_of(draft, client_of(request)))))


def step_url(step: Step) -> str:
    return reverse(f"book_{step.value}")


def bar(current: Step, draft: BookingDraft | None, client: User | None) -> dict[str, Any]:
    """Where one stands, with links to all that may be opened; the summary comes after the four."""
    titles = {
        Step.SERVICE: _("What"),
        Step.ADDRESS: _("Where"),
        Step.TIME: _("When"),
        Step.PARTNER: _("Who"),
    }
    progress, in_order = progress_of(draft, client), list(Step)
    number = in_order.index(current)
    shown = [
        {
            "title": title,
            "url": step_url(step) if step is not current and may_open(step, progress) else "",
            "state": "current" if step is current else "done" if in_order.index(step) < number else "",
        }
        for step, title in titles.items()
    ]
    back = step_url(in_order[number - 1]) if number else ""
    return {"steps": shown, "number": number + 1, "back_url": back, "draft": draft}


def partner_of(draft: BookingDraft, near: Place | None = None) -> PublicPartner | None:
    return None if draft.partner is None else public_partner(draft.partner, near=near)


def soonest_wish(placed: Placed) -> Wish:
    """For the week of free times, in which the chosen time plays no part."""
    soonest = soonest_arrival(placed.now, ZoneInfo(placed.city.time_zone))
    return _wish(placed, soonest, soonest, None)


def wish_or_obstacle(placed: Placed) -> Wish | Obstacle:
    """For the choice of a partner: with the time that was chosen; as soon as possible is when anybody is free first."""
    if placed.draft.time == SOON:
        own_id = None if placed.client is None else placed.client.pk
        first = first_arrival(soonest_wish(placed).wanted, now=placed.now, exclude_user_id=own_id)
        return Obstacle.NOBODY_SOON if first is None else wish_at(placed, (first, first))
    arrival = arrivals.arrival_of(placed.draft, placed.city, placed.now)
    return Obstacle.TIME_OVER if arrival is None else wish_at(placed, arrival)


def wish_at(placed: Placed, arrival: arrivals.Arrival) -> Wish:
    """With an arrival that was found for the draft."""
    at = None if placed.draft.time == SOON else time_of(placed.draft.time)
    return _wish(placed, *arrival, at if isinstance(at, PartOfDay) else None)


def _wish(placed: Placed, arrives_from: datetime, arrives_until: datetime, part: PartOfDay | None) -> Wish:
    return Wish(
        service=placed.service,
        place=placed.place,
        city=placed.city,
        arrives_from=arrives_from,
        arrives_until=arrives_until,
        part=part,
        is_urgent=is_urgent(arrives_until, placed.now),
    )
