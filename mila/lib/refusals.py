"""Refusals: outcomes of a service that are no errors, each with the words for the person who asked."""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """Base of every stated refusal. Nothing was changed; `message` says why, in the reader's language.

    Subclasses set `message`; its `%(name)s` placeholders are filled from the keyword arguments. `code` is the
    name for programs.
    """

    message: ClassVar[str | Promise] = _("This is not possible at the moment.")

    def __init__(self, **details: object) -> None:
        super().__init__(type(self).__name__)
        self.details = details

    def __str__(self) -> str:
        return str(self.message) % self.details if self.details else str(self.message)

    @property
    def code(self) -> str:
        return type(self).__name__
