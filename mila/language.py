"""In which language somebody is spoken to: the account's, once logged in; else the chosen one, or the browser's."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.views.i18n import set_language as set_language_cookie

from mila.accounts.services import CHOSEN_LANGUAGE, change_language

GetResponse = Callable[[HttpRequest], HttpResponse]


class AccountLanguage:
    """Speaks the language of the account. Stands behind `LocaleMiddleware`, whose guess it corrects."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.language != translation.get_language():
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = request.user.language
        return self.get_response(request)


def set_language(request: HttpRequest) -> HttpResponseBase:
    """Change the language and return to the same page (POST `language`, `next`).

    For good if one is logged in; a visitor's choice becomes the account's by logging in.
    """
    language = request.POST.get("language", "")
    if translation.check_for_language(language):
        if request.user.is_authenticated:
            change_language(user=request.user, language=language)
        else:
            request.session[CHOSEN_LANGUAGE] = language
    return set_language_cookie(request)
