"""What is kept of a page is used again as long as nothing has changed, and by nobody else."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ratings.models import Rating
from tests.pages.scenes import accepted_visit, completed_visit, new_client, new_partner, published_ratings

pytestmark = pytest.mark.django_db


def ask(client: Client, path: str) -> tuple[str, int]:
    """The page and the number of statements it took."""
    with CaptureQueriesContext(connection) as captured:
        page = client.get(path)
    assert page.status_code == 200
    return page.content.decode(), len(captured)


@pytest.fixture
def visit():
    return accepted_visit(new_partner("Robin"), client=new_client("Kim"))


@pytest.fixture
def browser(logged_in, visit):
    client = logged_in(visit.order.client)
    # As after the form of the login: the secret of this browser's forms is known.
    client.get(reverse("order_list"))
    return client


def test_an_order_that_has_not_changed_is_not_built_again(browser, visit) -> None:
    path = reverse("order_detail", args=[visit.order.reference])
    first, many = ask(browser, path)
    again, few = ask(browser, path)

    assert few == 3 < many
    assert "Robin is coming to you" in again
    assert len(again) == len(first)


def test_each_answer_has_a_form_of_its_own(browser, visit) -> None:
    """Two pages whose messages had one key would send one message."""
    path = reverse("order_detail", args=[visit.order.reference])
    keys = {
        re.search(r'name="submission_key" value="([^"]+)"', ask(browser, path)[0]).group(1) for _ in range(3)
    }

    assert len(keys) == 3


def test_a_message_is_on_the_page_at_once(browser, visit) -> None:
    path = reverse("order_detail", args=[visit.order.reference])
    ask(browser, path)

    browser.post(
        reverse("visit_write", args=[visit.pk]),
        {"body": "Please ring twice.", "submission_key": "7f1d2c1e-64f4-4b8e-9f0e-1d6f3c0a2b11"},
    )

    assert "Please ring twice." in ask(browser, path)[0]


def test_a_form_sent_from_a_kept_page_is_accepted(visit) -> None:
    """Its token fits the secret of this browser; another browser of the same person is given its own."""
    one, other = (Client(enforce_csrf_checks=True) for _ in range(2))
    path = reverse("order_detail", args=[visit.order.reference])
    for browser in (one, other, one, other):
        browser.force_login(visit.order.client)
        page, _count = ask(browser, path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
        sent = browser.post(
            reverse("set_scheme"), {"csrfmiddlewaretoken": token, "scheme": "dark", "next": path}
        )
        assert sent.status_code == 302


def test_nobody_is_shown_what_is_kept_for_another(logged_in, browser, visit) -> None:
    path = reverse("order_detail", args=[visit.order.reference])
    ask(browser, path)

    assert logged_in(new_client("Lou")).get(path).status_code == 404


def test_another_language_is_another_page(browser, visit) -> None:
    path = reverse("order_detail", args=[visit.order.reference])
    ask(browser, path)

    browser.post(reverse("set_language"), {"language": "de", "next": path})

    assert "Robin kommt zu Ihnen" in ask(browser, path)[0]


def test_a_profile_is_kept_for_everybody_until_something_is_said(client, logged_in) -> None:
    partner = new_partner("Robin")
    rating, _theirs = published_ratings(completed_visit(partner, new_client("Kim")))
    path = reverse("partner_profile", args=[partner.reference])
    _first, many = ask(client, path)
    again, few = ask(client, path)
    assert few == 1 < many
    assert rating.comment in again

    Rating.objects.filter(pk=rating.pk).update(reply="Glad to have been of help.", replied_at=timezone.now())

    assert "Glad to have been of help." in ask(client, path)[0]
    assert "Log out" in ask(logged_in(new_client("Lou")), path)[0]


def test_pages_of_comments_that_do_not_exist_are_not_kept(client) -> None:
    partner = new_partner("Robin")
    path = reverse("partner_profile", args=[partner.reference])
    ask(client, path)

    assert [ask(client, f"{path}?page={number}")[1] for number in ("2", "999", "x")] == [1, 1, 1]


def test_without_the_cache_the_page_is_built_each_time(browser, visit) -> None:
    path = reverse("order_detail", args=[visit.order.reference])
    _first, many = ask(browser, path)

    cache.clear()

    assert ask(browser, path)[1] == many
