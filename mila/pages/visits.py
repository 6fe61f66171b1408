"""One job of a partner: who, where, what, and the next step. The address is shown while the job is alive (C19)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

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
from mila.live.addresses import order_stream
from mila.pages.talk import bill_of, open_proposal_of, settled_mark, thread_of
from orders import services as orders
from orders.forms import ReasonForm
from orders.models import Extra, HandOver, Job, JobTransition, Order
from orders.policy import (
    CHECK_IN_OPENS_BEFORE_SLOT,
    HandOverStatus,
    JobState,
    check_in_is_open,
    hand_over_is_in_time,
)
from orders.visits.forms import ExtraForm, MessageForm, TimesForm
from orders.visits.policy import LATE_BEFORE, ON_THE_WAY_BEFORE, later_arrivals, may_set_off
from ratings.exchange import Exchange, exchange_of
from ratings.models import Side

# A browser's alarm is set no further ahead: it holds 24 days at most, and the page is rarely open so long.
ALARM_WITHIN = timedelta(days=1)

Action = Literal["wait", "set_off", "check_in", "check_out", "none"]


@dataclass(frozen=True, slots=True)
class Visit:
    """A job with what its partner can do next. `set_off_from` and `check_in_from` are said while it is too early.

    `late_times` are the later arrivals that can be announced; `opens_at` is when the hour alone next changes the step.
    """

    job: Job
    order: Order
    state: JobState
    action: Action
    set_off_from: datetime
    check_in_from: datetime
    may_check_in: bool
    late_times: list[datetime]
    opens_at: datetime | None
    is_alive: bool
    may_give_back: bool


def visit_of(job: Job, now: datetime) -> Visit:
    """`job` comes with its order, service, city and client selected."""
    if job.order is None:
        raise ValueError("an imported job has no visit to show")
    state = job.state
    start = job.order.starts_at
    is_coming = state is JobState.ACCEPTED
    return Visit(
        job=job,
        order=job.order,
        state=state,
        action=_action(job, start, now),
        set_off_from=start - ON_THE_WAY_BEFORE,
        check_in_from=start - CHECK_IN_OPENS_BEFORE_SLOT,
        may_check_in=is_coming and check_in_is_open(slot_start=start, now=now),
        late_times=later_arrivals(slot_start=start, expected=job.expected_at, now=now) if is_coming else [],
        opens_at=_opens_at(start, now) if is_coming else None,
        is_alive=job.outcome is None,
        may_give_back=state is JobState.ACCEPTED,
    )


def ruling_on(job: Job) -> JobTransition | None:
    """What staff decided about the job last, an excuse or a no-show, with the reason; None if nothing."""
    # Handing a job over is a partner's own step, no ruling.
    decided = job.transitions.filter(new__in=(JobState.EXCUSED, JobState.NO_SHOW), actor__isnull=False)
    return decided.exclude(actor=job.partner.user_id).order_by("-at", "-pk").first()


def job_detail(request: SignedIn, job_id: int) -> HttpResponse:
    return job_page(request, job_id)


def job_page(
    request: SignedIn,
    job_id: int,
    *,
    message_form: MessageForm | None = None,
    times_form: TimesForm | None = None,
    extra_form: ExtraForm | None = None,
) -> HttpResponse:
    """The page, with the form that was not accepted as it was filled in."""
    now = timezone.now()
    visit = visit_of(own_visit(request, job_id), now)
    exchange: Exchange | None = None
    if visit.state is JobState.COMPLETED:
        exchange = exchange_of(job=visit.job, side=Side.PARTNER, now=now)
    client_name = visit.order.client.first_name or _("your client")
    zone = ZoneInfo(visit.order.city.time_zone)
    context = {
        "client_name": client_name,
        "stream": order_stream(request, visit.order.reference),
        "thread": thread_of(visit.job, request.user, other=client_name, form=message_form),
        "times_form": times_form or TimesForm(zone=zone, now=now, auto_id="times_%s"),
        "extra_form": extra_form or ExtraForm(initial={"submission_key": uuid4()}, auto_id="extra_%s"),
        "exchange": exchange,
        "hand_over": HandOver.objects.in_queue().filter(job=visit.job).first() if visit.is_alive else None,
        "ruling": None if visit.is_alive else ruling_on(visit.job),
        "was_taken_over": not visit.is_alive and HandOver.objects.replaced().filter(job=visit.job).exists(),
        "silent": [visit] if visit.job.lacks_contact else [],
    }
    context |= agreed_context(visit.job, now) | _step_context(visit, now)
    return render(request, "pages/job.html", context)


def job_step(request: SignedIn, job_id: int) -> HttpResponse:
    """The next step alone; the page asks again and again, and when its hour has come. 204 while it is as `seen`."""
    now = timezone.now()
    visit = visit_of(own_visit(request, job_id), now)
    if not request.headers.get("HX-Request"):
        return redirect("job_detail", job_id=job_id)
    if not visit.is_alive:
        # The address and the phone number on the page around it are no longer this partner's to see (C19).
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"visit": visit, "order": visit.order, "now": now} | _step_context(visit, now)
    if request.GET.get("seen") == context["step_seen"]:
        return HttpResponse(status=204)
    return render(request, "pages/_step.html", context)


def _step_context(visit: Visit, now: datetime) -> dict[str, Any]:
    """What tells the step from another answer, and in how many seconds it is another one by the hour alone."""
    hours = (visit.order.starts_at, visit.job.expected_at, visit.opens_at)
    stamps = ["" if at is None else f"{at.timestamp():.0f}" for at in hours]
    wait = None if visit.opens_at is None else visit.opens_at - now
    return {
        "step_seen": "-".join((visit.action, *stamps)),
        "step_changes_in": ceil(wait.total_seconds()) if wait and wait <= ALARM_WITHIN else None,
    }


def agreed_context(job: Job, now: datetime) -> dict[str, Any]:
    """Time and extras as they stand; `job` as `own_visit` gives it."""
    visit = visit_of(job, now)
    return {
        "visit": visit,
        "order": visit.order,
        "proposal": open_proposal_of(job),
        "may_move": visit.state is JobState.ACCEPTED
        and job.on_the_way_at is None
        and visit.order.replacement_for_id is None,
        "extras": job.extras.all(),
        "extras_before": _extras_before(job) if visit.is_alive else [],
        "bill": bill_of(visit.order, job.extras.all()),
        "agreed_seen": f"{visit.state.value}-{settled_mark(job)}",
        "now": now,
    }


def _extras_before(job: Job) -> list[Extra]:
    """What the client had agreed with whoever had the visit before, and what is not yet proposed anew.

    An extra is a word between two people: the next partner decides whether to do it, and the client answers again.
    Proposed anew it keeps the key of the first, so that it is proposed once.
    """
    known = {extra.submission_key for extra in job.extras.all()}
    earlier = Extra.objects.approved().filter(job__order=job.order_id).exclude(job=job)
    # The same extra may have gone through several hands.
    by_key = {extra.submission_key: extra for extra in earlier}
    return [extra for key, extra in by_key.items() if key not in known]


def job_help(request: SignedIn, job_id: int) -> HttpResponse:
    """What will happen, then the reason (C6)."""
    now = timezone.now()
    visit = visit_of(own_visit(request, job_id), now)
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
    visit = visit_of(own_visit(request, job_id), now)
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


def own_visit(request: SignedIn, job_id: int) -> Job:
    """The partner's own booked job, with what its page shows."""
    booked = Job.objects.of_partner(request.user.partner).filter(order__isnull=False)
    return get_object_or_404(
        booked.select_related("order__service", "order__city", "order__client", "partner").prefetch_related(
            "ratings", "messages", "extras", "proposals__options"
        ),
        pk=job_id,
    )


def _opens_at(start: datetime, now: datetime) -> datetime | None:
    hours = (start - LATE_BEFORE, start - ON_THE_WAY_BEFORE, start - CHECK_IN_OPENS_BEFORE_SLOT, start)
    return next((at for at in hours if at > now), None)


def _action(job: Job, start: datetime, now: datetime) -> Action:
    """On my way, arrived, done. Whoever has not said the first by the beginning is asked for the second."""
    if job.state is JobState.CHECKED_IN:
        return "check_out"
    if job.state is not JobState.ACCEPTED:
        return "none"
    if check_in_is_open(slot_start=start, now=now) and (job.on_the_way_at is not None or now >= start):
        return "check_in"
    if job.on_the_way_at is None and may_set_off(slot_start=start, now=now):
        return "set_off"
    return "wait"
