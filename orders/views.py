"""Pages and actions around one order, offer or job. Each finds its row among the person's own, then calls a service."""

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mila.accounts.requests import SignedIn
from mila.lib.answers import RefusalsTold
from orders import services
from orders.forms import ReasonForm, SickDayForm
from orders.models import Job, Offer, Order
from orders.policy import OrderStatus
from orders.tapped import back_to_visit, to_rating

PER_PAGE = 20
SICK_DAY_SHOWS = 10


def cancel_order(request: SignedIn, reference: str) -> HttpResponse:
    """What cancelling means, then cancel."""
    mine = Order.objects.for_client(request.user).select_related("service", "city")
    order = get_object_or_404(mine, reference=reference)
    if request.method == "POST":
        with RefusalsTold(request):
            services.cancel_order(order_id=order.pk, client=request.user, now=timezone.now())
            messages.success(request, _("Your order is cancelled."))
        return redirect("order_detail", reference=reference)
    if order.status not in (OrderStatus.SEARCHING, OrderStatus.CONFIRMED):
        messages.info(request, _("This order can no longer be cancelled."))
        return redirect("order_detail", reference=reference)
    job = order.jobs.alive().select_related("partner").first()
    return render(request, "orders/cancel.html", {"order": order, "job": job})


def accept_offer(request: SignedIn, offer_id: int) -> HttpResponse:
    """The first who accepts gets the job; for the others the refusal is said calmly."""
    partner = request.user.partner
    offer = get_object_or_404(Offer.objects.for_partner(partner), pk=offer_id)
    with RefusalsTold(request):
        job = services.accept_offer(offer_id=offer.pk, partner=partner, now=timezone.now())
        messages.success(request, _("The job is yours. Here is where you are expected."))
        return redirect("job_detail", job_id=job.pk)
    return redirect("partner_dashboard")


def decline_offer(request: SignedIn, offer_id: int) -> HttpResponse:
    """Declining never counts (C1), and the message says so."""
    partner = request.user.partner
    offer = get_object_or_404(Offer.objects.for_partner(partner), pk=offer_id)
    with RefusalsTold(request):
        services.decline_offer(offer_id=offer.pk, partner=partner, now=timezone.now())
        messages.info(request, _("Declined. That has no effect on your standing."))
    return redirect("partner_dashboard")


def check_in(request: SignedIn, job_id: int) -> HttpResponse:
    job = _own_job(request, job_id)
    with RefusalsTold(request):
        services.check_in(job_id=job.pk, partner=request.user.partner, now=timezone.now())
        messages.success(request, _("You are checked in. Good work!"))
    return back_to_visit(request, job)


def check_out(request: SignedIn, job_id: int) -> HttpResponse:
    job = _own_job(request, job_id)
    with RefusalsTold(request):
        services.check_out(job_id=job.pk, partner=request.user.partner, now=timezone.now())
        messages.success(request, _("Done. How was your client?"))
        return redirect(to_rating(request, job))
    return back_to_visit(request, job)


def report_client_absent(request: SignedIn, job_id: int) -> HttpResponse:
    job = _own_job(request, job_id)
    with RefusalsTold(request):
        services.report_client_absent(job_id=job.pk, partner=request.user.partner, now=timezone.now())
        messages.info(request, _("Recorded: nobody was there. It does not count against you."))
    return back_to_visit(request, job)


def hand_over(request: SignedIn, job_id: int) -> HttpResponse:
    """Give the job to somebody else in time: excused."""
    job = _own_job(request, job_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Please say why, in a few words."))
        return redirect("job_cancel", job_id=job.pk)
    with RefusalsTold(request):
        services.hand_over_job(
            job_id=job.pk,
            partner=request.user.partner,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        messages.success(request, _("Handed over. We look for somebody else; it does not count against you."))
        return redirect("partner_dashboard")
    return redirect("job_cancel", job_id=job.pk)


def withdraw_help(request: SignedIn, job_id: int) -> HttpResponse:
    job = _own_job(request, job_id)
    with RefusalsTold(request):
        services.withdraw_help(job_id=job.pk, partner=request.user.partner, now=timezone.now())
        messages.success(request, _("Thank you. The visit stays yours."))
    return redirect("job_detail", job_id=job.pk)


def sick_day(request: SignedIn) -> HttpResponse:
    """All visits of a day are handed over in one step (C6)."""
    partner, now = request.user.partner, timezone.now()
    today = now.astimezone(ZoneInfo(partner.city.time_zone)).date()
    form = SickDayForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        with RefusalsTold(request):
            found = services.report_sick_day(
                partner_id=partner.pk,
                day=form.cleaned_data["day"],
                reason=form.cleaned_data["reason"] or _("Ill"),
                actor=request.user,
                now=now,
            )
            messages.success(request, _what_became_of(found))
            return redirect("partner_dashboard")
    visits = Job.objects.of_partner(partner).alive().filter(order__isnull=False)
    shown = visits.select_related("order__service").order_by("slot")[:SICK_DAY_SHOWS]
    return render(request, "orders/sick_day.html", {"partner": partner, "form": form, "visits": shown})


def _what_became_of(found: services.SickDay) -> str:
    if not found.given_back and not found.help_asked:
        return _("The day is off. You had no visits to hand over. Get well soon!")
    given_back = ngettext(
        "%(count)s visit is handed over", "%(count)s visits are handed over", found.given_back
    )
    asked = ngettext("for %(count)s we look for help", "for %(count)s we look for help", found.help_asked)
    parts = [
        words % {"count": count}
        for words, count in ((given_back, found.given_back), (asked, found.help_asked))
        if count
    ]
    return _("The day is off: %(what)s. Get well soon!") % {"what": "; ".join(parts)}


def _own_job(request: SignedIn, job_id: int) -> Job:
    return get_object_or_404(Job.objects.of_partner(request.user.partner), pk=job_id)
