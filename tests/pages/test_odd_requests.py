"""Requests that no page makes: refused or answered, never an error of ours."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.pages.scenes import new_client, new_partner

pytestmark = pytest.mark.django_db

HUGE = 10**30


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/partners/%00", 400),
        ("/search?service=%00&place=%00", 400),
        ("/api/places?q=%00", 400),
        ("/search?service=home-wifi&place=8001&date=0001-01-01&time=10:00", 200),
        ("/search?service=home-wifi&place=8001&date=9999-12-31&time=20:00", 200),
        ("/search?service=home-wifi&place=8001&date=31.02.2026&time=25:00", 200),
        ("/search?service=home-wifi&place=8001&date=2026-12-01&time=23:00", 200),
        ("/search/times?service=home-wifi&place=8001&date=2026-12-01&time=23:00", 302),
        ("/search?service=home-wifi&place=8001&page=nonsense", 200),
        (f"/search?service=home-wifi&place=8001&page={HUGE}", 200),
        (f"/search?service=home-wifi&place={'8' * 5000}", 200),
        ("/search?service=home-wifi&place=%F0%9F%A6%96", 200),
        ("/search?service=home-wifi&place=8001&place=1003", 200),
        ("/search?service[]=home-wifi&place=8001", 200),
        ("/book?service=home-wifi&place=8001&date=0001-01-01&time=10:00", 302),
        ("/book?service=home-wifi&place=8001&date=2026-12-01&time=08:15&anybody=1", 302),
        ("/book?service=home-wifi&place=8001&date=2026-12-01&time=03:00&anybody=1", 302),
        ("/book?service=none&place=%F0%9F%A6%96&date=31.02.2026&time=25:00&again=X&anybody=x", 302),
        ("/book?partner=nobody", 404),
        ("/book/time?from=9999-99-99&day=x", 302),
        ("/partners/no/such/partner", 404),
        ("/nothing-here", 404),
    ],
)
def test_anonymous(client, path, status):
    new_partner()

    assert client.get(path).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        f"/partner/jobs/{HUGE}",
        f"/partner/jobs/{HUGE}/cancel",
        f"/partner/standing/notices/{HUGE}",
        f"/ratings/{HUGE}/reply",
        "/partner/earnings/2026-13",
        "/partner/earnings/9999-12",
        "/partner/earnings/november",
        "/orders/%2e%2e",
        "/orders/ÄÖÜ",
        "/book?service=home-wifi&place=8001&partner=nobody",
    ],
)
def test_of_a_partner_for_what_does_not_exist(logged_in, path):
    assert logged_in(new_partner().user).get(path).status_code == 404


def test_a_partner_with_an_odd_reference_has_a_page(client):
    partner = new_partner(reference="north/12 é?#")

    assert client.get(reverse("partner_profile", args=[partner.reference])).status_code == 200


def test_pages_of_somebody_are_kept_by_nobody_else(client, logged_in):
    mine = logged_in(new_client()).get(reverse("order_list"))

    assert "private" in mine.headers["Cache-Control"]
    assert "Cache-Control" not in client.get(reverse("home")).headers


def test_a_form_without_its_token_is_refused():
    client = Client(enforce_csrf_checks=True)
    client.force_login(new_client())

    assert client.post(reverse("book_address"), {"street": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/partner/hours/days-off", "/partner/hours"),
        (f"/partner/jobs/{HUGE}/check-in", f"/partner/jobs/{HUGE}"),
        ("/orders/X/cancel-nothing", None),
    ],
)
def test_who_reloads_the_answer_to_a_form_comes_to_its_page(logged_in, path, page):
    """Or changes the language there. The page itself says whether there is such a thing."""
    partner = new_partner()
    response = logged_in(partner.user).get(path, headers={"accept": "text/html,*/*"})
    if page is None:
        assert response.status_code == 404
    else:
        assert (response.status_code, response.headers["Location"]) == (302, page)


def test_a_form_is_no_page_for_programs_or_as_a_part(logged_in):
    own = logged_in(new_partner().user)
    assert own.get("/partner/hours/days-off").status_code == 405
    assert (
        own.get("/partner/hours/days-off", headers={"accept": "*/*", "hx-request": "true"}).status_code == 405
    )
    assert own.delete("/partner/hours/days-off", headers={"accept": "text/html"}).status_code == 405
