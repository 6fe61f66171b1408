"""Template tags and filters of the design system: `{% load mila %}`; described in docs/components.md."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mila.lib import drawing, portraits
from mila.lib.money import CURRENCY, to_cents

register = template.Library()

NARROW_SPACE = "\u202f"
HARD_SPACE = "\u00a0"
NONE = "–"

# Tones of the stored states of orders, offers, jobs, partners, notices and sanctions. An unknown state is neutral.
TONES = {
    **dict.fromkeys(("requested", "offered", "searching", "open", "pending", "applied", "proposed"), "warn"),
    **dict.fromkeys(("advice", "warning", "approaching", "exclusion_proposed"), "warn"),
    **dict.fromkeys(("accepted", "confirmed", "in_progress", "checked_in", "on_the_way", "invited"), ""),
    **dict.fromkeys(
        ("completed", "rated", "active", "approved", "published", "lifted", "reinstated", "sent"), "good"
    ),
    **dict.fromkeys(("suspended", "excluded", "no_show", "final_warning", "breach", "failed"), "bad"),
    **dict.fromkeys(("suspension", "exclusion"), "bad"),
    **dict.fromkeys(
        ("expired", "cancelled", "client_cancelled", "client_absent", "excused", "declined"), "quiet"
    ),
    **dict.fromkeys(("withdrawn", "left", "draft", "taken", "superseded"), "quiet"),
}

# Which icon suits a service: the first word found in its slug wins.
SERVICE_ICONS = (
    ("smart", "smart"),
    ("wifi", "wifi"),
    ("wi-fi", "wifi"),
    ("network", "wifi"),
    ("internet", "wifi"),
    ("tv", "tv"),
    ("television", "tv"),
    ("backup", "backup"),
    ("data", "backup"),
    ("print", "printer"),
    ("phone", "phone"),
    ("tablet", "phone"),
    ("bank", "bank"),
    ("cabl", "cable"),
    ("camera", "camera"),
    ("security", "shield"),
    ("virus", "shield"),
    ("password", "shield"),
    ("mail", "mail"),
    ("video", "message"),
    ("laptop", "laptop"),
    ("computer", "laptop"),
    ("pc", "laptop"),
)


@register.filter
def money(amount: Decimal | None, currency: str = CURRENCY) -> str:
    """`1’234.50 CHF`, as Switzerland writes it, held together by hard spaces; a minus is a real minus sign."""
    if amount is None:
        return NONE
    figure = formats.number_format(abs(to_cents(amount)), decimal_pos=2, force_grouping=True)
    sign = "−" if amount < 0 else ""
    return f"{sign}{figure}{HARD_SPACE}{currency}"


@register.filter
def rating(average: Decimal | float | None) -> str:
    """Average stars to two places."""
    return NONE if average is None else formats.number_format(to_cents(Decimal(str(average))), decimal_pos=2)


@register.filter
def percent(rate: Decimal | None) -> str:
    """A share as percent, exactly as far as the rule counts it: 0.0400 is 4 %, 0.0333 is 3.33 %."""
    if rate is None:
        return NONE
    points = (Decimal(str(rate)) * 100).quantize(Decimal("0.01")).normalize()
    places = max(0, -int(points.as_tuple().exponent))
    return f"{formats.number_format(points, decimal_pos=places)}{HARD_SPACE}%"


@register.filter
def day(when: date | datetime | None, now: datetime | None = None) -> str:
    """`Monday 23 November` in the active time zone; beside `now` also today, tomorrow, yesterday."""
    if when is None:
        return NONE
    on = _local_date(when)
    if now is None:
        return _written(on, "WEEKDAY_FORMAT")
    today = _local_date(now)
    words = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    name = "WEEKDAY_FORMAT" if on.year == today.year else "WEEKDAY_YEAR_FORMAT"
    return words.get((on - today).days) or _written(on, name)


@register.filter
def clock(when: datetime | None) -> str:
    """`09:30` in the active time zone."""
    return NONE if when is None else f"{_local(when):%H:%M}"


@register.filter
def distance(metres: float | None) -> str:
    """`850 m` to the next fifty metres below a kilometre, `2.4 km` above."""
    if metres is None:
        return NONE
    if metres < 975:
        return f"{max(50, round(metres / 50) * 50)}{HARD_SPACE}m"
    return f"{formats.number_format(round(metres / 1000, 1), decimal_pos=1)}{HARD_SPACE}km"


@register.simple_tag
def window(start: datetime, end: datetime) -> SafeString:
    """A time range of one day: `09:30 – 10:30`."""
    return format_html(
        '<span class="nowrap num"><time datetime="{}">{}</time> – <time datetime="{}">{}</time></span>',
        start.isoformat(),
        clock(start),
        end.isoformat(),
        clock(end),
    )


@register.simple_tag
def arrival(earliest: datetime, latest: datetime, end: datetime) -> SafeString:
    """When a visit begins: its time, or where the arrival was left open, `arrival between 08:00 and 12:00`."""
    if earliest == latest:
        return window(earliest, end)
    between = _("arrival between %(from)s and %(until)s")
    return format_html(
        '<span class="num">{}</span>', between % {"from": clock(earliest), "until": clock(latest)}
    )


# As `json_script` does it: nothing in the data can end the element or begin another.
_IN_AN_ELEMENT = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.simple_tag
def json_ld(data: Mapping[str, Any]) -> SafeString:
    """Structured data for search engines. A data block is not run, so the policy against inline scripts allows it."""
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False).translate(_IN_AN_ELEMENT)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped above


@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """A decorative line icon; say in words what it stands for."""
    address = f"{static('img/icons.svg')}#{name}"
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', address)


@register.tag("icon")
def compile_icon(parser: template.base.Parser, token: template.base.Token) -> template.Node:
    """`{% icon "check" %}`. A name that is written out is drawn once, when the template is read: a page has dozens."""
    _tag, written = token.split_contents()
    name = parser.compile_filter(written)
    is_constant = isinstance(name.var, str) and not name.filters
    return template.base.TextNode(icon(name.var)) if is_constant else _Icon(name)


class _Icon(template.Node):
    def __init__(self, name: template.base.FilterExpression) -> None:
        self.name = name

    def render(self, context: template.Context) -> SafeString:
        return icon(str(self.name.resolve(context)))


@register.simple_tag
def service_icon(slug: str) -> SafeString:
    """The icon that suits a service."""
    return icon(next((name for word, name in SERVICE_ICONS if word in slug), "tool"))


@register.simple_tag
def status_chip(state: str, label: str) -> SafeString:
    """A chip in the tone of a stored state."""
    tone = TONES.get(str(state).lower(), "quiet")
    return format_html('<span class="chip {}">{}</span>', tone, label)


@register.simple_tag
def stars(value: Decimal | int | None, rated: int | None = None, figure: bool = True) -> SafeString:
    """Five stars filled to the tenth, with a text alternative; beside them how many ratings they are the mean of."""
    return _stars(value, rated, figure, get_language())


# Drawn once: a list of partners or of comments has few different ones.
@lru_cache(maxsize=1024, typed=True)
def _stars(value: Decimal | int | None, rated: int | None, figure: bool, _language: str | None) -> SafeString:
    fill = None if value is None else drawing.star_fill(Decimal(str(value)))
    whole = isinstance(value, int)
    text = NONE if value is None else str(value) if whole else rating(value)
    return render_to_string("_stars.html", {"fill": fill, "text": text, "rated": rated, "figure": figure})


@register.simple_tag
def avatar(name: str, size: str = "m", seed: str = "") -> SafeString:
    """A drawn picture that belongs to the person, with initials. `seed` tells people of one name apart."""
    return _avatar(drawing.initials_of(name), seed or name, size)


@lru_cache(maxsize=2048)
def _avatar(initials: str, seed: str, size: str) -> SafeString:
    portrait = portraits.portrait_of(seed)
    return render_to_string("_avatar.html", {"initials": initials, "portrait": portrait, "size": size})


@register.inclusion_tag("_gauge.html")
def gauge(  # noqa: PLR0917 (a template names them)
    value: Decimal | None,
    kind: drawing.Kind = "stars",
    limit: Decimal | None = None,
    near: Decimal | None = None,
    label: str = "",
    place: str = "",
) -> dict[str, Any]:
    """A figure on its scale with the limit drawn and written."""
    drawn = draw_exactly(value, limit, near, kind)
    show = rating if kind == "stars" else percent
    return {
        "gauge": drawn,
        "kind": kind,
        "label": label,
        "place": place,
        "value_text": show(value),
        "limit_text": None if limit is None else show(limit),
        "low_text": _short(drawn.low, kind),
        "high_text": _short(drawn.high, kind),
    }


def draw_exactly(value: Any, limit: Any, near: Any, kind: drawing.Kind) -> drawing.Gauge:
    """Templates may hand over numbers of any type; the drawing reckons in decimals."""
    exact = [
        None if figure is None or figure == "" else Decimal(str(figure)) for figure in (value, limit, near)
    ]
    return drawing.draw_gauge(value=exact[0], limit=exact[1], near=exact[2], kind=kind)


@register.inclusion_tag("_strip.html")
def strip(jobs: Iterable[Any], size: int = 50, leaving: int = 0) -> dict[str, Any]:
    """The window as a strip of bars, oldest first; `jobs` come latest first, each with `stars` and `at`."""
    latest_first = [(_part(job, "stars"), _part(job, "at")) for job in jobs][:size]
    oldest_first = latest_first[::-1]
    full = len(oldest_first) == size
    leavers = leaving if full else 0
    bars = [
        {"stars": given, "at": at, "leaves": place < leavers, "number": place + 1}
        for place, (given, at) in enumerate(oldest_first)
    ]
    counts = [
        (number, sum(1 for given, _at in latest_first if given == number)) for number in (5, 4, 3, 2, 1)
    ]
    rated = sum(count for _number, count in counts)
    return {
        "bars": bars,
        "free": range(size - len(bars)),
        "counts": counts,
        "rated": rated,
        "total": len(bars),
        "leaving": leavers,
    }


@register.inclusion_tag("_countdown.html")
def countdown(
    until: datetime,
    since: datetime | None = None,
    now: datetime | None = None,
    text: str = "",
    over: str = "",
) -> dict[str, Any]:
    """A deadline as text that the script counts down; a bar shows the share left when `since` is known.

    `text` stands there without the script ("until 14:32" if not given), `over` once it has come ("Time is up").
    A partial that was not given `since` or `now` hands over an empty string.
    """
    total = max(1, round((until - since).total_seconds())) if since else None
    left = max(0, round((until - now).total_seconds())) if now else total
    return {
        "until": until,
        "text": text,
        "over": over,
        "total": total,
        "left": left if total is None or left is None else min(left, total),
    }


@register.inclusion_tag("_pagination.html", takes_context=True)
def pagination(context: template.Context, page: Page[Any], label: str = "") -> dict[str, Any]:
    """Links to the other pages of a list, keeping the rest of the query; `label` tells two lists of a page apart."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "numbers": list(numbers),
        "gap": page.paginator.ELLIPSIS,
        "label": label,
        "request": context.get("request"),
    }


def _part(job: Any, name: str) -> Any:
    return job[name] if isinstance(job, Mapping) else getattr(job, name)


def _short(figure: Decimal, kind: drawing.Kind) -> str:
    return f"{figure:.0f}" if kind == "stars" else percent(figure)


def _local(when: datetime) -> datetime:
    return timezone.localtime(when) if timezone.is_aware(when) else when


@register.filter
def month(when: date | datetime) -> str:
    """The month with its year, as in the middle of a sentence."""
    text = formats.date_format(_local_date(when), "YEAR_MONTH_FORMAT")
    return text.lower() if get_language() == "it" else text


def _written(on: date, name: str) -> str:
    """In the format of that name. Django's Italian capitalises days and months, as no Italian sentence does."""
    text = formats.date_format(on, f"FIRST_{name}" if on.day == 1 else name)
    return text.lower() if get_language() == "it" else text


def _local_date(when: date | datetime) -> date:
    return _local(when).date() if isinstance(when, datetime) else when
