"""One tap each: answers and announcements around a visit. Each finds its row among the person's own, then calls."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from mila.accounts.requests import SignedIn
from mila.lib.answers import RefusalsTold
from orders.models import Extra, Job, TimeOption, TimeProposal
from orders.tapped import back_to_visit
from orders.visits import services
from orders.visits.forms import LateForm

# --- The partner --------------------------------------------------------------------------------------------


def confirm_time(request: SignedIn, job_id: int) -> HttpResponse:
    job = _own_job(request, job_id)
    with RefusalsTold(request):
        services.confirm_time(job_id=job.pk, partner=request.user.partner, now=timezone.now())
        messages.success(request, _("Thank you. Your client sees that the time stands."))
    return redirect("job_detail", job_id=job.pk)


def withdraw_times(request: SignedIn, proposal_id: int) -> HttpResponse:
    own = TimeProposal.objects.filter(job__partner=request.user.partner)
    proposal = get_object_or_404(own, pk=proposal_id)
    with RefusalsTold(request):
        services.withdraw_times(proposal_id=proposal.pk, partner=request.user.partner, now=timezone.now())
        messages.info(request, _("Withdrawn. The booked time stays."))
    return redirect("job_detail", job_id=proposal.job_id)


def withdraw_extra(request: SignedIn, extra_id: int) -> HttpResponse:
    extra = get_object_or_404(Extra.objects.filter(job__partner=request.user.partner), pk=extra_id)
    with RefusalsTold(request):
        services.withdraw_extra(extra_id=extra.pk, partner=request.user.partner, now=timezone.now())
        messages.info(request, _("Withdrawn."))
    return redirect("job_detail", job_id=extra.job_id)


def set_off(request: SignedIn, job_id: int) -> HttpResponse:
    job = _own_job(request, job_id)
    with RefusalsTold(request):
        services.set_off(job_id=job.pk, partner=request.user.partner, now=timezone.now())
        messages.success(request, _("Your client knows that you are on the way."))
    return back_to_visit(request, job)


def report_late(request: SignedIn, job_id: int) -> HttpResponse:
    job = _own_job(request, job_id)
    form = LateForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Please choose one of the times offered."))
        return back_to_visit(request, job)
    with RefusalsTold(request):
        services.report_late(
            job_id=job.pk,
            partner=request.user.partner,
            expected_at=form.cleaned_data["expected"],
            now=timezone.now(),
        )
        messages.success(request, _("Your client knows the new time. It does not count against you."))
    return back_to_visit(request, job)


# --- The client ---------------------------------------------------------------------------------------------


def accept_time(request: SignedIn, option_id: int) -> HttpResponse:
    own = TimeOption.objects.filter(proposal__job__order__client=request.user)
    option = get_object_or_404(own.select_related("proposal__job"), pk=option_id)
    with RefusalsTold(request):
        services.accept_time(option_id=option.pk, client=request.user, now=timezone.now())
        messages.success(request, _("Agreed: your visit has a new time."))
    return _to_order(option.proposal.job)


def decline_times(request: SignedIn, proposal_id: int) -> HttpResponse:
    own = TimeProposal.objects.filter(job__order__client=request.user)
    proposal = get_object_or_404(own.select_related("job"), pk=proposal_id)
    with RefusalsTold(request):
        services.decline_times(proposal_id=proposal.pk, client=request.user, now=timezone.now())
        messages.info(request, _("The booked time stays."))
    return _to_order(proposal.job)


def approve_extra(request: SignedIn, extra_id: int) -> HttpResponse:
    extra = _extra_of_client(request, extra_id)
    with RefusalsTold(request):
        services.answer_extra(extra_id=extra.pk, client=request.user, approve=True, now=timezone.now())
        messages.success(request, _("Approved. It is added to the price when the visit is done."))
    return _to_order(extra.job)


def decline_extra(request: SignedIn, extra_id: int) -> HttpResponse:
    extra = _extra_of_client(request, extra_id)
    with RefusalsTold(request):
        services.answer_extra(extra_id=extra.pk, client=request.user, approve=False, now=timezone.now())
        messages.info(request, _("Declined. It is not charged."))
    return _to_order(extra.job)


def _own_job(request: SignedIn, job_id: int) -> Job:
    booked = Job.objects.of_partner(request.user.partner).filter(order__isnull=False)
    return get_object_or_404(booked, pk=job_id)


def _extra_of_client(request: SignedIn, extra_id: int) -> Extra:
    own = Extra.objects.filter(job__order__client=request.user).select_related("job")
    return get_object_or_404(own, pk=extra_id)


def _to_order(job: Job) -> HttpResponse:
    return redirect("order_detail", reference=str(job.order))
