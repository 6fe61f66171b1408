"""In which language somebody is spoken to: the account's, once logged in; else the chosen one, or the browser's.

Public pages have an address for each language, and there the address decides (ADR "Public pages have an address for
each language").
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve, reverse
from django.urls.converters import StringConverter
from django.utils import translation
from django.views.i18n import set_language as set_language_cookie

from mila.accounts.services import CHOSEN_LANGUAGE, change_language

GetResponse = Callable[[HttpRequest], HttpResponse]


class LanguageConverter(StringConverter):
    """`fr`, `de`, `it` or `en` at the beginning of an address; the argument is called `language`."""

    regex = "|".join(code for code, _name in settings.LANGUAGES)


class AccountLanguage:
    """Speaks the language of the account, or of the address, if it names one.

    Stands behind `LocaleMiddleware`, whose guess it corrects. An address changes no account; a visitor who reads a
    page in another language than the one that would be guessed gets the cookie for it, so that pages without a
    language in their address (the search, a booking, signing up) go on in it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.language != translation.get_language():
            _speak(request, request.user.language)
        guessed = translation.get_language()
        response = self.get_response(request)
        read = _language_of_address(request)
        is_visitor = not request.user.is_authenticated
        if is_visitor and read not in {"", guessed} and response.status_code == HTTPStatus.OK:
            _remember(response, read)
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, Any]
    ) -> None:
        """Known only now: the address has been resolved."""
        if "language" in kwargs:
            _speak(request, kwargs["language"])


def _language_of_address(request: HttpRequest) -> str:
    match = request.resolver_match
    return "" if match is None else match.kwargs.get("language", "")


def _remember(response: HttpResponse, language: str) -> None:
    """As the language switch does."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def _speak(request: HttpRequest, language: str) -> None:
    translation.activate(language)
    request.LANGUAGE_CODE = language


def set_language(request: HttpRequest) -> HttpResponseBase:
    """Change the language and return to the same page (POST `language`, `next`), at its address in that language.

    For good if one is logged in; a visitor's choice becomes the account's by logging in.
    """
    language = request.POST.get("language", "")
    if translation.check_for_language(language):
        if request.user.is_authenticated:
            change_language(user=request.user, language=language)
        else:
            request.session[CHOSEN_LANGUAGE] = language
    response = set_language_cookie(request)
    if translation.check_for_language(language) and response.has_header("Location"):
        response.headers["Location"] = sibling(response.headers["Location"], language)
    return response


def sibling(url: str, language: str) -> str:
    """The same page in another language, if its address names one; else the address as it is."""
    parts = urlsplit(url)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return url
    if "language" not in match.kwargs:
        return url
    path = reverse(match.view_name, kwargs=match.kwargs | {"language": language})
    return parts._replace(path=path).geturl()
