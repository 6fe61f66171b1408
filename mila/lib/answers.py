"""How pages answer when a service refuses: with its own words, calmly, and on the page where one was."""

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def refusals_told(request: HttpRequest) -> Iterator[None]:
    """A refusal inside becomes a message on the next page."""
    try:
        yield
    except (Refusal, Busy) as outcome:
        messages.warning(request, words_of(outcome))
