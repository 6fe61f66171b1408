"""How a partner's average and cancellation rate went over the past year, as charts with the limits of the time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Min
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.labels import NOTICE_KINDS, SANCTION_KINDS
from compliance.policy import Rule
from compliance.services import StandingPage, Then, standing_course
from mila.lib.charts import Event, Picture, Point, Row, draw_chart, moments_between
from mila.lib.drawing import Kind
from mila.lib.templatetags.mila import percent, rating
from mila.pages.told import Told
from orders.models import Job
from partners.models import Partner

SHOWN = timedelta(weeks=52)
# Whom a rule does not name, staff have suspended: that belongs to neither figure and stands in both.
STAFF = ""
IN_CHART: dict[Kind, tuple[str, ...]] = {
    "stars": (Rule.RATING, STAFF),
    "rate": (Rule.CANCELLATION, Rule.NO_SHOW, STAFF),
}


def charts_of(page: StandingPage, cards: Sequence[Told]) -> list[Picture]:
    """The chart of the stars and of the cancellation rate; each once there are two figures to draw a line through."""
    course = _course(page)
    stars = [
        Row(then.at, then.average_stars, then.min_rating, _advised_below(then), then.rating_limit_counts)
        for then in course
    ]
    rates = [
        Row(
            then.at,
            then.cancellation_rate,
            then.cancellation_limit,
            then.city_average,
            then.cancellation_limit_counts,
        )
        for then in course
    ]
    pictures = (_picture("stars", stars, cards), _picture("rate", rates, cards))
    return [picture for picture in pictures if picture is not None]


def _course(page: StandingPage) -> list[Then]:
    """The last one is now: it stands beside the other figures of the page, so it is measured as they are."""
    first = _first_job_at(page.partner)
    if first is None:
        return []
    now = localtime(page.at, ZoneInfo(page.partner.city.time_zone))
    moments = moments_between(max(localtime(first, now.tzinfo), now - SHOWN), now)
    course = standing_course(page.partner, moments)
    return [*course[:-1], replace(course[-1], city_average=page.city_average)]


def _first_job_at(partner: Partner) -> datetime | None:
    first: datetime | None = Job.objects.of_partner(partner).aggregate(first=Min("accepted_at"))["first"]
    return first


def _advised_below(then: Then) -> Decimal | None:
    return None if then.parameters is None else then.parameters.min_rating + then.parameters.rating_margin


def _picture(kind: Kind, rows: Sequence[Row], cards: Sequence[Told]) -> Picture | None:
    """From the first figure on; nothing while there is no line to draw."""
    begin = next((number for number, row in enumerate(rows) if row.figure is not None), len(rows))
    rows = rows[begin:]
    if len(rows) < 2:
        return None
    since = rows[0].at
    in_it = [
        card for card in cards if card.grounds.rule in IN_CHART[kind] and card.grounds.issued_at >= since
    ]
    is_stars = kind == "stars"
    return Picture(
        key=kind,
        kind=kind,
        chart=draw_chart(
            kind=kind,
            figures=_points(rows, "figure"),
            limits=_points(rows, "limit"),
            counted=[(row.at, row.limit if row.counts else None) for row in rows],
            alerts=_points(rows, "alert"),
            events=[Event(card.grounds.issued_at, card.kind) for card in in_it],
        ),
        summary=_summary(kind, rows, len(in_it)),
        figure_label=_("Your average") if is_stars else _("Your cancellation rate"),
        limit_label=_("Minimum") if is_stars else _("Maximum"),
        alert_label=_("We advise below") if is_stars else _("Average of the city"),
        marks=tuple((kind, _words_of(kind)) for kind in dict.fromkeys(card.kind for card in in_it)),
        rows=tuple(reversed(_with_told(rows, in_it))),
    )


def _points(rows: Sequence[Row], name: str) -> list[Point]:
    return [(row.at, getattr(row, name)) for row in rows]


def _with_told(rows: Sequence[Row], cards: Sequence[Told]) -> list[Row]:
    """Each card in the line of the first instant at which it was there."""
    told_by = [rows[0].at - timedelta(microseconds=1), *(row.at for row in rows)]
    return [
        replace(
            row,
            told=tuple(card.title for card in cards if before < card.grounds.issued_at <= row.at),
        )
        for before, row in zip(told_by, rows, strict=False)
    ]


def _words_of(kind: str) -> str:
    words = {**NOTICE_KINDS, **SANCTION_KINDS}[kind]
    return str(words)


def _summary(kind: Kind, rows: Sequence[Row], told: int) -> str:
    """What the drawing says, in words."""
    figures = [row.figure for row in rows if row.figure is not None]
    show = rating if kind == "stars" else percent
    words = {
        "since": date_format(rows[0].at, "DATE_FORMAT"),
        "first": show(figures[0]),
        "last": show(figures[-1]),
        "low": show(min(figures)),
        "high": show(max(figures)),
    }
    course = _("Since %(since)s: from %(first)s to %(last)s, lowest %(low)s, highest %(high)s.") % words
    return " ".join(filter(None, (course, _words_on_limit(kind, rows[-1]), _words_on_told(told))))


def _words_on_limit(kind: Kind, now: Row) -> str:
    if now.limit is None:
        return _("The city has no limit yet.")
    if kind == "stars":
        return _("The minimum is %(limit)s now.") % {"limit": rating(now.limit)}
    return _("The maximum is %(limit)s now.") % {"limit": percent(now.limit)}


def _words_on_told(told: int) -> str:
    if not told:
        return ""
    return ngettext(
        "%(number)s message of ours is drawn in.", "%(number)s messages of ours are drawn in.", told
    ) % {"number": told}
