"""The side bar of the admin, in the order of a working day."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

Item = dict[str, Any]


def side_bar(_request: HttpRequest) -> list[dict[str, Any]]:
    """Called by the admin for every page."""
    return [
        {"items": [{"title": _("Overview"), "icon": "dashboard", "link": reverse("admin:index")}]},
        _group(
            _("Today"),
            _item(_("Orders"), "orders_order", "receipt_long"),
            _item(_("Jobs"), "orders_job", "handyman"),
            _item(
                _("Hand-overs"), "orders_handover", "swap_horiz", badge="mila.dashboard.hand_overs_in_queue"
            ),
            _item(_("Planned days"), "orders_routeplan", "route"),
            _item(_("Proposals for a day"), "orders_dayproposal", "event_upcoming"),
            _item(_("Ratings"), "ratings_rating", "star"),
            _item(
                _("Reported comments"), "ratings_ratingflag", "flag", badge="mila.dashboard.comments_reported"
            ),
        ),
        _group(
            _("Partners"),
            _item(_("Partners"), "partners_partner", "groups"),
            _item(
                _("Applications"),
                "partners_application",
                "how_to_reg",
                badge="mila.dashboard.applications_to_answer",
            ),
            _item(_("Sanctions"), "compliance_sanction", "gavel", badge="mila.dashboard.sanctions_to_decide"),
            _item(_("Notices"), "compliance_notice", "notifications"),
            _item(_("Standings"), "compliance_standing", "leaderboard"),
            _item(_("Assessments"), "compliance_cityassessment", "fact_check"),
            _item(_("Requests to be told"), "partners_cityinterest", "notification_add"),
        ),
        _group(
            _("Rules and offer"),
            _item(_("City policies"), "compliance_citypolicy", "policy"),
            _item(_("Commission rates"), "billing_commissionrate", "percent"),
            _item(_("Services"), "orders_service", "home_repair_service"),
            _item(_("Dispatch rules"), "orders_dispatchrule", "cell_tower"),
            _item(_("Skills"), "partners_skill", "construction"),
            _item(_("Cities"), "partners_city", "location_city"),
            _item(_("Places"), "partners_place", "place"),
        ),
        _group(
            _("Books"),
            _item(_("Ledger"), "billing_ledgerentry", "account_balance"),
        ),
        _group(
            _("House"),
            _item(_("People"), "accounts_user", "person"),
            _item(
                _("Messages"),
                "notifications_notification",
                "outbox",
                badge="mila.dashboard.messages_given_up",
            ),
            _item(_("Mailbox"), "notifications_mail", "mail"),
            _item(_("Sweeps"), "sweeps_sweeprun", "schedule"),
            _item(_("What staff did"), "admin_logentry", "history"),
            {"title": _("Style guide"), "icon": "palette", "link": reverse("styleguide")},
        ),
    ]


def favicon(_request: HttpRequest) -> str:
    return static("img/mark.svg")


def landmarks(_request: HttpRequest) -> str:
    """The theme has no element "main"."""
    return static("js/admin.js")


def admin_style(_request: HttpRequest) -> str:
    """What we change about how the theme looks."""
    return static("css/admin.css")


def _group(title: str, *items: Item) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": list(items)}


def _item(title: str, model: str, icon: str, badge: str = "") -> Item:
    item: Item = {"title": title, "icon": icon, "link": reverse(f"admin:{model}_changelist")}
    if badge:
        item["badge"] = badge
    return item
