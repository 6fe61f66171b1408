"""Becoming a partner in the browser's forms: four steps, the check, and what is said afterwards."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import CommissionRate
from mila.accounts.models import User
from partners.applying import services
from partners.models import Application, Partner, Skill
from partners.policy import PartnerStatus
from tests.factories import OpsFactory, PartnerFactory, UserFactory, city
from tests.pages.conftest import QueryCount
from tests.partners.applying.drafts import draft, sent

pytestmark = pytest.mark.django_db
LogIn = Callable[[User | None], Client]

DETAILS = {"first_name": "Aline", "languages": ["fr", "de"], "about": "Patient and quick."}
AREA = {"place": "8800 Thalwil", "way": "radius", "radius_km": "7", "postcodes": ""}
HOURS = {"day0_from1": "09:00", "day0_to1": "12:00", "buffer_minutes": "10"}


@pytest.fixture
def user() -> User:
    person: User = UserFactory.create(first_name="Alex")
    return person


@pytest.fixture
def browser(user: User, logged_in: LogIn) -> Client:
    return logged_in(user)


def at(step: str) -> str:
    return reverse("application_step", args=[step])


def skills() -> dict[str, list[int]]:
    return {"skills": list(Skill.objects.filter(slug__in=["tv", "network"]).values_list("pk", flat=True))}


def page(browser: Client, url: str, status: int = 200) -> str:
    answer = browser.get(url, follow=True)
    assert answer.status_code == status
    return answer.content.decode()


def post(browser: Client, url: str, **fields: object) -> str:
    return browser.post(url, fields, follow=True).content.decode()


def test_the_way_leads_from_step_to_step_to_the_check_and_on(browser: Client, user: User) -> None:
    assert browser.get(reverse("application")).headers["Location"] == at("details")
    first = page(browser, at("details"))
    assert 'value="Alex"' in first
    assert "Step 1 of 5" in first
    assert browser.post(at("details"), DETAILS).headers["Location"] == reverse("application")
    assert "Choose what you can do" in page(browser, reverse("application"))
    assert "Say where you want to work" in post(browser, at("skills"), **skills())
    hours = post(browser, at("area"), **AREA)
    # A usual week is suggested.
    assert 'name="day4_to1" value="17:00"' in hours
    assert 'name="day5_to1" value' not in hours
    check = post(browser, at("hours"), **HOURS)
    for words in (
        "Step 5 of 5",
        "Aline",
        "Français, Deutsch",
        "Patient and quick.",
        "09:00 – 12:00",
        "8800 Thalwil",
    ):
        assert words in check
    assert not Partner.objects.exists()
    assert "Your application is with us" in post(browser, reverse("application_send"))
    assert Application.objects.get(user=user).status == "sent"
    # Going back in the browser and sending once more does nothing.
    assert "Take it back" in post(browser, reverse("application_send"))


@pytest.mark.parametrize(
    ("step", "fields", "words"),
    [
        ("details", DETAILS | {"languages": []}, "Please choose at least one language."),
        ("details", DETAILS | {"languages": ["xx"]}, "Select a valid choice"),
        ("details", DETAILS | {"about": "x" * 1001}, "at most 1000 characters"),
        ("skills", {}, "Please choose at least one skill."),
        ("skills", {"skills": ["99999"]}, "Select a valid choice"),
        ("area", AREA | {"place": "7500 St. Moritz"}, "We do not work in this region yet."),
        ("area", AREA | {"place": ""}, "This field is required."),
        ("area", AREA | {"way": "postcodes", "postcodes": "8999"}, "We do not know these postcodes: 8999."),
        ("hours", {"buffer_minutes": "10"}, "Please give at least one span of a day"),
        ("hours", HOURS | {"day0_to1": "08:00"}, "A span ends before it begins."),
    ],
)
def test_what_is_wrong_is_said_at_its_step_and_nothing_is_begun(
    browser: Client, step: str, fields: dict[str, object], words: str
) -> None:
    assert words in post(browser, at(step), **fields)
    assert not Application.objects.exists()


def test_what_was_typed_stays_with_the_error(browser: Client) -> None:
    answer = post(browser, at("details"), **(DETAILS | {"languages": []}))
    assert 'value="Aline"' in answer
    assert "Patient and quick." in answer


def test_a_draft_is_there_when_one_comes_back(user: User, browser: Client) -> None:
    draft(user)
    assert "Everything is there: check it and send it" in page(browser, reverse("application"))
    assert 'name="day0_from2" value="13:00"' in page(browser, at("hours"))
    assert 'value="8800 Thalwil"' in page(browser, at("area"))
    assert "Your application" in page(browser, reverse("home"))


def test_nothing_can_be_sent_before_everything_is_there(browser: Client) -> None:
    browser.post(at("details"), DETAILS)
    assert "Something is still missing in your application." in post(browser, reverse("application_send"))
    assert Application.objects.get().status == "draft"


def test_what_was_sent_is_closed_until_it_is_taken_back(user: User, browser: Client) -> None:
    sent(user)
    assert browser.get(at("skills")).headers["Location"] == reverse("application")
    browser.post(at("details"), DETAILS | {"first_name": "Other"})
    assert Application.objects.get().first_name == "Aline"
    assert "You can change your application now." in post(browser, reverse("application_take_back"))
    assert "There is no application that could be taken back." in post(
        browser, reverse("application_take_back")
    )


def test_an_applicant_is_no_partner_yet(user: User, browser: Client) -> None:
    sent(user)
    for name in ("partner_dashboard", "partner_settings", "partner_hours"):
        page(browser, reverse(name), status=404)
    home = page(browser, reverse("home"))
    assert home.count(f'href="{reverse("application")}"') == 2
    assert reverse("partner_dashboard") not in home
    assert "My orders" in home


def test_once_approved_one_lands_in_the_partners_area(user: User, browser: Client) -> None:
    application = sent(user)
    services.approve_application(
        application_id=application.pk, actor=OpsFactory.create(), reason="", now=timezone.now()
    )
    assert browser.get(reverse("application")).headers["Location"] == reverse("partner_dashboard")
    assert browser.get(reverse("start")).headers["Location"] == reverse("partner_dashboard")
    home = page(browser, reverse("home"))
    assert "Your application" not in home
    assert reverse("become_a_partner") not in home


def test_a_refusal_is_read_with_its_reason_and_the_day_from_which_one_may_try_again(
    user: User, browser: Client
) -> None:
    application, now = sent(user), timezone.now()
    services.refuse_application(
        application_id=application.pk, actor=OpsFactory.create(), reason="Nobody is <there>.", now=now
    )
    told = page(browser, reverse("application"))
    assert "Nobody is &lt;there&gt;." in told
    assert f'<a href="mailto:{settings.SUPPORT_EMAIL}">{settings.SUPPORT_EMAIL}</a>' in told
    again_on = timezone.localtime(now + timedelta(days=30))
    assert f"You can apply again from {again_on:%d.%m.%Y} on." in told
    assert browser.get(at("details")).headers["Location"] == reverse("application")


def test_after_the_rest_one_applies_again_with_what_was_typed(user: User, browser: Client) -> None:
    then = timezone.now() - timedelta(days=31)
    application = sent(user, now=then)
    services.refuse_application(
        application_id=application.pk, actor=OpsFactory.create(), reason="No.", now=then
    )
    assert "Apply again" in page(browser, reverse("application"))
    assert 'value="Aline"' in page(browser, at("details"))
    assert "Everything is there" in post(browser, at("details"), **DETAILS)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (PartnerStatus.EXCLUDED, "An exclusion is final"),
        (PartnerStatus.LEFT, f"Please write to us to come back: {settings.SUPPORT_EMAIL}"),
    ],
)
def test_who_was_a_partner_is_told_why_not(logged_in: LogIn, status: PartnerStatus, words: str) -> None:
    browser = logged_in(PartnerFactory.create(status=status).user)
    assert words in page(browser, reverse("application"))
    post(browser, at("details"), **DETAILS)
    assert not Application.objects.exists()


def test_nobody_sees_or_changes_the_application_of_another(browser: Client) -> None:
    other = sent()
    assert "Aline" not in page(browser, reverse("application"))
    post(browser, reverse("application_take_back"))
    other.refresh_from_db()
    assert other.status == "sent"


def test_an_unknown_step_does_not_exist(browser: Client) -> None:
    assert browser.get(at("passport")).status_code == 404


def test_more_skills_need_no_more_queries(user: User, browser: Client, queries: QueryCount) -> None:
    sent(user, skills=["tv"])
    few = queries(browser, reverse("application"))
    services.take_back(user=user)
    services.save_skills(user=user, skills=Skill.objects.all(), now=timezone.now())
    services.send_application(user=user, now=timezone.now())
    assert queries(browser, reverse("application")) == few


class TestThePublicPage:
    def test_it_says_what_one_earns_by_the_rule_of_the_books(self, client: Client) -> None:
        told = page(client, reverse("become_a_partner"))
        assert "We keep 20\xa0% of it as a commission" in told
        assert "89.00\xa0CHF" in told
        assert "71.20\xa0CHF" in told
        assert reverse("ranking") in told

    def test_rates_that_differ_are_told_with_the_highest_in_the_table(self, client: Client) -> None:
        CommissionRate.objects.create(
            city=city(), rate=Decimal("0.25"), in_force_from=timezone.now() - timedelta(days=1)
        )
        CommissionRate.objects.create(
            city=city("bern"), rate=Decimal("0.9"), in_force_from=timezone.now() + timedelta(days=1)
        )
        told = page(client, reverse("become_a_partner"))
        assert "We keep 20\xa0% to 25\xa0% of it" in told
        assert "66.75\xa0CHF" in told

    def test_a_visitor_logs_in_and_comes_back_to_the_application(self, client: Client) -> None:
        assert reverse("application") in page(client, reverse("become_a_partner"))
        assert reverse("become_a_partner") in page(client, reverse("home"))
        login = client.get(reverse("application")).headers["Location"]
        assert login == f"{reverse('account_login')}?next={reverse('application')}"
        assert "next=%2Fapplication" in page(client, login)

    def test_it_needs_few_queries(self, client: Client, queries: QueryCount) -> None:
        assert queries(client, reverse("become_a_partner")) <= 3
