"""What people say about themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import LANGUAGES


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


class AccountForm(forms.Form):
    """Name, phone and language; everything else of an account has a page of its own."""

    first_name = forms.CharField(
        label=_("First name"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    phone = PhoneField()
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, help_text=_("We write and speak to you in this language.")
    )
