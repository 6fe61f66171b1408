"""Every token and component of the design system, by day and by night side by side: for ops and developers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from mila.lib.contrast import PAIRS, Colour, colours_of, contrast
from mila.lib.forms import DateInput, RangeInput, StarInput, star_choices

TOKENS = Path(settings.BASE_DIR, "frontend/css/tokens.css")
NOTICES = ("advice", "warning", "final_warning", "suspension", "info", "good")
LEVELS = ("", "success", "warning", "error")
SIZES = (1, 2, 3, 4, 5, 6, 7)
# Of the strip: mostly five stars, some less, some not rated.
STARS = (5, 5, 4, 5, None, 5, 3, 5, 5, 4, 5, 1, 5, 5, None, 4, 5, 2)


@dataclass(frozen=True, slots=True)
class Pair:
    """Text on its ground in one scheme."""

    text: Colour
    ground: Colour
    ink: str
    paper: str
    ratio: float
    least: float

    @property
    def is_enough(self) -> bool:
        return self.ratio >= self.least


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page; its template shows one scheme and gets `look`."""

    key: str
    title: str

    @property
    def template(self) -> str:
        return f"pages/styleguide/{self.key}.html"


class Specimen(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label=_l("First name"), max_length=40)
    email = forms.EmailField(label=_l("Email"), help_text=_l("We write and speak to you in this language."))
    day = forms.DateField(label=_l("Day"), widget=DateInput)
    state = forms.ChoiceField(label=_l("Status"), choices=[("", "–"), ("open", _l("open"))])
    radius = forms.IntegerField(
        label=_l("How many, how far"), min_value=1, max_value=50, initial=12, widget=RangeInput
    )
    note = forms.CharField(label=_l("Comment"), widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(
        label=_l("Kind"), widget=forms.RadioSelect, choices=[("a", _l("Advice")), ("b", _l("Warning"))]
    )
    stars = forms.TypedChoiceField(label=_l("Stars"), choices=star_choices, coerce=int, widget=StarInput)
    agreed = forms.BooleanField(label=_l("I agree"))
    fixed = forms.CharField(label=_l("Price"), initial="80.00 CHF", disabled=True)


def styleguide(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    colours = colours_of(TOKENS.read_text())
    context = {
        "sections": sections(),
        "looks": [look(scheme, label, colours, now) for scheme, label in _schemes()],
        "now": now,
    }
    return render(request, "pages/styleguide/page.html", context)


def sections() -> list[Section]:
    """In the order of the page."""
    return [
        Section("colours", _("Colours")),
        Section("type", _("Type and spacing")),
        Section("buttons", _("Buttons and chips")),
        Section("forms", _("Forms")),
        Section("cards", _("Cards")),
        Section("figures", _("Stars, gauges and timelines")),
        Section("notices", _("Notices")),
        Section("states", _("Nothing yet, on its way, just happened")),
        Section("lists", _("Lists, tables and pages")),
    ]


def look(scheme: str, label: str, colours: Any, now: datetime) -> dict[str, Any]:
    """Everything that the sections show in one scheme."""
    return {
        "scheme": scheme,
        "label": label,
        "swatches": [(colour.name, colour.under(scheme)) for colour in colours.values()],
        "pairs": pairs(colours, scheme),
        "sizes": SIZES,
        "hues": range(12),
        "form": Specimen(prefix=scheme),
        "wrong": Specimen({}, prefix=f"{scheme}-wrong"),
        "notices": NOTICES,
        "levels": LEVELS,
        "strip": strip(now),
        "timeline": timeline(now),
        "steps": [{"title": title} for title in (_("Service"), _("Address"), _("When"), _("Partner"))],
        "figures": [
            {"label": _("Average"), "value": "4.32", "hint": _("of %(jobs)s jobs") % {"jobs": 50}},
            {"label": _("Cancellation rate"), "value": "4 %"},
        ],
        "page": page(),
        "soon": now + timedelta(minutes=12),
        "since": now - timedelta(minutes=3),
        "later": now + timedelta(days=2),
        "end": now + timedelta(days=2, hours=1),
        **GAUGES,
    }


GAUGES = {
    "average": Decimal("4.32"),
    "minimum": Decimal("4.20"),
    "near": Decimal("4.40"),
    "low": Decimal("3.90"),
    "rate": Decimal("0.0400"),
    "rate_limit": Decimal("0.09"),
    "rate_near": Decimal("0.06"),
    "price": Decimal("1234.50"),
    "commission": Decimal("246.90"),
}


def pairs(colours: Any, scheme: str) -> list[Pair]:
    """What stands on what, with its contrast."""
    found = []
    for text, ground, least in PAIRS:
        ink, paper = colours[text].under(scheme), colours[ground].under(scheme)
        found.append(Pair(colours[text], colours[ground], ink, paper, contrast(ink, paper), least))
    return found


def strip(now: datetime) -> list[dict[str, Any]]:
    """A full window, latest first."""
    return [{"stars": STARS[day % len(STARS)], "at": now - timedelta(days=day)} for day in range(50)]


def timeline(now: datetime) -> list[dict[str, Any]]:
    return [
        {"title": _("Order received"), "state": "done", "at": now - timedelta(hours=3)},
        {"title": _("Nobody was free"), "state": "stopped", "at": now - timedelta(hours=2)},
        {"title": _("We are looking for somebody"), "state": "current"},
        {"title": _("The visit begins"), "state": "todo", "detail": _("as soon as possible")},
    ]


def page() -> Page[int]:
    numbers: Sequence[int] = range(90)
    return Paginator(numbers, 10).page(4)


def _schemes() -> list[tuple[str, str]]:
    return [("light", _("Light")), ("dark", _("Dark"))]
