"""One's own account."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from mila.accounts.forms import AccountForm
from mila.accounts.requests import SignedIn
from mila.accounts.services import change_account

FIELDS = ("first_name", "last_name", "phone", "language")


def account(request: SignedIn) -> HttpResponse:
    """What others see of a person, and the ways to the address, the password and the second factor."""
    user = request.user
    form = AccountForm(request.POST or None, initial={name: getattr(user, name) for name in FIELDS})
    if request.method == "POST" and form.is_valid():
        change_account(user=user, **form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Your account is up to date."))
        return redirect("account")
    return render(request, "account/account.html", {"form": form})
