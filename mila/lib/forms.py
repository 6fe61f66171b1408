"""One look for every form: the renderer that `FORM_RENDERER` names, and the widgets of the design system."""

import re
from collections.abc import Container, Iterable
from html import escape
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer, TemplatesSetting
from django.forms.utils import flatatt
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

star_choices = [
    (1, _("1 of 5 stars: bad")),
    (2, _("2 of 5 stars: not good")),
    (3, _("3 of 5 stars: all right")),
    (4, _("4 of 5 stars: good")),
    (5, _("5 of 5 stars: excellent")),
]


class Renderer(TemplatesSetting):
    """Renders `{{ form }}` and `{{ field.as_field_group }}` from templates/forms/."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class Select(forms.Select):
    """A list whose options have no attributes of their own, written without a template: a list of times has thirty."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - Django's signature
    ) -> SafeString:
        given = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        options = _options(self.choices, set(self.format_value(value)))
        return format_html("<select{}>{}</select>", flatatt(given), mark_safe(options))  # noqa: S308 - escaped below


def _options(choices: Iterable[tuple[Any, Any]], chosen: Container[str]) -> str:
    return "".join(_option(value, label, chosen) for value, label in choices)


def _option(value: Any, label: Any, chosen: Container[str]) -> str:
    """One choice, or the choices below a heading."""
    text = "" if value is None else str(value)
    if isinstance(label, list | tuple):
        return f'\n<optgroup label="{escape(text)}">{_options(label, chosen)}</optgroup>'
    selected = " selected" if text in chosen else ""
    return f'\n<option value="{escape(text)}"{selected}>{escape(str(label))}</option>'


class StarInput(forms.RadioSelect):
    """Five stars to choose from: radio buttons underneath, so keyboard, screen readers and no script all work."""

    template_name = "forms/widgets/stars.html"


class PlaceInput(forms.TextInput):
    """Text field that completes postcodes and towns from `url` while one types; a plain text field without script.

    The address answers `?q=` with a JSON list of `{postcode, name, canton, label}`.
    """

    template_name = "forms/widgets/place.html"

    def __init__(self, url: str | Promise, attrs: dict[str, Any] | None = None) -> None:
        defaults = {"data-complete": url, "autocomplete": "off", "spellcheck": "false"}
        super().__init__({**defaults, **(attrs or {})})


class RangeInput(forms.NumberInput):
    """A number with a slider beside it, which the script adds: without it the number alone does."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-range": "", "inputmode": "numeric", **(attrs or {})})


class MoneyField(forms.DecimalField):
    """An amount as people write it, which a field of numbers refuses: `1’234.50 CHF`, `CHF 40`, `40,50`, `40.–`."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        super().__init__(decimal_places=2, **options)

    def to_python(self, value: Any) -> Any:
        return super().to_python(_bare(value) if isinstance(value, str) else value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off", **super().widget_attrs(widget)}


def _bare(text: str) -> str:
    """Without currency, spaces, apostrophes and the dash for no cents; a comma before cents is a point."""
    bare = re.sub(r"(?i)chf|s?fr\.?|[\s'’]", "", text)
    bare = re.sub(r"[.,][-–—]+$", "", bare)
    return re.sub(r"^(\d+),(\d{1,2})$", r"\1.\2", bare)


class DateInput(forms.DateInput):
    """The browser's own calendar; it speaks ISO dates whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own clock, to the minute."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")
