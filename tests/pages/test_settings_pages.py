"""What partners say about themselves, and can do, in the browser's form."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mila.accounts.models import User
from partners.models import Partner, Skill
from partners.verification import differences
from tests.factories import NOW
from tests.pages.conftest import QueryCount
from tests.pages.scenes import accepted_visit, new_partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    return new_partner("Robin", skills=["network"], languages=["de"])


@pytest.fixture
def browser(partner: Partner, logged_in: Callable[[User | None], Client]) -> Client:
    return logged_in(partner.user)


def save(browser: Client, **fields: object) -> str:
    tv = Skill.objects.get(slug="tv").pk
    form = {"first_name": "Lea", "languages": ["it"], "about": "Calm.\nExact.", "skills": [tv]} | fields
    return browser.post(reverse("partner_settings"), form, follow=True).content.decode()


def again(partner: Partner) -> Partner:
    return Partner.objects.get(pk=partner.pk)


def test_the_profile_is_kept_and_clients_read_it(browser: Client, partner: Partner) -> None:
    page = save(browser)
    assert "Clients meet you as Lea" in page
    assert "Your profile is up to date." in page
    kept = again(partner)
    assert (kept.first_name, kept.languages, kept.about) == ("Lea", ["it"], "Calm.\nExact.")
    assert [skill.slug for skill in kept.skills.all()] == ["tv"]
    profile = browser.get(reverse("partner_profile", args=[partner.reference])).content.decode()
    for words in ("Lea", "Italiano", "Calm.<br>Exact."):
        assert words in profile


def test_skills_at_hand_follow(browser: Client, partner: Partner) -> None:
    save(browser)
    assert again(partner).skill_ids == [Skill.objects.get(slug="tv").pk]
    assert list(differences(NOW)) == []


def test_a_visit_accepted_before_stays_although_its_skill_is_gone(browser: Client, partner: Partner) -> None:
    job = accepted_visit(partner)
    save(browser)
    job.refresh_from_db()
    assert job.outcome is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"first_name": " "}, "This field is required."),
        ({"languages": []}, "Please choose at least one language."),
        ({"skills": []}, "Please choose at least one skill."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    browser: Client, partner: Partner, wrong: dict[str, object], words: str
) -> None:
    page = save(browser, **wrong)
    assert words in page
    assert "Calm.\nExact.</textarea>" in page
    assert again(partner).first_name == "Robin"


def test_a_language_that_is_not_in_the_list_stays(browser: Client, partner: Partner) -> None:
    Partner.objects.filter(pk=partner.pk).update(languages=["nl", "de"])
    assert 'value="nl"' in browser.get(reverse("partner_settings")).content.decode()
    save(browser, languages=["nl"])
    assert again(partner).languages == ["nl"]


def test_profile_hours_and_area_belong_together(browser: Client) -> None:
    page = browser.get(reverse("partner_settings")).content.decode()
    for name in ("partner_settings", "partner_hours", "partner_area"):
        assert f'href="{reverse(name)}"' in page
    hours = browser.get(reverse("partner_hours")).content.decode()
    assert f'href="{reverse("partner_settings")}" aria-current="page"' in hours.split('class="tabs"')[0]


def test_more_skills_need_no_more_queries(browser: Client, partner: Partner, queries: QueryCount) -> None:
    few = queries(browser, reverse("partner_settings"))
    partner.skills.set(Skill.objects.all())
    assert queries(browser, reverse("partner_settings")) == few
