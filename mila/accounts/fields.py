"""The form field for a telephone number, for whoever asks for one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class PhoneField(forms.RegexField):
    """A number as people write it, with its area code."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"})
        wrong = _("Please give the number with its area code, for example 079 123 45 67.")
        super().__init__(
            r"^\+?[0-9 ()/.-]{9,20}$",
            label=_("Phone"),
            max_length=20,
            required=False,
            widget=widget,
            error_messages={"invalid": wrong},
            **options,
        )
