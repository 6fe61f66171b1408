"""What allauth asks us when somebody signs up, logs in or is written to."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import filter_users_by_email
from django.forms import Form
from django.http import HttpRequest
from django.utils import translation

from mila.accounts.models import User
from mila.accounts.services import CHOSEN_LANGUAGE, change_language, language_now


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Mails speak the language of the account; it begins with the one in which somebody signed up."""

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        user.language = language_now()
        saved: User = super().save_user(request, user, form, commit=commit)
        return saved

    def login(self, request: HttpRequest, user: User) -> None:
        """A language that the visitor has chosen before is meant for the account too."""
        super().login(request, user)
        change_language(user=user, language=request.session.pop(CHOSEN_LANGUAGE, ""))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Whoever filled in the form may be somebody else: the mail is for the owner of the address."""
        owners: list[User] = filter_users_by_email(email)
        with translation.override(owners[0].language if owners else translation.get_language()):
            super().send_mail(template_prefix, email, context)
