"""A partner's area in the browser's forms, and what follows from it for a search."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Job, Offer
from orders.policy import OrderStatus
from partners.models import Partner, Place
from tests.pages.scenes import new_partner, placed_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    return new_partner()


@pytest.fixture
def browser(partner: Partner) -> Client:
    client = Client()
    assert partner.user is not None
    client.force_login(partner.user)
    return client


def save(browser: Client, **area: str) -> str:
    form = {"place": "8800 Thalwil", "way": "radius", "radius_km": "15", "postcodes": ""} | area
    return browser.post(reverse("partner_area"), form, follow=True).content.decode()


def again(partner: Partner) -> Partner:
    return Partner.objects.get(pk=partner.pk)


def test_a_radius_is_kept_and_shown_with_what_it_covers(browser: Client, partner: Partner) -> None:
    page = save(browser, radius_km="4")
    assert "You are asked within 4 km of Thalwil" in page
    assert 'name="radius_km" value="4"' in page
    assert "<p>Thalwil, " in page
    kept = again(partner)
    assert (kept.radius_km, kept.postcodes, str(kept.home)) == (4, [], "8800 Thalwil")


def test_postcodes_are_kept_and_shown_again(browser: Client, partner: Partner) -> None:
    page = save(browser, way="postcodes", postcodes="8400, 8404\n3011", radius_km="nonsense")
    assert "You are asked in 3 postcodes" in page
    assert "3011, 8400, 8404</textarea>" in page
    assert "so that nobody asks you there: 3011" in page
    assert (again(partner).postcodes, again(partner).radius_km) == (["3011", "8400", "8404"], 15)


@pytest.mark.parametrize(
    ("area", "words"),
    [
        ({"radius_km": "51"}, "Ensure this value is less than or equal to 50."),
        ({"radius_km": ""}, "Please give a radius."),
        ({"radius_km": "far"}, "Enter a whole number."),
        ({"place": "Nowhere"}, "We do not find this place."),
        ({"way": "teleport"}, "Select a valid choice."),
        ({"way": "postcodes"}, "Please give at least one postcode."),
        ({"way": "postcodes", "postcodes": ", ,"}, "We do not know these postcodes: ,."),
        (
            {"way": "postcodes", "postcodes": "8001 9999 <b> 8002"},
            "We do not know these postcodes: 9999, &lt;b&gt;.",
        ),
    ],
)
def test_an_odd_area_is_named_and_loses_nothing(
    browser: Client, partner: Partner, area: dict[str, str], words: str
) -> None:
    page = save(browser, **({"postcodes": "8001, 8002 and more"} | area if "way" not in area else area))
    assert words in page
    assert area.get("postcodes", "").replace("<b>", "&lt;b&gt;") in page
    assert 'value="8800 Thalwil"' in page or area["place"] in page
    assert again(partner).home is None


def test_more_postcodes_than_allowed_are_refused(browser: Client, partner: Partner) -> None:
    known = sorted(set(Place.objects.values_list("postcode", flat=True)))[:201]
    assert "Please give at most 200 postcodes." in save(browser, way="postcodes", postcodes=" ".join(known))
    assert again(partner).postcodes == []


def test_whoever_chose_other_postcodes_is_not_asked(browser: Client, partner: Partner) -> None:
    save(browser, way="postcodes", postcodes="8400")
    assert placed_order().status == OrderStatus.EXPIRED
    save(browser, way="postcodes", postcodes="8400 8001")
    assert Offer.objects.get(order=placed_order()).partner == partner


def test_what_was_accepted_stays_accepted(browser: Client, partner: Partner) -> None:
    order = placed_order()
    browser.post(reverse("offer_accept", args=[Offer.objects.get(order=order).pk]))
    save(browser, radius_km="1")
    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED
    assert Job.objects.get(order=order).partner == partner


def test_a_suspended_partner_reads_that_no_requests_come(browser: Client, partner: Partner) -> None:
    Partner.objects.filter(pk=partner.pk).update(status="suspended")
    for name in ("partner_area", "partner_hours"):
        page = browser.get(reverse(name)).content.decode()
        assert "No requests reach you at the moment</h1>" in page
        assert "as soon as you may take jobs. Visits that you have accepted stay yours." in page
        assert "You are asked" not in page


def test_hours_and_area_lead_to_each_other(browser: Client) -> None:
    for here, there in (("partner_hours", "partner_area"), ("partner_area", "partner_hours")):
        page = browser.get(reverse(here)).content.decode()
        assert f'<a href="{reverse(there)}">' in page
        assert f'<a href="{reverse(here)}" aria-current="page">' in page
