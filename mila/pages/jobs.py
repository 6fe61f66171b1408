"""A partner's jobs: what is to come, and the past with what it brought."""

from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Count, Max, Min, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from billing import services as billing
from mila.accounts.requests import SignedIn
from orders.history_form import HistoryForm
from orders.models import Job
from orders.models.job import JobQuerySet
from orders.policy import Outcome
from partners.models import Partner

PER_PAGE = 20


def job_list(request: SignedIn) -> HttpResponse:
    """What is to come, the next first."""
    partner = request.user.partner
    coming = Job.objects.of_partner(partner).alive().filter(order__isnull=False).order_by("slot", "id")
    page = Paginator(_with_order(coming), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "pages/jobs.html", {"partner": partner, "page": page, "now": timezone.now()})


def job_history(request: SignedIn) -> HttpResponse:
    """The past, the latest first, by state, period and service; the sums are those of all pages."""
    partner = request.user.partner
    ended = Job.objects.of_partner(partner).ended()
    form = _form(request, partner, ended)
    jobs = form.narrow(ended)
    page = Paginator(_with_order(jobs.latest_ended_first()), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "partner": partner,
        "page": page,
        "form": form,
        "sums": _sums(jobs),
        "books": billing.earned_with(partner, jobs),
    }
    return render(request, "pages/job_history.html", context)


def _form(request: SignedIn, partner: Partner, ended: JobQuerySet) -> HistoryForm:
    zone = ZoneInfo(partner.city.time_zone)
    now = timezone.now()
    span = ended.aggregate(first=Min("outcome_at"), last=Max("outcome_at"))
    return HistoryForm(
        request.GET if any(name in request.GET for name in HistoryForm.base_fields) else None,
        services=list(ended.filter(order__isnull=False).values_list("order__service", flat=True).distinct()),
        first=(span["first"] or now).astimezone(zone).date(),
        last=(span["last"] or now).astimezone(zone).date(),
        zone=zone,
    )


def _with_order(jobs: JobQuerySet) -> JobQuerySet:
    return jobs.select_related("order__service", "order__city")


def _sums(jobs: JobQuerySet) -> dict[str, Any]:
    """Each job is in one of the figures; `elsewhere`: done, but taken over from another system, without a price."""
    counted = Q(excused_at__isnull=True)
    return jobs.order_by().aggregate(
        all=Count("pk"),
        done=Count("pk", filter=Q(outcome=Outcome.COMPLETED)),
        elsewhere=Count("pk", filter=Q(outcome=Outcome.COMPLETED, order__isnull=True)),
        cancelled=Count("pk", filter=Q(outcome=Outcome.CANCELLED) & counted),
        missed=Count("pk", filter=Q(outcome=Outcome.NO_SHOW) & counted),
        excused=Count("pk", filter=Q(outcome=Outcome.EXCUSED) | ~counted),
        clients=Count("pk", filter=Q(outcome__in=[Outcome.CLIENT_CANCELLED, Outcome.CLIENT_ABSENT])),
    )
