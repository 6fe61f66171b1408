"""How the week of free times is written."""

from datetime import date

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from mila.lib.templatetags.mila import day

DAY = date(2026, 3, 2)


@pytest.mark.parametrize("language", ["fr", "de", "it", "en"])
def test_days_are_written_as_everywhere_else(language: str) -> None:
    with translation.override(language):
        page = render_to_string("pages/_days.html", {"week": [{"day": DAY, "parts": [], "times": []}]})
        assert day(DAY).casefold() in page.casefold()
