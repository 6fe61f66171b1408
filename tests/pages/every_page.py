"""Every page that people can open, each in a scene that has something to show; for the walk through all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from billing import services as billing
from compliance import services as compliance
from compliance.models import Notice, Sanction
from mila.accounts.models import User
from orders import services as orders
from orders.clients.services import add_address
from orders.services import drafts
from partners.favourites import keep_favourite
from partners.models import Partner
from tests.factories import CompletedJobFactory, OpsFactory, place, service
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_client,
    new_partner,
    open_offer,
    placed_order,
    published_ratings,
)
from tests.partners.applying.drafts import draft

# What people of these scenes have written themselves is in one language everywhere.
WRITTEN_BY_PEOPLE = (
    "The router blinks red.",
    "Friendly and quick.",
    "Good coffee.",
    "Complaints about the work.",
    "Blue door, second floor, left.",
)

BOOKING_STEPS = ("book_service", "book_address", "book_time", "book_partner", "book_summary")

# Those of which `make screenshots` makes pictures.
MAIN_PAGES = frozenset(
    {
        "home",
        "city_page",
        "service_page",
        "search",
        "book_service",
        "book_time",
        "book_partner",
        "book_summary",
        "partner_profile",
        "account_signup",
        "order_list",
        "order_detail",
        "order_rate",
        "partner_dashboard",
        "calendar_week",
        "my_day_on",
        "partner_standing",
        "partner_ratings",
        "partner_earnings",
        "job_detail",
        "application",
    }
)

# Answers that are no pages: parts that a page fetches by itself, data, and what allauth only shows in mid-flow.
NOT_PAGES: Mapping[str, str] = {
    "healthz": "for machines",
    "readyz": "for machines",
    "api_schema": "for machines",
    "api_places": "data",
    "api_standing": "data",
    "calendar_feed": "data",
    "start": "leads on",
    "my_day": "leads on",
    "book": "leads on",
    "unsent": "shows what an expired session has kept; a test of its own",
    "manifest": "data",
    "robots": "for machines",
    "sitemap": "for machines",
    "forget_interest": "needs the token of a mail",
    "order_state": "part of a page",
    "order_ratings": "part of a page",
    "job_ratings": "part of a page",
    "visit_thread": "part of a page",
    "partner_offers": "part of a page",
    "job_step": "part of a page",
    "job_agreed": "part of a page",
    "partner_next": "part of a page",
    "tile_visits": "part of a page",
    "tile_standing": "part of a page",
    "tile_earnings": "part of a page",
    "account_inactive": "nobody is inactive here",
    "account_confirm_email": "needs the key of a mail; a journey signs up",
    "account_email_verification_sent": "a step of signing up; a journey does",
    "account_confirm_login_code": "a step of logging in",
    "account_reset_password_from_key": "needs the key of a mail",
    "account_set_password": "leads on for who has a password",
    "mfa_authenticate": "a step of logging in",
    "mfa_login_webauthn": "data",
    "mfa_reauthenticate": "a step of logging in",
    "mfa_reauthenticate_webauthn": "a step of logging in",
    "mfa_activate_totp": "asks for the password first",
    "mfa_deactivate_totp": "only with an app set up",
    "mfa_view_recovery_codes": "only with codes made",
    "mfa_generate_recovery_codes": "only with an app set up",
    "mfa_download_recovery_codes": "data",
    "mfa_list_webauthn": "only with a key registered",
    "mfa_add_webauthn": "asks for the password first",
    "mfa_edit_webauthn": "only with a key registered",
    "mfa_remove_webauthn": "only with a key registered",
}


@dataclass(frozen=True)
class Scenes:
    """The people, and by role the name of each page with its addresses, in which `LANGUAGE` stands for one."""

    users: Mapping[str, User | None]
    pages: Mapping[str, Mapping[str, list[str]]]


def every_page() -> Scenes:
    """A client with orders in every state, a partner with offers, jobs and a warning; and all their pages."""
    buyer, partner = new_client("Kim"), new_partner("Robin", reference="robin")
    _old_jobs(partner)
    suspended, ops = new_partner("Sam"), OpsFactory.create(is_superuser=True)
    applicant = new_client("Aline")
    pages = {
        "visitor": _for_anybody(),
        "client": _of_client(buyer, partner),
        "partner": _of_partner(buyer, partner),
        "suspended": _of_suspended(suspended),
        "applicant": _of_applicant(applicant),
        "ops": {"styleguide": [reverse("styleguide")]},
    }
    users = {
        "visitor": None,
        "client": buyer,
        "partner": partner.user,
        "suspended": suspended.user,
        "applicant": applicant,
        "ops": ops,
    }
    return Scenes(users=users, pages=pages)


def _old_jobs(partner: Partner) -> None:
    """Thirty jobs with four stars, and what follows from them."""
    past = timezone.now() - timedelta(days=30)
    for number in range(30):
        CompletedJobFactory.create(
            partner=partner, accepted_at=past + timedelta(hours=number), client_stars=4
        )
    compliance.review_partner(partner_id=partner.pk, now=timezone.now() - timedelta(days=20))


def _wish(**more: str) -> str:
    wish = {"service": "home-wifi", "place": "8001 Zürich", "date": f"{in_days(3):%Y-%m-%d}", "time": "10:00"}
    return urlencode(wish | more)


def _for_anybody() -> dict[str, list[str]]:
    search = reverse("search")
    return {
        "home": [reverse("home")],
        "home_in": ["/LANGUAGE/"],
        "city_page": ["/LANGUAGE/in/zurich/", "/LANGUAGE/in/lugano/"],
        "city_service_page": ["/LANGUAGE/in/zurich/home-wifi/"],
        "service_page": ["/LANGUAGE/service/home-wifi/"],
        "tell_me": [reverse("tell_me"), f"{reverse('tell_me')}?place=6900+Lugano"],
        "tell_me_noted": [reverse("tell_me_noted")],
        "become_a_partner": [reverse("become_a_partner")],
        "search": [search, f"{search}?place=Buchs&service=&date=&time=10:00", f"{search}?{_wish()}"],
        "search_times": [f"{reverse('search_times')}?{_wish()}"],
        "ranking": [reverse("ranking")],
        "partner_profile": [reverse("partner_profile", args=["robin"])],
        "partner_times": [
            reverse("partner_times", args=["robin"]),
            f"{reverse('partner_times', args=['robin'])}?{_wish()}",
        ],
        "account_login": [reverse("account_login")],
        "account_signup": [reverse("account_signup")],
        "account_reset_password": [reverse("account_reset_password")],
        "account_reset_password_done": [reverse("account_reset_password_done")],
        "account_reset_password_from_key_done": [reverse("account_reset_password_from_key_done")],
    }


def _of_client(buyer: User, partner: Partner) -> dict[str, list[str]]:
    searching = placed_order(buyer, slot_start=in_days(9))
    coming = accepted_visit(partner, client=buyer, slot_start=in_days(5))
    done = completed_visit(partner, buyer, days_ago=2)
    rated, _theirs = published_ratings(completed_visit(partner, buyer, days_ago=3))
    keep_favourite(client=buyer, partner=partner, now=timezone.now())
    kept = [add_address(client=buyer, label="", street=f"Seestrasse {n}", place=place()) for n in (1, 2)]
    _begins_a_booking(buyer, partner)
    cancelled = placed_order(buyer, slot_start=in_days(11))
    orders.cancel_order(order_id=cancelled.pk, client=buyer, now=timezone.now())
    assert coming.order is not None
    assert done.order is not None
    assert rated.job.order is not None
    shown = (searching, coming.order, done.order, rated.job.order, cancelled)
    return {
        "account": [reverse("account")],
        "account_email": [reverse("account_email")],
        "account_change_password": [reverse("account_change_password")],
        "account_logout": [reverse("account_logout")],
        "account_reauthenticate": [reverse("account_reauthenticate")],
        "mfa_index": [reverse("mfa_index")],
        "addresses": [reverse("addresses")],
        "address_add": [reverse("address_add")],
        "address_change": [reverse("address_change", args=[kept[0].pk])],
        "favourite_list": [reverse("favourite_list")],
        **{name: [reverse(name)] for name in BOOKING_STEPS},
        "order_list": [reverse("order_list")],
        "order_detail": [reverse("order_detail", args=[order.reference]) for order in shown],
        "order_cancel": [reverse("order_cancel", args=[searching.reference])],
        "order_rate": [reverse("order_rate", args=[done.order.reference])],
        "order_again": [reverse("order_again", args=[done.order.reference])],
        "ratings_given": [reverse("ratings_given")],
        "ratings_received": [reverse("ratings_received")],
    }


def _begins_a_booking(buyer: User, partner: Partner) -> None:
    """All four steps done, not booked."""
    owner, now = drafts.Owner(buyer, ""), timezone.now()
    drafts.describe(owner, service=service(), details="Blue door, second floor, left.", day=None, now=now)
    drafts.give_address(owner, place=place(), street="Seestrasse 1", first_name="", phone="", now=now)
    drafts.choose_time(owner, day=in_days(3).date(), time="10:00", now=now)
    drafts.choose_partner(owner, partner=partner, now=now)


def _of_applicant(applicant: User) -> dict[str, list[str]]:
    """The steps can be changed while the application is not sent."""
    draft(applicant, now=timezone.now())
    steps = ("details", "skills", "area", "hours")
    return {
        "application": [reverse("application")],
        "application_step": [reverse("application_step", args=[step]) for step in steps],
    }


def _of_partner(buyer: User, partner: Partner) -> dict[str, list[str]]:
    coming = accepted_visit(partner, client=buyer, slot_start=in_days(6))
    open_offer(partner, client=buyer, slot_start=in_days(7))
    done = completed_visit(partner, buyer, days_ago=4)
    rated, _theirs = published_ratings(completed_visit(partner, buyer, days_ago=5))
    billing.post_completed(now=timezone.now())
    notice = Notice.objects.earliest("pk")
    return {
        "partner_dashboard": [reverse("partner_dashboard")],
        "my_day_on": [reverse("my_day_on", args=[in_days(6).date()])],
        "partner_standing": [reverse("partner_standing")],
        "notice_detail": [reverse("notice_detail", args=[notice.pk])],
        "partner_hours": [reverse("partner_hours")],
        "partner_area": [reverse("partner_area")],
        "partner_earnings": [reverse("partner_earnings")],
        "sick_day": [reverse("sick_day")],
        "job_list": [reverse("job_list")],
        "job_detail": [reverse("job_detail", args=[coming.pk])],
        "job_cancel": [reverse("job_cancel", args=[coming.pk])],
        "job_help": [reverse("job_help", args=[coming.pk])],
        "job_rate": [reverse("job_rate", args=[done.pk])],
        "rating_reply": [reverse("rating_reply", args=[rated.pk])],
        "rating_flag": [reverse("rating_flag", args=[rated.pk])],
        "partner_notices": [reverse("partner_notices")],
        "partner_ratings": [reverse("partner_ratings")],
        "partner_ratings_given": [reverse("partner_ratings_given")],
        "partner_settings": [reverse("partner_settings")],
        "earnings_of_month": [reverse("earnings_of_month", args=[f"{in_days(-4):%Y-%m}"])],
        "calendar_week": [reverse("calendar_week"), f"{reverse('calendar_week')}?day={in_days(6):%Y-%m-%d}"],
        "calendar_month": [reverse("calendar_month")],
        "job_history": [reverse("job_history"), f"{reverse('job_history')}?state=completed"],
    }


def _of_suspended(partner: Partner) -> dict[str, list[str]]:
    compliance.suspend_partner(
        partner_id=partner.pk,
        actor=OpsFactory.create(),
        reason="Complaints about the work.",
        now=timezone.now(),
    )
    return {
        "partner_dashboard": [reverse("partner_dashboard")],
        "partner_standing": [reverse("partner_standing")],
        "sanction_detail": [reverse("sanction_detail", args=[Sanction.objects.get().pk])],
    }
