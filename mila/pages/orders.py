"""A client's order: where it stands, who comes, and the ratings of both sides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mila.accounts.requests import SignedIn
from mila.live.addresses import order_stream
from mila.pages.figures import public_partner
from mila.pages.kept import kept
from mila.pages.talk import Thread, agreed_before, bill_of, new_message_form, open_proposal_of, thread_of
from mila.pages.timeline import order_timeline
from mila.pages.unfinished import claim_for
from mila.pages.versions import OrderVersion, order_version
from mila.pages.week import Picker, Stand, picker_of
from mila.pages.wish import wish_like
from orders.clients.policy import may_book_again
from orders.models import Job, Offer, Order
from orders.policy import JobState, OfferStatus, OrderStatus, Outcome
from orders.visits.forms import MessageForm
from orders.visits.policy import ExtraStatus
from partners.favourites import favourite_ids
from partners.models import Place
from ratings.exchange import exchange_of
from ratings.models import Side

POLLED = (OrderStatus.SEARCHING, OrderStatus.CONFIRMED, OrderStatus.IN_PROGRESS)
TRIED_AGAIN = (OrderStatus.EXPIRED, OrderStatus.FAILED)
CANCELLABLE = (OrderStatus.SEARCHING, OrderStatus.CONFIRMED)


def start(request: SignedIn) -> HttpResponse:
    """Where one lands after logging in: on with what one was booking, else where the day begins."""
    if claim_for(request):
        return redirect("book")
    if request.user.is_partner:
        return redirect("partner_dashboard")
    if request.user.is_staff:
        return redirect("admin:index")
    return redirect("order_list" if Order.objects.for_client(request.user).exists() else "home")


def order_detail(request: SignedIn, reference: str) -> HttpResponse:
    return order_page(request, reference)


def order_page(request: SignedIn, reference: str, *, message_form: MessageForm | None = None) -> HttpResponse:
    """The page, with the message that was not accepted as it was typed.

    Its two parts are made anew when something has changed; the forms of the threads each time.
    """
    now = timezone.now()
    version = _version_or_404(request, reference)

    def build() -> _Parts:
        return _parts(request, reference, now, version)

    # What is asked in the address (another day to choose from) is not worth keeping.
    parts = build() if request.GET else kept(request, "order", version.whole, now, build)
    threads = [
        replace(thread, form=(message_form or new_message_form()) if thread.is_open else None)
        for thread in parts.threads
    ]
    context = {
        "reference": reference,
        "state": parts.state,
        "threads": threads,
        "is_polled": parts.is_polled,
        "is_live": parts.is_live,
        "is_chosen_from": parts.is_chosen_from,
        "stream": order_stream(request, reference),
    }
    return render(request, "pages/order.html", context)


def order_state(request: SignedIn, reference: str) -> HttpResponse:
    """The part of the page that changes by itself, asked for every few seconds. 204 while it is as `seen`.

    The threads stand outside it, for somebody may be typing there; they come along only when one opens or closes.
    """
    version = _version_or_404(request, reference)
    now = timezone.now()
    if request.GET.get("seen") == _seen(version, now):
        return HttpResponse(status=204)
    context = _order_context(request, reference, now, version)
    context["threads_changed"] = request.GET.get("threads") != context["threads_seen"]
    return render(request, "pages/_order_state.html", context)


def _seen(version: OrderVersion, now: datetime) -> str:
    """Of another day, too: what was said of "tomorrow" is no longer true."""
    return f"{version.state}-{timezone.localdate(now):%j}"


def _version_or_404(request: SignedIn, reference: str) -> OrderVersion:
    version = order_version(reference=reference, client_id=request.user.pk)
    if version is None:
        raise Http404
    return version


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is kept of the page: the state as HTML, and the threads with their messages as HTML."""

    state: str
    threads: list[Thread]
    is_polled: bool
    # It listens: the order, or the ratings, may still change.
    is_live: bool
    # Times are offered on it.
    is_chosen_from: bool


def _parts(request: SignedIn, reference: str, now: datetime, version: OrderVersion) -> _Parts:
    context = _order_context(request, reference, now, version)
    with timezone.override(context["order"].city.time_zone):
        threads = [
            replace(
                thread,
                lines=[],
                said=render_to_string("pages/_messages.html", {"thread": thread, "now": now}, request),
            )
            for thread in context["threads"]
        ]
    state = render_to_string("pages/_order_state.html", context, request)
    exchange = context["exchange"]
    return _Parts(
        state=state,
        threads=threads,
        is_polled=context["is_polled"],
        is_live=context["is_polled"] or (exchange is not None and exchange.is_live),
        is_chosen_from=context["picker"] is not None,
    )


def _order_context(request: SignedIn, reference: str, now: datetime, version: OrderVersion) -> dict[str, Any]:
    mine = Order.objects.for_client(request.user).select_related("service", "city")
    order = get_object_or_404(mine, reference=reference)
    jobs = _jobs_of(order)
    job = next((j for j in reversed(jobs) if j.outcome in (None, Outcome.COMPLETED)), None)
    status = OrderStatus(order.status)
    offers = list(order.offers.select_related("partner"))
    chosen = _chosen_who_cannot(order, offers)
    waiting = sum(offer.status == OfferStatus.OPEN for offer in offers)
    completed = job is not None and status is OrderStatus.COMPLETED
    threads = [
        thread_of(each, request.user, other=_name(each))
        for each in reversed(jobs)
        if each is job or each.messages.all()
    ]
    return {
        "order": order,
        "now": now,
        "status": status.value,
        "title": _title(status, job),
        "steps": order_timeline(order, jobs, list(order.transitions.all()), chosen),
        "job": job,
        "partner": None if job is None else public_partner(job.partner),
        "asked_name": _only_asked(order, offers),
        "chosen_name": "" if chosen is None else str(chosen.partner),
        "asked": len({offer.partner_id for offer in offers} - ({chosen.partner_id} if chosen else set())),
        "waiting": waiting,
        "coming": job if job is not None and job.state is JobState.ACCEPTED else None,
        "proposal": open_proposal_of(job) if job else None,
        "extras": [] if job is None else [x for x in job.extras.all() if x.status != ExtraStatus.WITHDRAWN],
        "extras_before": agreed_before(jobs, job) if status in POLLED else [],
        "bill": bill_of(order, job.extras.all() if job else ()),
        "threads": threads,
        "threads_seen": "-".join(f"{thread.job_pk}.{thread.is_open:d}" for thread in threads),
        "seen": _seen(version, now),
        "picker": _other_times(request, order, now) if status in TRIED_AGAIN else None,
        "is_polled": status in POLLED,
        "is_searching": status is OrderStatus.SEARCHING,
        "may_cancel": status in CANCELLABLE,
        "may_book_again": may_book_again(status),
        "again_name": _name(job) if job and completed else "",
        # Only after a visit: before, there is nothing to like.
        "favourites": favourite_ids(request.user, [job.partner_id]) if job and completed else None,
        "back_to_order": reverse("order_detail", args=[order.reference]),
        "exchange": exchange_of(job=job, side=Side.CLIENT, now=now) if job and completed else None,
    }


def _jobs_of(order: Order) -> list[Job]:
    """Oldest first, with all that was said and settled."""
    said_and_settled = ("ratings", "messages", "extras", "moves", "proposals__options")
    jobs = order.jobs.select_related("partner__standing").prefetch_related(*said_and_settled)
    return list(jobs.order_by("accepted_at", "id"))


def _other_times(request: SignedIn, order: Order, now: datetime) -> Picker | None:
    """When somebody could come instead; nothing where the place is no longer known."""
    place = Place.objects.filter(postcode=order.postcode, name=order.town, city=order.city_id).first()
    if place is None or not (order.service.is_active and order.city.is_open):
        return None
    wish = wish_like(order, place, now)
    stand = Stand(
        address=reverse("order_detail", args=[order.reference]),
        lead=lambda day, text: wish.book_url(day, text, again=order.reference),
    )
    return picker_of(request, wish, stand, now=now, own_id=request.user.pk)


def _chosen_who_cannot(order: Order, offers: Sequence[Offer]) -> Offer | None:
    """The offer to the person whom the client had chosen, once others are looked for instead: no reason is told (C1).

    An offer that was withdrawn because the whole order ended says nothing about the person.
    """
    theirs = [offer for offer in offers if offer.partner_id == order.requested_partner_id]
    if not theirs:
        # When the search began they could no longer come, and no offer was made: this stands for it.
        asked_others = order.requested_partner is not None and order.wave > 0
        return Offer(order=order, partner=order.requested_partner) if asked_others else None
    latest = max(theirs, key=lambda offer: offer.pk)
    passed_over = latest.status == OfferStatus.WITHDRAWN and len(offers) > len(theirs)
    return latest if passed_over or latest.status in (OfferStatus.DECLINED, OfferStatus.LAPSED) else None


def _only_asked(order: Order, offers: Sequence[Offer]) -> str:
    """The name of the person whom the client has chosen, as long as nobody else has been asked."""
    if len(offers) != 1 or offers[0].partner_id != order.requested_partner_id:
        return ""
    return str(offers[0].partner) if offers[0].status == OfferStatus.OPEN else ""


def _title(status: OrderStatus, job: Job | None) -> str:
    """What is true now, as a sentence."""
    name = _name(job) if job else ""
    if job is not None and job.state is JobState.ACCEPTED and job.on_the_way_at is not None:
        return _("%(name)s is on the way to you") % {"name": name}
    return {
        OrderStatus.SEARCHING: _("We are asking around for you"),
        OrderStatus.CONFIRMED: _("%(name)s is coming to you") % {"name": name},
        OrderStatus.IN_PROGRESS: _("%(name)s is with you") % {"name": name},
        OrderStatus.COMPLETED: _("Done. We hope it works!"),
        OrderStatus.EXPIRED: _("Sorry, nobody was free"),
        OrderStatus.CANCELLED: _("This order is cancelled"),
        OrderStatus.FAILED: _("The visit did not take place"),
    }[status]


def _name(job: Job) -> str:
    return job.partner.first_name or job.partner.reference
