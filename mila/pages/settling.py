"""What the two people of a visit type to each other: messages, other times, extras. Bad input loses nothing."""

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from mila.accounts.requests import SignedIn
from mila.lib.answers import RefusalsTold
from mila.pages.orders import order_page
from mila.pages.talk import thread_of
from mila.pages.visits import agreed_context, job_page, own_visit
from orders.models import Job
from orders.visits import services
from orders.visits.forms import ExtraForm, MessageForm, TimesForm


def visit_thread(request: SignedIn, job_id: int) -> HttpResponse:
    """The messages alone; both pages ask for them every few seconds. 204 while they are the `seen` ones."""
    job = _visit_between(request, job_id)
    thread = thread_of(job, request.user, other="")
    if request.GET.get("seen") == thread.seen:
        return HttpResponse(status=204)
    return render(request, "pages/_messages.html", {"thread": thread, "now": timezone.now()})


def visit_write(request: SignedIn, job_id: int) -> HttpResponse:
    """From either side, back to the page of that side."""
    job = _visit_between(request, job_id)
    is_partner = job.partner.user_id == request.user.pk
    form = MessageForm(request.POST, auto_id="message_%s")
    page = reverse("job_detail", args=[job.pk]) if is_partner else reverse("order_detail", args=[job.order])
    if form.is_valid():
        with RefusalsTold(request):
            services.send_message(
                job_id=job.pk,
                author=request.user,
                body=form.cleaned_data["body"],
                submission_key=form.cleaned_data["submission_key"],
                now=timezone.now(),
            )
            return redirect(f"{page}#thread-{job.pk}")
    if is_partner:
        return job_page(request, job.pk, message_form=form)
    return order_page(request, str(job.order), message_form=form)


def job_agreed(request: SignedIn, job_id: int) -> HttpResponse:
    """Time and extras as they stand, for the partner's page. 204 while they are the `seen` ones."""
    context = agreed_context(own_visit(request, job_id), timezone.now())
    seen = request.GET.get("seen", "")
    if seen == context["agreed_seen"]:
        return HttpResponse(status=204)
    if seen and not context["visit"].is_alive:
        # The address and the phone number on the page around it are no longer this partner's to see (C19).
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "pages/_agreed.html", context | {"alone": True})


def job_propose_times(request: SignedIn, job_id: int) -> HttpResponse:
    job = own_visit(request, job_id)
    now = timezone.now()
    zone = ZoneInfo(job.partner.city.time_zone if job.order is None else job.order.city.time_zone)
    form = TimesForm(request.POST, zone=zone, now=now, auto_id="times_%s")
    if form.is_valid():
        with RefusalsTold(request):
            services.propose_times(
                job_id=job.pk,
                partner=request.user.partner,
                starts=form.starts,
                note=form.cleaned_data["note"],
                now=now,
            )
            messages.success(request, _("Proposed. The booked time holds until your client agrees."))
            return redirect("job_detail", job_id=job.pk)
    return job_page(request, job_id, times_form=form)


def job_propose_extra(request: SignedIn, job_id: int) -> HttpResponse:
    job = own_visit(request, job_id)
    form = ExtraForm(request.POST, auto_id="extra_%s")
    if form.is_valid():
        with RefusalsTold(request):
            services.propose_extra(
                job_id=job.pk, partner=request.user.partner, now=timezone.now(), **form.cleaned_data
            )
            messages.success(request, _("Proposed. It is charged only if your client approves it."))
            return redirect("job_detail", job_id=job.pk)
    return job_page(request, job_id, extra_form=form)


def _visit_between(request: SignedIn, job_id: int) -> Job:
    between = Job.objects.between(request.user).select_related("partner", "order__city")
    return get_object_or_404(between.prefetch_related("messages"), pk=job_id)
