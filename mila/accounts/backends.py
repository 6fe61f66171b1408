"""How whoever is logged in is read: together with what every page asks of them."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import ModelBackend

from mila.accounts.models import User


class ByPassword(ModelBackend):
    def get_user(self, user_id: Any) -> User | None:
        return _read(self, user_id)


class ByAllauth(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    def get_user(self, user_id: Any) -> User | None:
        return _read(self, user_id)


def _read(backend: ModelBackend, user_id: Any) -> User | None:
    user = User.objects.with_roles(user_id)
    return user if user is not None and backend.user_can_authenticate(user) else None
