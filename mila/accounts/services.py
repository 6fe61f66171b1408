"""What a person may do, and in which language we talk to them."""

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import get_language

from mila.accounts.models import LANGUAGES, User

KNOWN_LANGUAGES = {code for code, _name in LANGUAGES}
# In the session of a visitor: the language chosen by the switch, for the account that logs in next.
CHOSEN_LANGUAGE = "chosen_language"


def is_ops(user: User | AnonymousUser) -> bool:
    """Whether this is a member of staff."""
    return user.is_authenticated and user.is_active and user.is_staff


def language_now() -> str:
    """The active language, if it is one of ours, else the first of ours."""
    language = (get_language() or "")[:2]
    return language if language in KNOWN_LANGUAGES else LANGUAGES[0][0]


def change_language(*, user: User, language: str) -> None:
    """From now on mails to this person speak `language`; an unknown language changes nothing."""
    if language in KNOWN_LANGUAGES and language != user.language:
        user.language = language
        user.save(update_fields=["language"])


def change_account(*, user: User, first_name: str, last_name: str, phone: str, language: str) -> None:
    """What somebody says about themselves; the address and the second factor have pages of their own."""
    user.first_name, user.last_name, user.phone = first_name, last_name, phone
    user.save(update_fields=["first_name", "last_name", "phone"])
    change_language(user=user, language=language)


def introduce(*, user: User, first_name: str, phone: str) -> None:
    """Note the name and number that somebody gives while booking; what the account has already stays."""
    given = {"first_name": first_name, "phone": phone}
    fields = [name for name, value in given.items() if value and not getattr(user, name)]
    for name in fields:
        setattr(user, name, given[name])
    if fields:
        user.save(update_fields=fields)
