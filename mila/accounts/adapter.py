"""What allauth asks us when somebody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.forms import Form
from django.http import HttpRequest

from mila.accounts.models import User
from mila.accounts.services import language_now


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Mails speak the language in which somebody signed up."""

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        user.language = language_now()
        saved: User = super().save_user(request, user, form, commit=commit)
        return saved
