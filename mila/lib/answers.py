"""How pages answer when a service refuses: with its own words, calmly, and on the page where one was."""

from contextlib import AbstractContextManager
from types import TracebackType

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from mila.lib.locks import Busy
from mila.lib.refusals import Refusal


def words_of(outcome: Refusal | Busy) -> str:
    """What to say to the person whose request was refused."""
    if isinstance(outcome, Busy):
        return _("Many people are doing this at the moment. Please try again.")
    return str(outcome)


class RefusalsTold(AbstractContextManager[None, bool]):
    """A refusal inside becomes a message on the next page, and what stands behind the block goes on."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def __exit__(
        self, _kind: type[BaseException] | None, outcome: BaseException | None, _where: TracebackType | None
    ) -> bool:
        if not isinstance(outcome, Refusal | Busy):
            return False
        messages.warning(self.request, words_of(outcome))
        return True
