"""One job of a partner: who, where, what, and the next step. The address is shown while the job is alive (C19)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance import services as compliance
from compliance.explain import CancellationEffect
from compliance.policy import Level
from mila.accounts.requests import SignedIn
from mila.lib.answers import RefusalsTold
from mila.lib.templatetags.mila import percent
from orders import services as orders
from orders.forms import ReasonForm
from orders.models import HandOver, Job, JobTransition, Order
from orders.policy import (
    CHECK_IN_OPENS_BEFORE_SLOT,
    HandOverStatus,
    JobState,
    check_in_is_open,
    hand_over_is_in_time,
)
from ratings.exchange import Exchange, exchange_of
from ratings.models import Side

Action = Literal["wait", "check_in", "check_out", "none"]


@dataclass(frozen=True, slots=True)
class Visit:
    """A job with what its partner can do next. `check_in_from` is said while it is too early."""

    job: Job
    order: Order
    state: JobState
    action: Action
    check_in_from: datetime
    is_alive: bool
    may_give_back: bool


def visit_of(job: Job, now: datetime) -> Visit:
    """`job` comes with its order, service, city and client selected."""
    if job.order is None:
        raise ValueError("an imported job has no visit to show")
    state = job.state
    start = job.order.starts_at
    return Visit(
        job=job,
        order=job.order,
        state=state,
        action=_action(state, start, now),
        check_in_from=start - CHECK_IN_OPENS_BEFORE_SLOT,
        is_alive=job.outcome is None,
        may_give_back=state is JobState.ACCEPTED,
    )


def ruling_on(job: Job) -> JobTransition | None:
    """What staff decided about the job last, an excuse or a no-show, with the reason; None if nothing."""
    # Handing a job over is a partner's own step, no ruling.
    decided = job.transitions.filter(new__in=(JobState.EXCUSED, JobState.NO_SHOW))
    return decided.exclude(actor=job.partner.user_id).order_by("-at", "-pk").first()


def job_detail(request: SignedIn, job_id: int) -> HttpResponse:
    now = timezone.now()
    visit = visit_of(_own_visit(request, job_id), now)
    exchange: Exchange | None = None
    if visit.state is JobState.COMPLETED:
        exchange = exchange_of(job=visit.job, side=Side.PARTNER, now=now)
    context = {
        "visit": visit,
        "order": visit.order,
        "client_name": visit.order.client.first_name or _("your client"),
        "exchange": exchange,
        "hand_over": HandOver.objects.in_queue().filter(job=visit.job).first() if visit.is_alive else None,
        "ruling": None if visit.is_alive else ruling_on(visit.job),
        "now": now,
    }
    return render(request, "pages/job.html", context)


def job_help(request: SignedIn, job_id: int) -> HttpResponse:
    """What will happen, then the reason (C6)."""
    now = timezone.now()
    visit = visit_of(_own_visit(request, job_id), now)
    if not visit.is_alive:
        return redirect("job_detail", job_id=job_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with RefusalsTold(request):
            asked = orders.ask_for_help(
                job_id=job_id, partner=request.user.partner, reason=form.cleaned_data["reason"], now=now
            )
            messages.success(request, _what_help_does(asked))
        return redirect("job_detail", job_id=job_id)
    context = {
        "visit": visit,
        "order": visit.order,
        "now": now,
        "form": form,
        "can_hand_over": hand_over_is_in_time(slot_start=visit.order.starts_at, now=now),
    }
    return render(request, "pages/job_help.html", context)


def _what_help_does(asked: HandOver) -> str:
    if asked.job.outcome is not None:
        return _("Handed over. We look for somebody else; it does not count against you.")
    if asked.status == HandOverStatus.NOT_FOUND:
        return _("We have found nobody so far. Our team sees it and may call you.")
    return _("We have your message and look for help.")


def job_cancel(request: SignedIn, job_id: int) -> HttpResponse:
    """The effect first, the hand-over first, then the reason (C16)."""
    now = timezone.now()
    partner = request.user.partner
    visit = visit_of(_own_visit(request, job_id), now)
    if not visit.may_give_back:
        return redirect("job_detail", job_id=job_id)
    form = ReasonForm(request.POST or None, auto_id="cancel_%s")
    if request.method == "POST" and form.is_valid():
        with RefusalsTold(request):
            reason = form.cleaned_data["reason"]
            orders.cancel_job(job_id=job_id, partner=partner, reason=reason, now=now)
            messages.info(request, _("The job is cancelled. We look for somebody else for your client."))
            return redirect("partner_dashboard")
        return redirect("job_cancel", job_id=job_id)
    effect = compliance.cancelling_would(partner, now)
    context = {
        "visit": visit,
        "order": visit.order,
        "now": now,
        "form": form,
        "hand_over_form": ReasonForm(auto_id="hand_over_%s"),
        "can_hand_over": hand_over_is_in_time(slot_start=visit.order.starts_at, now=now),
        "effect": effect,
        "effect_text": effect_sentence(effect, partner.city.name),
        "effect_harms": effect.level_after is Level.BREACH,
    }
    return render(request, "pages/job_cancel.html", context)


def effect_sentence(effect: CancellationEffect, city: str) -> str:
    """ "Your rate would go from 2 % to 4 %; the limit in Basel is 6.1 %" (C16)."""
    figures = {
        "before": percent(effect.rate_now),
        "after": percent(effect.rate_after),
        "limit": percent(effect.limit),
        "city": city,
    }
    if effect.limit is None:
        return (
            _("Your rate would go from %(before)s to %(after)s; no limit applies in %(city)s yet.") % figures
        )
    return _("Your rate would go from %(before)s to %(after)s; the limit in %(city)s is %(limit)s.") % figures


def _own_visit(request: SignedIn, job_id: int) -> Job:
    booked = Job.objects.of_partner(request.user.partner).filter(order__isnull=False)
    return get_object_or_404(
        booked.select_related("order__service", "order__city", "order__client").prefetch_related("ratings"),
        pk=job_id,
    )


def _action(state: JobState, start: datetime, now: datetime) -> Action:
    if state is JobState.CHECKED_IN:
        return "check_out"
    if state is JobState.ACCEPTED:
        return "check_in" if check_in_is_open(slot_start=start, now=now) else "wait"
    return "none"
