"""A partner's own profile, hours, days off and area."""

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from mila.accounts.requests import SignedIn
from mila.lib.answers import RefusalsTold, words_of
from mila.lib.refusals import Refusal
from partners.applying.forms import ProfileForm
from partners.area.policy import area_of
from partners.area.services import coverage_of, home_of, set_area
from partners.availability import services
from partners.forms import AreaForm, DaysOffForm, HoursForm, area_as_typed, week_of
from partners.models import Partner
from partners.policy import PartnerStatus, may_take_jobs
from partners.services import change_profile


def hours(request: SignedIn) -> HttpResponse:
    """The week as it is kept, and another one."""
    partner = request.user.partner
    initial = week_of(services.availability_of(partner)) | {
        "works_on_holidays": partner.works_on_holidays,
        "buffer_minutes": partner.buffer_minutes,
    }
    form = HoursForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with RefusalsTold(request):
            services.set_hours(
                partner_id=partner.pk,
                hours=given["hours"],
                works_on_holidays=given["works_on_holidays"],
                buffer_minutes=given["buffer_minutes"],
                now=timezone.now(),
            )
            messages.success(
                request, _("Your hours are up to date. Visits accepted before stay as they are.")
            )
            return redirect("partner_hours")
    return _page(request, partner, form, DaysOffForm())


def add_days_off(request: SignedIn) -> HttpResponse:
    """One day off, or several in a row."""
    partner = request.user.partner
    form = DaysOffForm(request.POST)
    if form.is_valid():
        first = form.cleaned_data["first"]
        today = timezone.now().astimezone(ZoneInfo(partner.city.time_zone)).date()
        try:
            services.add_days_off(
                partner_id=partner.pk, first=first, last=form.cleaned_data["last"] or first, today=today
            )
        except Refusal as refusal:
            is_of_last = isinstance(refusal, services.DaysOffBackwards | services.DaysOffTooLong)
            form.add_error("last" if is_of_last else "first", words_of(refusal))
        else:
            messages.success(request, _("Enjoy your time off. Nothing is offered to you for these days."))
            return redirect("partner_hours")
    week = week_of(services.availability_of(partner))
    kept = {"works_on_holidays": partner.works_on_holidays, "buffer_minutes": partner.buffer_minutes}
    return _page(request, partner, HoursForm(initial=week | kept), form)


def remove_days_off(request: SignedIn, days_off_id: int) -> HttpResponse:
    mine = get_object_or_404(request.user.partner.days_off, pk=days_off_id)
    with RefusalsTold(request):
        services.remove_days_off(partner_id=request.user.partner.pk, days_off_id=mine.pk)
        messages.info(request, _("These days are no longer days off."))
    return redirect("partner_hours")


def area(request: SignedIn) -> HttpResponse:
    """Where the partner is asked, and what that covers."""
    partner = request.user.partner
    home = home_of(partner)
    kept = area_of(radius_km=partner.radius_km, postcodes=partner.postcodes)
    form = AreaForm(request.POST or None, initial=area_as_typed(kept) | {"place": home})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with RefusalsTold(request):
            set_area(
                partner_id=partner.pk,
                place=given["place"],
                radius_km=given["radius_km"],
                postcodes=given["postcodes"],
            )
            messages.success(request, _("Your area is up to date. Visits accepted before stay as they are."))
            return redirect("partner_area")
    context = {
        "partner": partner,
        "works": _works(partner),
        "home": home,
        "form": form,
        "coverage": coverage_of(partner),
    }
    return render(request, "partners/area.html", context)


def settings(request: SignedIn) -> HttpResponse:
    """What clients read of the partner, and what the partner can do."""
    partner = request.user.partner
    kept = {name: getattr(partner, name) for name in ("first_name", "languages", "about")}
    form = ProfileForm(
        request.POST if request.method == "POST" else None,
        initial=kept | {"skills": list(partner.skills.all())},
    )
    if form.is_valid():
        with RefusalsTold(request):
            change_profile(partner_id=partner.pk, **form.cleaned_data)
            messages.success(
                request, _("Your profile is up to date. Visits accepted before stay as they are.")
            )
            return redirect("partner_settings")
    return render(request, "partners/settings.html", {"partner": partner, "form": form})


def _page(request: SignedIn, partner: Partner, form: HoursForm, days_off_form: DaysOffForm) -> HttpResponse:
    context = {
        "partner": partner,
        "works": _works(partner),
        "form": form,
        "days_off_form": days_off_form,
        "days_off": services.days_off_to_come(partner, now=timezone.now()),
    }
    return render(request, "partners/hours.html", context)


def _works(partner: Partner) -> bool:
    """Whether requests reach the partner at all: while suspended, hours and area wait."""
    return may_take_jobs(PartnerStatus(partner.status))
