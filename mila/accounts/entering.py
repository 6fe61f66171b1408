"""The forms of allauth that ask for an address, labelled as the rest of the site."""

from typing import Any

from allauth.account import forms as theirs
from django.forms import Field
from django.utils.translation import gettext_lazy as _

LABELS = {"login": _("E-mail"), "email": _("E-mail"), "remember": _("Remember me")}


class _Labelled:
    """Their fields, by our names. allauth adds some as it makes a form: only then can they be renamed."""

    fields: dict[str, Field]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in LABELS.keys() & self.fields.keys():
            self.fields[name].label = LABELS[name]


class LoginForm(_Labelled, theirs.LoginForm):  # type: ignore[misc]  # allauth has no types
    """Entering."""


class SignupForm(_Labelled, theirs.SignupForm):  # type: ignore[misc]
    """A new account."""


class AddEmailForm(_Labelled, theirs.AddEmailForm):  # type: ignore[misc]
    """A further address."""


class ResetPasswordForm(_Labelled, theirs.ResetPasswordForm):  # type: ignore[misc]
    """A forgotten password."""
