"""Every page of the admin opens for staff, with few queries, and for nobody else."""

import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.functional import Promise

from compliance.models import Standing
from mila.accounts.models import User
from mila.celery import SWEEPS
from mila.sweeps.labels import SWEEP_NAMES
from partners.models import Application, Partner
from partners.words import language_names
from tests.factories import NOW, BookedJobFactory, UserFactory
from tests.partners.applying.drafts import sent

MODELS = sorted(
    (f"{model._meta.app_label}_{model._meta.model_name}", model) for model in admin.site._registry
)
NAMES = [name for name, _model in MODELS]
ADDABLE = {
    "compliance_citypolicy",
    "billing_commissionrate",
    "orders_service",
    "orders_dispatchrule",
    "orders_dayproposal",
    "partners_skill",
}
CHANGEABLE = {
    "accounts_user",
    "orders_dispatchrule",
    "orders_service",
    "partners_city",
    "partners_partner",
    "partners_place",
    "partners_skill",
}


def test_admin_knows_these_models_and_no_others() -> None:
    assert NAMES == [
        "accounts_user",
        "admin_logentry",
        "billing_commissionrate",
        "billing_ledgerentry",
        "compliance_cityassessment",
        "compliance_citypolicy",
        "compliance_notice",
        "compliance_sanction",
        "compliance_standing",
        "notifications_mail",
        "notifications_notification",
        "orders_dayproposal",
        "orders_dispatchrule",
        "orders_handover",
        "orders_job",
        "orders_order",
        "orders_routeplan",
        "orders_service",
        "partners_application",
        "partners_city",
        "partners_cityinterest",
        "partners_partner",
        "partners_place",
        "partners_skill",
        "ratings_rating",
        "ratings_ratingflag",
        "sweeps_sweeprun",
    ]


def test_first_page_says_what_waits(desk: Client, market: SimpleNamespace) -> None:
    page = desk.get(reverse("admin:index"))
    numbers = {pile.title: pile.number for pile in page.context["piles"]}
    assert numbers == {
        "Sanctions that wait for a decision": 1,
        "Jobs begun without check-in": 1,
        "Comments reported": 1,
        "Messages given up": 0,
        "Applications that wait for an answer": 1,
        "Visits without first contact": 0,
        "Visits whose partner needs help": 0,
        "Orders looking for a partner": 0,
        "Partners suspended": 0,
    }
    for pile in page.context["piles"]:
        assert desk.get(pile.url).status_code == 200


def test_every_sweep_has_a_name_on_the_first_page(desk: Client, market: SimpleNamespace) -> None:
    assert set(SWEEP_NAMES) == set(SWEEPS)
    page = desk.get(reverse("admin:index")).content.decode()
    for name in SWEEP_NAMES.values():
        assert str(name) in page


@pytest.mark.parametrize("name", NAMES)
def test_lists_open_and_search(desk: Client, market: SimpleNamespace, name: str) -> None:
    url = reverse(f"admin:{name}_changelist")
    assert desk.get(url).status_code == 200
    assert desk.get(url, {"q": "robin"}).status_code == 200


@pytest.mark.parametrize(("name", "model"), MODELS)
def test_pages_of_objects_open_and_nothing_can_be_deleted(
    desk: Client, market: SimpleNamespace, name: str, model: type[User]
) -> None:
    for row in model._default_manager.order_by("pk")[:2]:
        page = desk.get(reverse(f"admin:{name}_change", args=[row.pk]))
        assert page.status_code == 200
        assert page.context["has_delete_permission"] is False
        assert page.context["has_change_permission"] is (name in CHANGEABLE)
        assert desk.post(reverse(f"admin:{name}_delete", args=[row.pk])).status_code == 403
        assert desk.get(reverse(f"admin:{name}_history", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_only_a_few_things_can_be_added(desk: Client, name: str) -> None:
    assert desk.get(reverse(f"admin:{name}_add")).status_code == (200 if name in ADDABLE else 403)


@pytest.mark.parametrize("name", ["orders_job", "orders_order"])
def test_queries_of_a_list_do_not_grow_with_its_rows(
    desk: Client, market: SimpleNamespace, name: str
) -> None:
    url = reverse(f"admin:{name}_changelist")
    desk.get(url)
    with CaptureQueriesContext(connection) as before:
        desk.get(url)
    for _ in range(5):
        BookedJobFactory.create()
    with CaptureQueriesContext(connection) as after:
        desk.get(url)
    assert len(after) == len(before) <= 12


def test_queries_of_applications_do_not_grow_with_them(desk: Client, market: SimpleNamespace) -> None:
    url = reverse("admin:partners_application_changelist")
    desk.get(url)
    with CaptureQueriesContext(connection) as before:
        desk.get(url)
    for _ in range(5):
        sent()
    with CaptureQueriesContext(connection) as after:
        desk.get(url)
    assert len(after) == len(before) <= 12


@pytest.mark.parametrize(
    ("name", "query", "found"),
    [
        ("partners_partner", "standing=rating", 0),
        ("partners_partner", "standing=near", 0),
        ("partners_partner", "standing=cancellation", 0),
        ("partners_partner", "standing=no_show", 0),
        ("partners_partner", "decision=open", 1),
        ("partners_partner", "q=robin", 1),
        ("partners_application", "", 1),
        ("partners_application", "status=sent", 1),
        ("partners_application", "status=refused", 0),
        ("partners_application", "q=aline", 1),
        ("orders_job", "attention=overdue", 1),
        ("orders_job", "attention=running", 1),
        ("orders_order", "q=8001", 2),
        ("ratings_rating", "state=published", 1),
        ("ratings_rating", "state=hidden", 0),
        ("ratings_rating", "state=ruled_out", 0),
        ("notifications_notification", "state=waiting", 1),
        ("notifications_notification", "state=dead", 0),
        ("compliance_notice", "withdrawn=no", 1),
        ("compliance_notice", "withdrawn=yes", 0),
        ("compliance_sanction", "status__exact=proposed", 1),
    ],
)
def test_filters_find_what_they_say(
    desk: Client, market: SimpleNamespace, name: str, query: str, found: int
) -> None:
    page = desk.get(f"{reverse(f'admin:{name}_changelist')}?{query}")
    assert len(page.context["cl"].result_list) == found


def test_mail_is_shown_in_a_frame_that_may_do_nothing(desk: Client, market: SimpleNamespace) -> None:
    page = desk.get(reverse("admin:notifications_mail_change", args=[market.mail.pk])).content.decode()
    assert 'sandbox="" srcdoc="&lt;p onclick=' in page
    assert "<p onclick" not in page
    assert '<a href="https://example.org/x" rel="nofollow">' in page


@pytest.mark.parametrize("name", ["index", "partners_partner_changelist", "notifications_mail_changelist"])
def test_nobody_but_staff_comes_in(client: Client, db: None, name: str) -> None:
    url = reverse(f"admin:{name}")
    stranger = client.get(url, follow=True)
    assert stranger.redirect_chain[-1][0].startswith(reverse("account_login"))
    client.force_login(UserFactory.create())
    assert client.get(url, follow=True).status_code in (403, 404)


def test_staff_without_being_superuser_cannot_make_staff(desk: Client, ops: User) -> None:
    person = UserFactory.create()
    url = reverse("admin:accounts_user_change", args=[person.pk])
    fields = {"first_name": "New", "last_name": "", "phone": "", "language": "de", "is_active": "on"}
    emails = {"emailaddress_set-TOTAL_FORMS": 0, "emailaddress_set-INITIAL_FORMS": 0}
    assert desk.post(url, {**fields, **emails, "is_staff": "on", "is_superuser": "on"}).status_code == 302
    person.refresh_from_db()
    assert (person.first_name, person.language, person.is_staff, person.is_superuser) == (
        "New",
        "de",
        False,
        False,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("missing", ["99999999", "abc", "1/confirm"])
def test_missing_record_is_said_to_be_missing(desk: Client, name: str, missing: str) -> None:
    page = desk.get(reverse(f"admin:{name}_change", args=[missing]), follow=True)
    assert page.redirect_chain[-1] == (reverse("admin:index"), 302)
    assert "Perhaps it was deleted" in page.content.decode()


@pytest.mark.parametrize("missing", ["99999999", "abc"])
def test_decision_about_a_missing_record_leads_back_too(desk: Client, missing: str) -> None:
    for method in (desk.get, desk.post):
        page = method(reverse("admin:orders_job_excuse", args=[missing]), {"reason": "x"}, follow=True)
        assert page.redirect_chain[-1] == (reverse("admin:index"), 302)


OURS = [(name, model) for name, model in MODELS if name != "admin_logentry"]
# Not shown anywhere.
UNSHOWN = {"id", "password", "submission_key", "latitude", "longitude"}


@pytest.mark.parametrize(("name", "model"), OURS)
def test_what_ops_read_has_words_in_every_language(name: str, model: type[User]) -> None:
    meta = model._meta
    words: dict[str, object] = {"one": meta.verbose_name, "many": meta.verbose_name_plural}
    for field in (*meta.fields, *meta.many_to_many):
        if field.name not in UNSHOWN:
            words[field.name] = field.verbose_name
            if field.name != "language":
                words |= {f"{field.name}={value}": label for value, label in field.choices or ()}
    assert {what for what, word in words.items() if not isinstance(word, Promise)} == set()


def test_rates_and_states_are_shown_as_people_read_them(
    desk: Client, ops: User, market: SimpleNamespace
) -> None:
    User.objects.filter(pk=ops.pk).update(language="de")
    Standing.objects.update_or_create(
        partner=market.partner,
        defaults={"cancellation_rate": Decimal("0.0127"), "computed_at": NOW, "accepted": 79, "cancelled": 1},
    )
    page = desk.get(reverse("admin:compliance_standing_changelist")).content.decode()
    assert "1.27\N{NO-BREAK SPACE}%" in page
    assert "0.0127" not in page
    page = desk.get(reverse("admin:orders_order_changelist")).content.decode()
    assert "bestätigt" in page
    assert "confirmed<" not in page


def test_languages_are_shown_by_name(desk: Client, market: SimpleNamespace) -> None:
    Partner.objects.filter(pk=market.partner.pk).update(languages=["fr", "pl"])
    application = Application.objects.exclude(status="draft").earliest("pk")
    page = desk.get(reverse("admin:partners_application_change", args=[application.pk])).content.decode()
    assert language_names(application.languages) in page
    page = desk.get(reverse("admin:partners_partner_change", args=[market.partner.pk])).content.decode()
    assert re.findall(r'name="languages" value="(\w+)"[^>]*\schecked[\s>=]', page) == ["fr", "pl"]
    assert "Polski" in page
    assert "fr,pl" not in page


def test_state_is_shown_in_words_on_the_page_of_an_object(desk: Client, market: SimpleNamespace) -> None:
    shown = {
        "orders_job": (market.done, "completed"),
        "ratings_rating": (market.rating, "published"),
        "compliance_sanction": (market.sanction, "proposed"),
        "partners_partner": (market.partner, "active"),
    }
    for name, (obj, word) in shown.items():
        page = desk.get(reverse(f"admin:{name}_change", args=[obj.pk])).content.decode()
        assert word in page
        assert "(&#x27;" not in page
