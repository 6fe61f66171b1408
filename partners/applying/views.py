"""The pages of an application: four steps, then what was said in them, then what became of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from mila.accounts.models import User
from mila.accounts.requests import SignedIn
from mila.lib.answers import RefusalsTold, words_of
from mila.lib.refusals import Refusal
from partners.applying import services
from partners.applying.forms import DetailsForm, FirstWeekForm, ServedAreaForm, SkillsForm
from partners.applying.policy import ApplicationStatus, Step
from partners.area.policy import area_of
from partners.availability.policy import Availability
from partners.forms import area_as_typed, week_of
from partners.models import Application
from partners.words import language_names, week_in_words

# Suggested to whoever has said nothing yet: a working week that one need only change.
USUAL_DAYS, USUAL_BEGIN, USUAL_END = range(5), time(9), time(17)

Save = Callable[[User, dict[str, Any], datetime], None]


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step: what it is called, its form, how the form begins, and the service that keeps what is typed."""

    name: str | Promise
    title: str | Promise
    below: str | Promise
    form: type[forms.Form]
    initial: Callable[[Application], dict[str, Any]]
    save: Save


def _details(application: Application) -> dict[str, Any]:
    return {name: getattr(application, name) for name in ("first_name", "languages", "about")}


def _save_details(user: User, given: dict[str, Any], now: datetime) -> None:
    services.save_details(user=user, now=now, **given)


def _skills(application: Application) -> dict[str, Any]:
    return {"skills": list(application.skills.all()) if application.pk else []}


def _save_skills(user: User, given: dict[str, Any], now: datetime) -> None:
    services.save_skills(user=user, skills=given["skills"], now=now)


def _area(application: Application) -> dict[str, Any]:
    area = area_of(radius_km=application.radius_km, postcodes=application.postcodes)
    return area_as_typed(area) | {"place": application.home}


def _save_area(user: User, given: dict[str, Any], now: datetime) -> None:
    services.save_area(
        user=user, place=given["place"], radius_km=given["radius_km"], postcodes=given["postcodes"], now=now
    )


def _hours(application: Application) -> dict[str, Any]:
    kept = {"works_on_holidays": application.works_on_holidays, "buffer_minutes": application.buffer_minutes}
    if application.any_time or application.hours:
        return week_of(Availability(hours=application.week)) | kept
    usual = {f"day{day}_from1": USUAL_BEGIN for day in USUAL_DAYS} | {
        f"day{day}_to1": USUAL_END for day in USUAL_DAYS
    }
    return usual | kept


def _save_hours(user: User, given: dict[str, Any], now: datetime) -> None:
    services.save_hours(
        user=user,
        hours=given["hours"],
        works_on_holidays=given["works_on_holidays"],
        buffer_minutes=given["buffer_minutes"],
        now=now,
    )


PAGES: Mapping[Step, StepPage] = {
    Step.DETAILS: StepPage(
        _l("Details"), _l("Tell us who you are"),
        _l("Four short steps and a last look. What you type is kept, also if you come back later."),
        DetailsForm, _details, _save_details,
    ),
    Step.SKILLS: StepPage(
        _l("Skills"), _l("Choose what you can do"),
        _l("Only what you could do alone at a client’s home."),
        SkillsForm, _skills, _save_skills,
    ),
    Step.AREA: StepPage(
        _l("Area"), _l("Say where you want to work"),
        _l("The way to your clients is yours: choose what you like to travel."),
        ServedAreaForm, _area, _save_area,
    ),
    Step.HOURS: StepPage(
        _l("Hours"), _l("Say when you have time"),
        _l("You are asked in these hours only, and you can still say no each time."),
        FirstWeekForm, _hours, _save_hours,
    ),
}  # fmt: skip


def application(request: SignedIn) -> HttpResponse:
    """Where one stands: the next step, what is ready to be sent, or what became of it."""
    latest = services.application_of(request.user)
    refusal = services.applying_refusal(request.user, now=timezone.now())
    if isinstance(refusal, services.IsPartner):
        return redirect("partner_dashboard")
    if refusal is not None or (latest and latest.status == ApplicationStatus.REFUSED):
        return _refused(request, latest, refusal)
    if latest is None:
        return redirect("application_step", Step.DETAILS)
    if latest.status == ApplicationStatus.SENT:
        return render(
            request, "partners/application_sent.html", _answers(latest) | {"course": _course(latest)}
        )
    missing = services.steps_missing(latest)
    if missing:
        return redirect("application_step", missing[0])
    where = {"steps": _steps(), "current": len(Step) + 1}
    return render(request, "partners/application_check.html", _answers(latest) | where)


def step(request: SignedIn, step: str) -> HttpResponse:
    """One step's form; what is typed is kept before the next."""
    if step not in PAGES:
        raise Http404
    page, user, now = PAGES[Step(step)], request.user, timezone.now()
    latest = services.application_of(user)
    if services.applying_refusal(user, now=now) or (latest and latest.status == ApplicationStatus.SENT):
        return redirect("application")
    form = page.form(
        request.POST if request.method == "POST" else None, initial=page.initial(_begun(latest, user))
    )
    if form.is_valid():
        try:
            page.save(user, form.cleaned_data, now)
        except Refusal as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return redirect("application")
    context = {
        "step": step,
        "page": page,
        "form": form,
        "steps": _steps(),
        "current": list(PAGES).index(Step(step)) + 1,
    }
    return render(request, "partners/application_step.html", context)


def send(request: SignedIn) -> HttpResponse:
    with RefusalsTold(request):
        services.send_application(user=request.user, now=timezone.now())
        messages.success(request, _("Your application is on its way to us."))
    return redirect("application")


def take_back(request: SignedIn) -> HttpResponse:
    with RefusalsTold(request):
        services.take_back(user=request.user)
        messages.info(request, _("You can change your application now. Do not forget to send it again."))
    return redirect("application")


def _refused(request: SignedIn, latest: Application | None, refusal: Refusal | None) -> HttpResponse:
    """Refused, or not allowed to apply: the reason, and what can be done."""
    context = {"application": latest, "obstacle": refusal, "support_email": settings.SUPPORT_EMAIL}
    return render(request, "partners/application_refused.html", context)


def _begun(latest: Application | None, user: User) -> Application:
    """What the forms begin with: the last answers, or what the account says."""
    return latest or Application(user=user, first_name=user.first_name, languages=[user.language])


def _answers(application: Application) -> dict[str, Any]:
    return {
        "application": application,
        "languages": language_names(application.languages),
        "skills": sorted(skill.name for skill in application.skills.all()),
        "week": list(week_in_words(application.week or ())),
    }


def _course(application: Application) -> list[dict[str, Any]]:
    return [
        {"title": _("Sent"), "state": "done", "at": application.sent_at},
        {"title": _("We read it"), "state": "current"},
        {"title": _("You have our answer"), "state": "todo"},
    ]


def _steps() -> list[dict[str, str]]:
    """For the line of steps: the four, and the one in which everything is checked."""
    steps = [
        {"title": str(page.name), "url": reverse("application_step", args=[step])}
        for step, page in PAGES.items()
    ]
    return [*steps, {"title": _("Check")}]
