"""The type of a request behind the access table: somebody has logged in."""

from django.http import HttpRequest

from mila.accounts.models import User


class SignedIn(HttpRequest):
    """`mila.access` lets only such requests reach a view that is not public."""

    user: User
