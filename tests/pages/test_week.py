"""How the slot picker is written, wherever it stands."""

from datetime import date

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from mila.lib.templatetags.mila import day
from mila.pages.week import DayCell, Picker, Shown, Stand

DAY = date(2026, 3, 2)


def picker(stand: Stand) -> Picker:
    return Picker(
        shown=Shown(DAY, DAY, None),
        earlier_url="",
        later_url=stand.url(date(2026, 3, 9)),
        cells=[DayCell(DAY, 1, stand.url(DAY, DAY), is_open=True)],
        day=DAY,
        groups=[],
        any_time=None,
        soonest=None,
        is_sent=stand.lead is None,
    )


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_days_are_written_as_everywhere_else(language: str) -> None:
    with translation.override(language):
        page = render_to_string("pages/_slots.html", {"picker": picker(Stand("/here"))})
        assert day(DAY).casefold() in page.casefold()


def test_other_days_keep_what_the_address_says() -> None:
    page = render_to_string("pages/_slots.html", {"picker": picker(Stand("/here", {"who": "anybody"}))})
    assert 'href="/here?who=anybody&amp;from=2026-03-02&amp;day=2026-03-02"' in page
    assert 'href="/here?who=anybody&amp;from=2026-03-09"' in page


def test_a_time_is_a_link_where_it_leads_and_else_what_a_form_sends() -> None:
    linked = Stand("/here", lead=lambda on, text: f"/there?{on}-{text}", chosen="2026-03-02 10:00")
    assert linked.slot(DAY, "10:00").url == "/there?2026-03-02-10:00"
    assert linked.slot(DAY, "10:00").is_current
    assert linked.slot(None, "soon").value == "soon"
    sent = Stand("/here").slot(DAY, "morning")
    assert (sent.value, sent.url, sent.is_current) == ("2026-03-02 morning", "", False)
