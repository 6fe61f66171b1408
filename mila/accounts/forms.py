"""What people say about themselves."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mila.accounts.fields import PhoneField
from mila.accounts.models import LANGUAGES


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
