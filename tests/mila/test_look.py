"""Every tag and partial of the design system says what it shows, also to those who do not see it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from mila.lib.contrast import PAIRS, colours_of, contrast
from mila.lib.forms import DateInput, MoneyField, PlaceInput, StarInput, star_choices

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ANYBODY = SimpleNamespace(is_authenticated=False, is_staff=False)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """The words tested here are those of the sources."""
    with translation.override("en"):
        yield


def show(source: str, **context: Any) -> str:
    return Template("{% load mila %}" + source).render(Context(context))


def page(template: str, /, **context: Any) -> str:
    request = RequestFactory().get("/somewhere?q=1")
    request.user = context.setdefault("user", ANYBODY)
    return render_to_string(template, context, request=request)


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_numbers_and_dates_are_swiss_in_every_language(language: str) -> None:
    with translation.override(language):
        assert show("{{ a|money }}", a=Decimal("1234.5")) == "1’234.50\u00a0CHF"
        assert show("{{ d|date:'SHORT_DATETIME_FORMAT' }}", d=NOW) == "23.11.2026 09:00"
        assert show("{{ d|date:'DATE_FORMAT' }}", d=NOW) == "23.11.2026"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1’234.50\u00a0CHF", "1234.50"),
        ("1'234.50", "1234.50"),
        ("CHF 40", "40"),
        ("Fr. 40.50", "40.50"),
        ("40,50", "40.50"),
        ("40.–", "40"),
        ("40.-", "40"),
        (" 40.5 ", "40.5"),
    ],
)
def test_amounts_are_taken_as_people_write_them(typed: str, amount: str) -> None:
    assert MoneyField().clean(typed) == Decimal(amount)


@pytest.mark.parametrize("typed", ["forty", "1,234.50", "4.0.0", "EUR 40", "40.555"])
def test_what_is_no_clear_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        MoneyField().clean(typed)


def test_money_owed_carries_a_minus() -> None:
    assert show("{{ a|money }}", a=Decimal("-17.8")) == "−17.80\u00a0CHF"


@pytest.mark.parametrize(
    ("rate", "text"),
    [("0.0400", "4"), ("0.0333", "3.33"), ("0.0050", "0.5"), ("0", "0"), ("1", "100"), ("0.1000", "10")],
)
def test_a_rate_is_shown_as_exactly_as_it_counts(rate: str, text: str) -> None:
    assert show("{{ r|percent }}", r=Decimal(rate)) == f"{text}\u00a0%"


def test_days_near_now_are_named() -> None:
    tomorrow = NOW + timedelta(days=1)
    assert show("{{ d|day:now }}", d=NOW, now=NOW) == "today"
    assert show("{{ d|day:now }}", d=tomorrow, now=NOW) == "tomorrow"
    assert show("{{ d|day }}", d=tomorrow) == "Tuesday 24 November"
    with translation.override("de"):
        assert show("{{ d|day }}", d=tomorrow) == "Dienstag, 24. November"


@pytest.mark.parametrize(
    ("language", "text"),
    [("fr", "jeudi 1er octobre"), ("de", "Donnerstag, 1. Oktober"), ("it", "giovedì 1° ottobre")],
)
def test_the_first_of_a_month_is_written_as_people_say_it(language: str, text: str) -> None:
    with translation.override(language):
        assert show("{{ d|day }}", d=datetime(2026, 10, 1, 8, 0, tzinfo=UTC)) == text


@pytest.mark.parametrize(
    ("metres", "text"), [(20, "50 m"), (860, "850 m"), (980, "1.0 km"), (2412, "2.4 km")]
)
def test_distances_are_rounded_to_what_one_wants_to_know(metres: int, text: str) -> None:
    assert show("{{ m|distance }}", m=metres) == text.replace(" ", "\u00a0")


def test_stars_have_a_text_and_an_unrated_partner_is_new() -> None:
    assert 'aria-label="4.32 of 5 stars"' in show("{% stars v rated=1 %}", v=Decimal("4.32"))
    assert "(1 rating)" in show("{% stars v rated=1 %}", v=Decimal("4.32"))
    assert "New" in show("{% stars v %}", v=None)


def test_a_gauge_says_its_value_and_limit_in_words() -> None:
    gauge = show(
        "{% gauge v limit=l near=n label='Average' %}",
        v=Decimal("4.32"),
        l=Decimal("4.20"),
        n=Decimal("4.40"),
    )
    assert "Close to the limit of 4.20." in gauge
    assert ">4.32<" in gauge
    rate = show(
        "{% gauge v kind='rate' limit=l near=n %}", v=Decimal("0.0950"), l=Decimal("0.09"), n=Decimal("0.06")
    )
    assert "The limit of 9\u00a0% is not kept." in rate
    assert "No limit applies" in show("{% gauge v %}", v=Decimal("4.5"))


def test_a_beginning_is_counted_down_in_its_own_words() -> None:
    shown = show("{% countdown d text='at 09:00' over='It is time' %}", d=NOW)

    assert 'data-over="It is time"' in shown
    assert ">at 09:00</time>" in shown
    assert "Time is up" not in shown
    assert 'data-over="Time is up"' in show("{% countdown d %}", d=NOW)


def test_the_oldest_jobs_of_a_full_window_are_marked_as_leaving() -> None:
    jobs = [{"stars": 5 if number else None, "at": NOW - timedelta(days=number)} for number in range(60)]
    strip = show("{% strip jobs leaving=3 %}", jobs=jobs)
    bars = re.findall(r'<i class="(s\d[^"]*)"></i>', strip.split("<figcaption")[0])
    assert len(bars) == 50
    assert bars[:4] == ["s5 leaves", "s5 leaves", "s5 leaves", "s5"]
    assert bars[-1] == "s0"
    assert strip.count("<tr>") == 51
    assert "50 jobs in the window, 49 rated" in strip


def test_no_job_leaves_a_window_that_is_not_full() -> None:
    strip = show("{% strip jobs leaving=3 %}", jobs=[SimpleNamespace(stars=4, at=NOW)])
    assert "leaves" not in strip
    assert strip.count('class="free"') == 49


def test_a_deadline_is_readable_without_a_script() -> None:
    countdown = show("{% countdown u since=s now=n %}", u=NOW + timedelta(minutes=15), s=NOW, n=NOW)
    assert "until 09:15" in countdown
    assert 'max="900" value="900"' in countdown


def test_pages_keep_the_query() -> None:
    request = RequestFactory().get("/orders?state=open&page=2")
    source = Template("{% load mila %}{% pagination page %}")
    pages = source.render(RequestContext(request, {"page": Paginator(range(90), 10).page(2)}))
    assert "?state=open&amp;page=3" in pages
    assert pages.count('aria-current="page"') == 1
    single = source.render(RequestContext(request, {"page": Paginator(range(3), 10).page(1)}))
    assert not single.strip()


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(
        re.findall(r'symbol id="([^"]+)"', (settings.BASE_DIR / "frontend/img/icons.svg").read_text())
    )
    sources = [file.read_text() for file in Path(settings.BASE_DIR, "templates").rglob("*.html")]
    named = {name for source in sources for name in re.findall(r'{% icon "([^"]+)"|icon="([^"]+)"', source)}
    assert {name for pair in named for name in pair if name} <= drawn


class Visit(forms.Form):
    """One field of every kind."""

    email = forms.EmailField(label="E-mail", help_text="For the confirmation")
    stars = forms.TypedChoiceField(choices=star_choices, coerce=int, widget=StarInput)
    place = forms.CharField(widget=PlaceInput("/api/places"), required=False)
    day = forms.DateField(widget=DateInput, initial=NOW.date())
    agreed = forms.BooleanField()


def test_fields_are_tied_to_their_label_help_and_error() -> None:
    form = str(Visit({"email": "nobody", "stars": "4"}))
    assert '<label for="id_email">E-mail</label>' in form
    assert 'aria-invalid="true"' in form
    assert 'aria-describedby="id_email_helptext id_email_error"' in form
    assert 'id="id_email_helptext"' in form
    assert 'id="id_email_error"' in form


def test_stars_to_give_are_five_named_radio_buttons() -> None:
    field = str(Visit({"stars": "4"})["stars"])
    assert field.count('type="radio"') == 5
    assert re.search(r'value="4"[^>]* checked', field)
    assert "4 of 5 stars: good" in field


def test_native_pickers_speak_iso_whatever_the_language() -> None:
    with translation.override("de"):
        assert 'type="date" name="day" value="2026-11-23"' in str(Visit()["day"])


PARTIALS = [
    ("_heading.html", {"title": "Three visits", "above": "Monday", "below": "Lead", "back_url": "/"}),
    ("_notice.html", {"kind": "warning", "title": "Close", "text": "Why", "at": NOW, "more_url": "/"}),
    (
        "_notice.html",
        {"kind": "suspension", "title": "Paused", "figures": [{"label": "Average", "value": "3.9"}]},
    ),
    ("_figures.html", {"items": [{"label": "Average", "value": "4.32", "hint": "of 46"}]}),
    (
        "_timeline.html",
        {"steps": [{"title": "Asked", "state": "done", "at": NOW}, {"title": "B", "state": "todo"}]},
    ),
    ("_steps.html", {"steps": [{"title": "Service", "url": "/"}, {"title": "Time"}], "current": 2}),
    ("_empty.html", {"title": "Nothing", "text": "Yet", "action_url": "/", "action_label": "Go"}),
    (
        "_partner_card.html",
        {"name": "Luca", "average": None, "jobs": 3, "choose_name": "p", "choose_value": "1"},
    ),
    (
        "_offer_card.html",
        {
            "title": "Wi-Fi",
            "start": NOW,
            "end": NOW,
            "expires_at": NOW,
            "accept_url": "/a",
            "decline_url": "/d",
        },
    ),
    ("_effect.html", {"title": "Cancelling", "before": "4 %", "after": "6 %", "harm": True}),
    ("_language_switch.html", {}),
    ("_toast.html", {"text": "It is saved", "level": "success"}),
    ("_skeleton.html", {"size": "l", "label": "Your standing", "url": "/partner/standing"}),
    (
        "_dialog.html",
        {"id": "sure", "title": "Discard it?", "action_url": "/x", "action_label": "Yes, please"},
    ),
    ("base.html", {}),
    *[(f"{code}.html", {}) for code in (400, 403, 404, 429, 500)],
    ("403_csrf.html", {}),
]


@pytest.mark.parametrize(("name", "given"), PARTIALS)
def test_every_partial_renders_without_inline_style_or_script(name: str, given: dict[str, Any]) -> None:
    html = page(name, **given)
    assert html.strip()
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", html)
    for value in given.values():
        if isinstance(value, str) and " " in value:
            assert value in html


def test_the_server_error_page_needs_neither_request_nor_database() -> None:
    html = render_to_string("500.html")
    assert "<h1>" in html
    assert "<nav" not in html


def test_the_navigation_follows_the_role() -> None:
    person = {
        "is_authenticated": True,
        "email": "a@example.org",
        "get_full_name": "A B",
        "has_applied": False,
    }
    client = page("base.html", user=SimpleNamespace(**person, is_staff=False, is_partner=False))
    ops = page("base.html", user=SimpleNamespace(**person, is_staff=True, is_partner=False))
    assert "Operations" not in client
    assert "Operations" in ops
    assert "Log out" in client
    assert "Log in" in page("base.html")


@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_written_can_be_read_by_day_and_by_night(
    text: str, ground: str, least: float, scheme: str
) -> None:
    colours = colours_of(Path(settings.BASE_DIR, "frontend/css/tokens.css").read_text())
    assert contrast(colours[text].under(scheme), colours[ground].under(scheme)) >= least


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_no_form_of_ours_can_be_sent_twice_by_a_double_tap() -> None:
    """The admin has a script of its own; all other forms that change something carry the guard."""
    forms_that_post = [
        (file.name, form)
        for file in Path(settings.BASE_DIR, "templates").rglob("*.html")
        if "admin" not in file.parts
        for form in re.findall(r"<form\b[^>]*", file.read_text())
        if re.search(r'method="(post|{{ attrs.method }})"', form)
    ]
    assert len(forms_that_post) > 30
    # What htmx sends replaces itself and means the same however often it arrives.
    guarded = ("data-once", "hx-post")
    assert [form for form in forms_that_post if not any(word in form[1] for word in guarded)] == []
