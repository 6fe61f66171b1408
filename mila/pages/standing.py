"""How a partner stands, why, and what would help. Open to a suspended partner too (C12, C29, C31)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.models import Grounds, Notice, Sanction
from compliance.models.decision import SanctionStatus
from compliance.policy import NoticeKind, Rule, SanctionKind
from compliance.services import StandingPage, standing_page
from mila.accounts.requests import SignedIn
from mila.lib.templatetags.mila import percent, rating
from mila.statements import OBJECTION_DAYS, facts_of, label_of_counted, number_counted, statement_of
from orders.models import Job
from partners.models import Partner
from partners.policy import PartnerStatus
from ratings.policy import WINDOW, what_if

LEAVERS = 3
# How long a notice stays on top of the dashboard.
RECENT = timedelta(days=30)
ENDED = (SanctionStatus.LIFTED, SanctionStatus.DISMISSED)


@dataclass(frozen=True, slots=True)
class Told:
    """A notice or a sanction as a card: everything from the stored row, nothing computed anew."""

    grounds: Notice | Sanction
    kind: str
    title: str
    figures: list[dict[str, str]]
    is_over: bool
    url_name: str


def standing(request: SignedIn) -> HttpResponse:
    now = timezone.now()
    partner = request.user.partner
    page = standing_page(partner, now)
    stars = [job.stars for job in page.window]
    cards = told(page.notices, page.sanctions)
    alert = None if partner.status == PartnerStatus.ACTIVE else in_force(cards, now)
    context = {
        "page": page,
        "partner": partner,
        "city": partner.city,
        "now": now,
        "title": headline(page),
        "strip": [{"stars": job.stars, "at": job.completed_at} for job in page.window],
        "leaving": min(LEAVERS, len(stars)) if len(stars) == WINDOW else 0,
        "after_three": what_if(stars, LEAVERS),
        "figures": _figures(page),
        "told": [card for card in cards if card is not alert],
        "alert": alert,
        # Who gets no offers cannot improve a figure by jobs.
        "shows_way_back": partner.status not in (PartnerStatus.SUSPENDED, PartnerStatus.EXCLUDED),
        **_suspension_of(partner),
        "objection_days": OBJECTION_DAYS,
        "support_email": settings.SUPPORT_EMAIL,
    }
    return render(request, "pages/standing.html", context)


def notice_detail(request: SignedIn, notice_id: int) -> HttpResponse:
    """The statement of reasons of a notice."""
    mine = Notice.objects.for_partner(request.user.partner).select_related("policy", "partner__city")
    return _statement(request, get_object_or_404(mine, pk=notice_id))


def sanction_detail(request: SignedIn, sanction_id: int) -> HttpResponse:
    """The statement of reasons of a sanction."""
    mine = Sanction.objects.for_partner(request.user.partner).select_related("policy", "partner__city")
    return _statement(request, get_object_or_404(mine, pk=sanction_id))


def told(notices: Sequence[Notice], sanctions: Sequence[Sanction]) -> list[Told]:
    """Everything a partner has been told, latest first."""
    cards = [_told_notice(notice) for notice in notices] + [
        _told_sanction(sanction) for sanction in sanctions
    ]
    return sorted(cards, key=lambda card: (card.grounds.issued_at, card.grounds.pk), reverse=True)


def in_force(cards: Sequence[Told], now: datetime) -> Told | None:
    """What the dashboard puts on top: an open sanction, else a notice of the last 30 days."""
    for card in cards:
        if isinstance(card.grounds, Sanction) and not card.is_over:
            return card
    return next((card for card in cards if not card.is_over and card.grounds.issued_at >= now - RECENT), None)


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
    card = _told_notice(grounds) if isinstance(grounds, Notice) else _told_sanction(grounds)
    jobs = Job.objects.filter(pk__in=grounds.job_ids, partner=request.user.partner).select_related(
        "order__service"
    )
    by_id = {job.pk: job for job in jobs}
    zone = grounds.partner.city.time_zone
    with timezone.override(zone):
        facts = [{"label": label, "value": value} for label, value in facts_of(grounds)]
    context: dict[str, Any] = {
        "card": card,
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


def _told_notice(notice: Notice) -> Told:
    titles = {
        (Rule.RATING, NoticeKind.ADVICE): _("Advice: your average is close to the minimum"),
        (Rule.RATING, NoticeKind.WARNING): _("Warning: your average is below the minimum"),
        (Rule.CANCELLATION, NoticeKind.ADVICE): _("Advice: your cancellation rate is above the average"),
        (Rule.CANCELLATION, NoticeKind.WARNING): _("Warning: your cancellation rate is above the limit"),
    }
    title = titles.get((Rule(notice.rule), NoticeKind(notice.kind)), _("Final warning after a missed visit"))
    return Told(
        grounds=notice,
        kind=notice.kind,
        title=title,
        figures=_stored_figures(notice),
        is_over=notice.withdrawn_at is not None,
        url_name="notice_detail",
    )


def _told_sanction(sanction: Sanction) -> Told:
    proposed = sanction.status == SanctionStatus.PROPOSED
    excluding = sanction.kind == SanctionKind.EXCLUSION
    if sanction.status in ENDED:
        title = _("An exclusion that was not decided") if excluding else _("A suspension that has ended")
    elif excluding:
        title = _("An exclusion is proposed; people decide about it") if proposed else _("Exclusion")
    else:
        title = (
            _("A suspension is proposed; a person decides about it")
            if proposed
            else _("Your access is suspended")
        )
    return Told(
        grounds=sanction,
        kind=sanction.kind,
        title=title,
        figures=_stored_figures(sanction),
        is_over=sanction.status in ENDED,
        url_name="sanction_detail",
    )


def _stored_figures(grounds: Grounds) -> list[dict[str, str]]:
    """The figure, the limit, the jobs counted and the policy version, as stored with the verdict."""
    if grounds.rule == Rule.RATING:
        named = [
            (_("Your average then"), rating(grounds.average_stars)),
            (_("Minimum"), rating(grounds.policy.min_rating)),
        ]
    elif grounds.rule == Rule.CANCELLATION:
        named = [
            (_("Your rate then"), percent(grounds.cancellation_rate)),
            (_("Limit"), percent(grounds.limit)),
            (_("Average of the city"), percent(grounds.city_cancellation_average)),
        ]
    elif grounds.rule == Rule.NO_SHOW:
        named = [(_("Confirmed no-shows"), str(grounds.no_shows))]
    else:
        named = []
    if grounds.rule:
        named.append((label_of_counted(Rule(grounds.rule)), number_counted(grounds)))
    return [{"label": label, "value": value} for label, value in named]
