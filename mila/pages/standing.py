"""How a partner stands, why, and what would help. Open to a suspended partner too (C12, C29, C31)."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.models import Notice, Sanction
from compliance.models.decision import SanctionStatus
from compliance.policy import Rule
from compliance.services import StandingPage, announced_rules, standing_page
from mila.accounts.requests import SignedIn
from mila.pages.course import charts_of
from mila.pages.told import ENDED, card_of, in_force, told
from mila.statements import OBJECTION_DAYS, facts_of, label_of_counted, statement_of
from orders.models import Job
from partners.models import Partner
from partners.policy import PartnerStatus
from ratings.policy import WINDOW, what_if

LEAVERS = 3
LATEST_TOLD = 4
TOLD_PER_PAGE = 10


def standing(request: SignedIn) -> HttpResponse:
    now = timezone.now()
    partner = request.user.partner
    page = standing_page(partner, now)
    stars = [job.stars for job in page.window]
    cards = told(page.notices, page.sanctions)
    alert = None if partner.status == PartnerStatus.ACTIVE else in_force(cards, now)
    others = [card for card in cards if card is not alert]
    context = {
        "page": page,
        "announced": announced_rules(partner.city, average=page.city_average, at=now),
        "partner": partner,
        "city": partner.city,
        "now": now,
        "title": headline(page),
        "strip": [{"stars": job.stars, "at": job.completed_at} for job in page.window],
        "leaving": min(LEAVERS, len(stars)) if len(stars) == WINDOW else 0,
        "further": LEAVERS,
        "after_three": what_if(stars, LEAVERS),
        "charts": charts_of(page, cards),
        "figures": _figures(page),
        "told": others[:LATEST_TOLD],
        "told_in_all": len(cards) if len(others) > LATEST_TOLD else 0,
        "alert": alert,
        # Who gets no offers cannot improve a figure by jobs.
        "shows_way_back": partner.status not in (PartnerStatus.SUSPENDED, PartnerStatus.EXCLUDED),
        **_suspension_of(partner),
        "objection_days": OBJECTION_DAYS,
        "support_email": settings.SUPPORT_EMAIL,
    }
    return render(request, "pages/standing.html", context)


def notices(request: SignedIn) -> HttpResponse:
    """Everything the partner has been told, latest first."""
    partner = request.user.partner
    cards = told(
        Notice.objects.for_partner(partner).select_related("policy"),
        Sanction.objects.for_partner(partner).select_related("policy"),
    )
    page = Paginator(cards, TOLD_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "city": partner.city,
        "objection_days": OBJECTION_DAYS,
        "support_email": settings.SUPPORT_EMAIL,
    }
    return render(request, "pages/notices.html", context)


def notice_detail(request: SignedIn, notice_id: int) -> HttpResponse:
    """The statement of reasons of a notice."""
    mine = Notice.objects.for_partner(request.user.partner).select_related("policy", "partner__city")
    return _statement(request, get_object_or_404(mine, pk=notice_id))


def sanction_detail(request: SignedIn, sanction_id: int) -> HttpResponse:
    """The statement of reasons of a sanction."""
    mine = Sanction.objects.for_partner(request.user.partner).select_related("policy", "partner__city")
    return _statement(request, get_object_or_404(mine, pk=sanction_id))


def headline(page: StandingPage) -> str:
    """What is true now, as a sentence."""
    if page.partner.status == PartnerStatus.SUSPENDED:
        return _("You are suspended at the moment")
    if page.partner.status == PartnerStatus.EXCLUDED:
        return _("You are no longer a partner")
    levels = {finding.level.value for finding in page.findings}
    if "breach" in levels:
        return _("You are beyond a limit of %(city)s") % {"city": page.partner.city.name}
    if "approaching" in levels:
        return _("You are close to a limit of %(city)s") % {"city": page.partner.city.name}
    if page.rating.rests and page.cancellation.rests:
        return _("You are just starting: no limit applies yet")
    return _("You are well within the limits of %(city)s") % {"city": page.partner.city.name}


def _statement(request: SignedIn, grounds: Notice | Sanction) -> HttpResponse:
    jobs = Job.objects.filter(pk__in=grounds.job_ids, partner=request.user.partner).select_related(
        "order__service"
    )
    by_id = {job.pk: job for job in jobs}
    zone = grounds.partner.city.time_zone
    with timezone.override(zone):
        facts = [{"label": label, "value": value} for label, value in facts_of(grounds)]
    context: dict[str, Any] = {
        "card": card_of(grounds),
        "grounds": grounds,
        "notice": grounds if isinstance(grounds, Notice) else None,
        **_about_sanction(grounds),
        "statement": statement_of(grounds),
        "facts": facts,
        "jobs": [by_id[job_id] for job_id in grounds.job_ids if job_id in by_id],
        "city": grounds.partner.city.name,
        "zone": zone,
        "counted": label_of_counted(Rule(grounds.rule)) if grounds.rule else "",
        "objection_days": OBJECTION_DAYS,
        "support_email": settings.SUPPORT_EMAIL,
    }
    return render(request, "pages/statement.html", context)


def _about_sanction(grounds: Notice | Sanction) -> dict[str, Any]:
    """`was_in_force`: what the deciders wrote led to something; `suspends`: it is why there are no offers now."""
    if isinstance(grounds, Notice):
        return {"sanction": None, "was_in_force": False, "suspends": False}
    partner = grounds.partner
    suspends = partner.status == PartnerStatus.SUSPENDED and grounds.status not in ENDED
    return {
        "sanction": grounds,
        "was_in_force": grounds.status in (SanctionStatus.IN_FORCE, SanctionStatus.LIFTED),
        "suspends": suspends,
        **(_suspension_of(partner) if suspends else {}),
    }


def _suspension_of(partner: Partner) -> dict[str, Any]:
    """Since when a suspended partner is, and how many visits are still to be done; nothing for others."""
    if partner.status != PartnerStatus.SUSPENDED:
        return {}
    step = partner.transitions.filter(new=PartnerStatus.SUSPENDED).order_by("-at", "-pk").first()
    return {
        "suspended_since": step.at if step else None,
        "coming": Job.objects.of_partner(partner).alive().filter(order__isnull=False).count(),
    }


def _figures(page: StandingPage) -> list[dict[str, Any]]:
    counts = page.standing
    return [
        {"label": _("Jobs accepted"), "value": counts.accepted},
        {"label": _("Cancelled by you"), "value": counts.cancelled},
        {"label": _("Missed"), "value": counts.no_shows},
        {
            "label": _("Ratings in the window"),
            "value": counts.rated_in_window,
            "hint": _("of %(jobs)s jobs") % {"jobs": counts.jobs_in_window},
        },
    ]
