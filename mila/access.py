"""Who may open which address. Default deny: what this table does not name is refused (and fails a test).

The table decides about roles and methods. Which rows somebody sees is decided by the querysets of the views
(`for_client`, `for_partner`): other people's objects are answered by 404, so that nothing tells that they exist.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control

from mila.accounts.models import User
from mila.unsent import forget_if_sent, is_kept, keep, last_person, remember_person

GetResponse = Callable[[HttpRequest], HttpResponse]


class Who(Enum):
    """CLIENT is anybody who has logged in: everybody may book, and sees their own orders only."""

    PUBLIC = "public"
    CLIENT = "client"
    PARTNER = "partner"
    OPS = "ops"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use an address, by which methods. HEAD goes with GET."""

    who: Who
    methods: frozenset[str]


def _may(who: Who, methods: str) -> Access:
    named = frozenset(methods.split())
    return Access(who, named | {"HEAD"} if "GET" in named else named)


_READ, _WRITE, _FORM = "GET", "POST", "GET POST"

ACCESS: Mapping[str, Access] = {
    # The house
    "healthz": _may(Who.PUBLIC, _READ),
    "readyz": _may(Who.PUBLIC, _READ),
    "set_language": _may(Who.PUBLIC, _WRITE),
    "set_scheme": _may(Who.PUBLIC, _WRITE),
    "manifest": _may(Who.PUBLIC, _READ),
    # By itself it shows a form only to whom it belongs
    "unsent": _may(Who.PUBLIC, _FORM),
    "api_schema": _may(Who.PUBLIC, _READ),
    # Ops; developers who have DEBUG on need no log-in for it
    "styleguide": _may(Who.PUBLIC if settings.DEBUG else Who.OPS, _READ),
    # Everybody
    "home": _may(Who.PUBLIC, _READ),
    "home_in": _may(Who.PUBLIC, _READ),
    "city_page": _may(Who.PUBLIC, _READ),
    "city_service_page": _may(Who.PUBLIC, _READ),
    "service_page": _may(Who.PUBLIC, _READ),
    "robots": _may(Who.PUBLIC, _READ),
    "sitemap": _may(Who.PUBLIC, _READ),
    "tell_me": _may(Who.PUBLIC, _FORM),
    "tell_me_noted": _may(Who.PUBLIC, _READ),
    "search": _may(Who.PUBLIC, _READ),
    "search_times": _may(Who.PUBLIC, _READ),
    "ranking": _may(Who.PUBLIC, _READ),
    "partner_profile": _may(Who.PUBLIC, _READ),
    "partner_times": _may(Who.PUBLIC, _READ),
    "become_a_partner": _may(Who.PUBLIC, _READ),
    "api_places": _may(Who.PUBLIC, _READ),
    # Whose draft it is, the session says; an order takes an account
    "book": _may(Who.PUBLIC, _READ),
    "book_service": _may(Who.PUBLIC, _FORM),
    "book_address": _may(Who.PUBLIC, _FORM),
    "book_time": _may(Who.PUBLIC, _FORM),
    "book_partner": _may(Who.PUBLIC, _FORM),
    "book_summary": _may(Who.PUBLIC, _FORM),
    "book_discard": _may(Who.PUBLIC, _WRITE),
    "book_choose": _may(Who.CLIENT, _WRITE),
    # Their addresses hold a token that nobody can guess
    "calendar_feed": _may(Who.PUBLIC, _READ),
    "forget_interest": _may(Who.PUBLIC, _FORM),
    # Whoever has logged in
    "start": _may(Who.CLIENT, _READ),
    "account": _may(Who.CLIENT, _FORM),
    "addresses": _may(Who.CLIENT, _READ),
    "address_add": _may(Who.CLIENT, _FORM),
    "address_change": _may(Who.CLIENT, _FORM),
    "address_default": _may(Who.CLIENT, _WRITE),
    "address_remove": _may(Who.CLIENT, _WRITE),
    "favourite_list": _may(Who.CLIENT, _READ),
    "favourite_change": _may(Who.CLIENT, _WRITE),
    "order_list": _may(Who.CLIENT, _READ),
    "order_detail": _may(Who.CLIENT, _READ),
    "order_state": _may(Who.CLIENT, _READ),
    "order_again": _may(Who.CLIENT, _READ),
    "order_cancel": _may(Who.CLIENT, _FORM),
    "order_rate": _may(Who.CLIENT, _FORM),
    "order_ratings": _may(Who.CLIENT, _READ),
    "visit_thread": _may(Who.CLIENT, _READ),
    "visit_write": _may(Who.CLIENT, _WRITE),
    "time_accept": _may(Who.CLIENT, _WRITE),
    "times_decline": _may(Who.CLIENT, _WRITE),
    "extra_approve": _may(Who.CLIENT, _WRITE),
    "extra_decline": _may(Who.CLIENT, _WRITE),
    "rating_reply": _may(Who.CLIENT, _FORM),
    "rating_flag": _may(Who.CLIENT, _FORM),
    "ratings_given": _may(Who.CLIENT, _READ),
    "ratings_received": _may(Who.CLIENT, _READ),
    "application": _may(Who.CLIENT, _READ),
    "application_step": _may(Who.CLIENT, _FORM),
    "application_send": _may(Who.CLIENT, _WRITE),
    "application_take_back": _may(Who.CLIENT, _WRITE),
    # Partners
    "partner_dashboard": _may(Who.PARTNER, _READ),
    "partner_offers": _may(Who.PARTNER, _READ),
    "partner_next": _may(Who.PARTNER, _READ),
    "tile_visits": _may(Who.PARTNER, _READ),
    "tile_standing": _may(Who.PARTNER, _READ),
    "tile_earnings": _may(Who.PARTNER, _READ),
    "partner_standing": _may(Who.PARTNER, _READ),
    "partner_notices": _may(Who.PARTNER, _READ),
    "partner_ratings": _may(Who.PARTNER, _READ),
    "partner_ratings_given": _may(Who.PARTNER, _READ),
    "notice_detail": _may(Who.PARTNER, _READ),
    "sanction_detail": _may(Who.PARTNER, _READ),
    "partner_earnings": _may(Who.PARTNER, _READ),
    "earnings_of_month": _may(Who.PARTNER, _READ),
    "my_day": _may(Who.PARTNER, _READ),
    "my_day_on": _may(Who.PARTNER, _READ),
    "calendar_week": _may(Who.PARTNER, _READ),
    "calendar_month": _may(Who.PARTNER, _READ),
    "calendar_renew": _may(Who.PARTNER, _WRITE),
    "partner_settings": _may(Who.PARTNER, _FORM),
    "partner_hours": _may(Who.PARTNER, _FORM),
    "partner_area": _may(Who.PARTNER, _FORM),
    "days_off_add": _may(Who.PARTNER, _WRITE),
    "days_off_remove": _may(Who.PARTNER, _WRITE),
    "api_standing": _may(Who.PARTNER, _READ),
    "offer_accept": _may(Who.PARTNER, _WRITE),
    "offer_decline": _may(Who.PARTNER, _WRITE),
    "job_list": _may(Who.PARTNER, _READ),
    "job_history": _may(Who.PARTNER, _READ),
    "job_detail": _may(Who.PARTNER, _READ),
    "job_check_in": _may(Who.PARTNER, _WRITE),
    "job_check_out": _may(Who.PARTNER, _WRITE),
    "job_client_absent": _may(Who.PARTNER, _WRITE),
    "job_cancel": _may(Who.PARTNER, _FORM),
    "job_hand_over": _may(Who.PARTNER, _WRITE),
    "job_help": _may(Who.PARTNER, _FORM),
    "job_help_withdraw": _may(Who.PARTNER, _WRITE),
    "sick_day": _may(Who.PARTNER, _FORM),
    "job_step": _may(Who.PARTNER, _READ),
    "job_agreed": _may(Who.PARTNER, _READ),
    "job_confirm_time": _may(Who.PARTNER, _WRITE),
    "job_propose_times": _may(Who.PARTNER, _WRITE),
    "times_withdraw": _may(Who.PARTNER, _WRITE),
    "job_propose_extra": _may(Who.PARTNER, _WRITE),
    "extra_withdraw": _may(Who.PARTNER, _WRITE),
    "job_set_off": _may(Who.PARTNER, _WRITE),
    "job_late": _may(Who.PARTNER, _WRITE),
    "job_ratings": _may(Who.PARTNER, _READ),
    "job_rate": _may(Who.PARTNER, _FORM),
    # Accounts: the forms decide by themselves who has to be logged in how recently
    "account_login": _may(Who.PUBLIC, _FORM),
    "account_logout": _may(Who.PUBLIC, _FORM),
    "account_signup": _may(Who.PUBLIC, _FORM),
    "account_inactive": _may(Who.PUBLIC, _READ),
    "account_confirm_email": _may(Who.PUBLIC, _FORM),
    "account_email_verification_sent": _may(Who.PUBLIC, _FORM),
    "account_confirm_login_code": _may(Who.PUBLIC, _FORM),
    "account_reset_password": _may(Who.PUBLIC, _FORM),
    "account_reset_password_done": _may(Who.PUBLIC, _READ),
    "account_reset_password_from_key": _may(Who.PUBLIC, _FORM),
    "account_reset_password_from_key_done": _may(Who.PUBLIC, _READ),
    "account_change_password": _may(Who.CLIENT, _FORM),
    "account_set_password": _may(Who.CLIENT, _FORM),
    "account_email": _may(Who.CLIENT, _FORM),
    "account_reauthenticate": _may(Who.CLIENT, _FORM),
    "mfa_authenticate": _may(Who.PUBLIC, _FORM),
    "mfa_login_webauthn": _may(Who.PUBLIC, _FORM),
    "mfa_reauthenticate": _may(Who.CLIENT, _FORM),
    "mfa_reauthenticate_webauthn": _may(Who.CLIENT, _FORM),
    "mfa_index": _may(Who.CLIENT, _READ),
    "mfa_activate_totp": _may(Who.CLIENT, _FORM),
    "mfa_deactivate_totp": _may(Who.CLIENT, _FORM),
    "mfa_view_recovery_codes": _may(Who.CLIENT, _READ),
    "mfa_generate_recovery_codes": _may(Who.CLIENT, _FORM),
    "mfa_download_recovery_codes": _may(Who.CLIENT, _READ),
    "mfa_list_webauthn": _may(Who.CLIENT, _READ),
    "mfa_add_webauthn": _may(Who.CLIENT, _FORM),
    "mfa_edit_webauthn": _may(Who.CLIENT, _FORM),
    "mfa_remove_webauthn": _may(Who.CLIENT, _FORM),
}
# The admin asks for its own login and for the permission of each page.
LEFT_TO_THEMSELVES: Mapping[str, Who] = {"admin": Who.OPS}


class AccessMiddleware:
    """Applies the table to every request before its view runs."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        remember_person(request, response)
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Refuse, or let the view run."""
        if _has_null(request):
            raise BadRequest("No text contains a null character.")
        match = request.resolver_match
        if match is None or is_left_to_itself(match):
            return None
        access = ACCESS.get(match.view_name)
        if access is None:
            raise Http404
        if request.method not in access.methods:
            return _to_its_page(request) or HttpResponseNotAllowed(sorted(access.methods))
        if access.who is not Who.PUBLIC:
            if not request.user.is_authenticated:
                return _ask_to_log_in(request, access, match)
            if not holds(request.user, access.who):
                raise Http404
        if request.method == "POST":
            forget_if_sent(request)
        return None


def _to_its_page(request: HttpRequest) -> HttpResponse | None:
    """For whoever reloads the answer to a form that was wrong, or reads it in another language: the page of the form.

    It stands above the address that takes the form; None where no person asks, or there is none.
    """
    if request.method != "GET" or "text/html" not in request.headers.get("Accept", ""):
        return None
    parts = request.path.strip("/").split("/")
    for end in range(len(parts) - 1, 0, -1):
        for path in ("/" + "/".join(parts[:end]), "/" + "/".join(parts[:end]) + "/"):
            try:
                above = ACCESS.get(resolve(path).view_name)
            except Resolver404:
                continue
            if above is not None and "GET" in above.methods:
                return redirect(path)
    return None


def _has_null(request: HttpRequest) -> bool:
    """PostgreSQL cannot store it and nobody types it; forms refuse it by themselves."""
    return "\x00" in request.path or any("\x00" in value for value in request.GET.values())


def is_left_to_itself(match: ResolverMatch) -> bool:
    return bool(match.namespaces) and match.namespaces[0] in LEFT_TO_THEMSELVES


def holds(user: User, who: Who) -> bool:
    """Whether somebody who has logged in has this role."""
    if who is Who.PARTNER:
        return user.is_partner
    return user.is_staff if who is Who.OPS else True


def _ask_to_log_in(request: HttpRequest, access: Access, match: ResolverMatch) -> HttpResponse:
    if match.view_name.startswith("api_"):
        return JsonResponse({"detail": "Authentication credentials were not provided."}, status=401)
    response = redirect_to_login(_page_after_login(request, access))
    if request.headers.get("HX-Request"):
        # A fragment must not become a login form in the middle of a page.
        return HttpResponse(status=204, headers={"HX-Redirect": response.url})
    return response


def _page_after_login(request: HttpRequest, access: Access) -> str:
    """The page that was asked for, or the one that offers what the visitor was about to send."""
    if is_kept(request) and keep(request, timezone.now(), last_person(request)):
        return reverse("unsent")
    return request.get_full_path() if "GET" in access.methods else reverse("home")
