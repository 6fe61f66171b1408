"""What a notice or a sanction was based on, in words (C12, C29): only from what was stored with it."""

from dataclasses import dataclass

from django.db.models import Max, Min
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.explain import WayBack, cancellation_way_back, rating_way_back
from compliance.models import Grounds
from compliance.policy import Finding, Rule, cancellation_limit, findings_for
from mila.lib.templatetags.mila import percent, rating
from orders.models import Job
from ratings.policy import Standing
from ratings.standings import window_of_partner

OBJECTION_DAYS = 30

Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Statement:
    """The finding that led to it, and how far it is to being fine again (not for no-shows)."""

    finding: Finding
    way_back: WayBack | None


def statement_of(grounds: Grounds) -> Statement | None:
    """Recomputed from the stored figures by the same rules that decided; None where a person did, not a rule."""
    if not grounds.rule:
        return None
    standing = _standing_of(grounds)
    findings = findings_for(standing, grounds.policy.parameters, grounds.city_cancellation_average)
    finding = next(finding for finding in findings if finding.rule == grounds.rule)
    if finding.rule is Rule.RATING:
        window = [stars for _job, _at, stars in window_of_partner(grounds.partner_id, grounds.issued_at)]
        return Statement(finding, rating_way_back(finding, grounds.policy.parameters, window))
    if finding.rule is Rule.CANCELLATION:
        return Statement(finding, cancellation_way_back(finding, standing))
    return Statement(finding, None)


def facts_of(grounds: Grounds) -> Facts:
    """The figures, the limit and the jobs counted, as (label, value) in the active language."""
    facts_by_rule = {
        Rule.RATING: _rating_facts,
        Rule.CANCELLATION: _cancellation_facts,
        Rule.NO_SHOW: _no_show_facts,
    }
    rules = [Rule(grounds.rule)] if grounds.rule else [Rule.RATING, Rule.CANCELLATION]
    in_force = date_format(localtime(grounds.policy.in_force_from), "DATE_FORMAT")
    # A decision of staff counts no jobs.
    counted = [(label_of_counted(Rule(grounds.rule)), _counted(grounds))] if grounds.rule else []
    return [
        *(fact for rule in rules for fact in facts_by_rule[rule](grounds)),
        *counted,
        (_("Date"), date_format(localtime(grounds.issued_at), "DATETIME_FORMAT")),
        (_("Rules of %(city)s in force since") % {"city": grounds.partner.city.name}, in_force),
    ]


def _rating_facts(grounds: Grounds) -> Facts:
    counts = {"rated": grounds.rated_in_window, "jobs": grounds.jobs_in_window}
    return [
        (_("Your average"), rating(grounds.average_stars)),
        (_("Ratings counted"), _("%(rated)s ratings in your last %(jobs)s jobs") % counts),
        (_("Minimum in %(city)s") % {"city": grounds.partner.city.name}, rating(grounds.policy.min_rating)),
    ]


def _cancellation_facts(grounds: Grounds) -> Facts:
    city = {"city": grounds.partner.city.name}
    limit = cancellation_limit(grounds.city_cancellation_average, grounds.policy.parameters)
    counts = {"cancelled": grounds.cancelled, "no_shows": grounds.no_shows, "accepted": grounds.accepted}
    counted = _("%(cancelled)s cancelled and %(no_shows)s missed of %(accepted)s accepted jobs") % counts
    return [
        (_("Your cancellation rate"), percent(grounds.cancellation_rate)),
        (_("What it is made of"), counted),
        (_("Average in %(city)s") % city, percent(grounds.city_cancellation_average)),
        (_("Limit in %(city)s") % city, percent(limit)),
    ]


def _no_show_facts(grounds: Grounds) -> Facts:
    return [(_("Confirmed no-shows"), str(grounds.no_shows)), (_("Jobs accepted"), str(grounds.accepted))]


def label_of_counted(rule: Rule) -> str:
    """What the jobs stored with a verdict are: only the rating rule counts all jobs of its window."""
    return {
        Rule.RATING: _("Jobs counted"),
        Rule.CANCELLATION: _("Cancellations and missed visits counted"),
        Rule.NO_SHOW: _("Missed visits counted"),
    }[rule]


def number_counted(grounds: Grounds) -> str:
    """How many; for cancellations also of how many accepted jobs, by which the rate is divided."""
    number, whole = str(len(grounds.job_ids)), whole_counted(grounds)
    return f"{number} {whole}" if whole else number


def whole_counted(grounds: Grounds) -> str:
    """Of how many accepted jobs; nothing where the rate is not divided by them."""
    if grounds.rule != Rule.CANCELLATION:
        return ""
    return ngettext("of one accepted job", "of %(accepted)s accepted jobs", grounds.accepted) % {
        "accepted": grounds.accepted
    }


def _counted(grounds: Grounds) -> str:
    """The number, and from when to when the jobs ended: the dates that their list on the page shows."""
    jobs = Job.objects.filter(pk__in=grounds.job_ids).aggregate(
        first=Min("outcome_at"), last=Max("outcome_at")
    )
    if jobs["first"] is None:
        return number_counted(grounds)
    values = {
        "number": number_counted(grounds),
        "first": date_format(localtime(jobs["first"]), "DATE_FORMAT"),
        "last": date_format(localtime(jobs["last"]), "DATE_FORMAT"),
    }
    return _("%(number)s, from %(first)s to %(last)s") % values


def _standing_of(grounds: Grounds) -> Standing:
    return Standing(
        accepted=grounds.accepted,
        cancelled=grounds.cancelled,
        no_shows=grounds.no_shows,
        jobs_in_window=grounds.jobs_in_window,
        rated_in_window=grounds.rated_in_window,
        stars_in_window=grounds.stars_in_window,
    )
