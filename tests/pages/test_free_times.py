"""The next free arrival of a partner: fetched by what shows the partner, and a page without script."""

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import BookingDraft
from partners.favourites import keep_favourite
from partners.models import Partner
from tests.factories import city
from tests.pages.scenes import in_days, new_client, new_partner, page_text

pytestmark = pytest.mark.django_db

ROBIN = {"reference": "robin"}
WISH = {"service": "home-wifi", "place": "8001 Zürich"}


@pytest.fixture
def robin() -> Partner:
    return new_partner("Robin", **ROBIN)


def part(client, **query: str) -> str:
    """What htmx is given in the place of the link."""
    url = reverse("partner_times", args=["robin"])
    return client.get(url, query, headers={"HX-Request": "true"}).content.decode()


def test_the_profile_leads_to_it_and_does_not_look_itself(client, robin):
    profile = page_text(client, "partner_profile", "robin")
    url = reverse("partner_times", args=["robin"])
    assert f'hx-get="{url}" hx-trigger="load, live"' in profile
    assert f'<a href="{url}">See free times</a>' in profile


def test_the_profile_passes_on_what_a_search_knows(client, robin):
    page = client.get(reverse("partner_profile", args=["robin"]), WISH).content.decode()
    assert "/free/robin?service=home-wifi&amp;place=8001+Z%C3%BCrich" in page


def test_each_favourite_fetches_its_own_once_it_is_seen(logged_in, robin):
    buyer = new_client()
    resting = new_partner("Kim", reference="kim")
    for partner in (robin, resting):
        keep_favourite(client=buyer, partner=partner, now=timezone.now())
    Partner.objects.filter(pk=resting.pk).update(status="suspended")
    page = page_text(logged_in(buyer), "favourite_list")
    assert f'hx-get="{reverse("partner_times", args=["robin"])}" hx-trigger="intersect once, live"' in page
    assert reverse("partner_times", args=["kim"]) not in page


def test_the_part_is_a_line_that_says_when(client, robin):
    said = part(client)
    assert "Next free arrival" in said
    assert "<h1" not in said
    assert ("today" in said) or ("tomorrow" in said)


def test_who_has_no_time_for_two_weeks_says_so(client, robin):
    Partner.objects.filter(pk=robin.pk).update(hours_set_at=timezone.now())
    assert "not in the next two weeks" in part(client)


def test_where_the_partner_does_not_come_nothing_is_promised(client):
    new_partner("Robin", **ROBIN, radius_km=1, latitude=47.30, longitude=8.70)
    assert "not in the next two weeks" in part(client, **WISH)


def test_without_a_wish_the_page_asks_for_it(client, robin):
    page = page_text(client, "partner_times", "robin")
    assert "<h1>When is Robin free?</h1>" in page
    assert "Next free arrival" in page
    assert 'href="/book?partner=robin"' in page


def test_with_a_wish_all_times_of_that_partner_can_be_taken(client, robin):
    day = f"{in_days(3):%Y-%m-%d}"
    page = client.get(reverse("partner_times", args=["robin"]), WISH | {"day": day})
    text = page.content.decode()
    link = f"/book?service=home-wifi&amp;place=8001+Z%C3%BCrich&amp;date={day}&amp;time=10%3A00&amp;partner=robin"
    assert link in text
    client.get(link.replace("&amp;", "&"))
    draft = BookingDraft.objects.get()
    assert (draft.partner, f"{draft.day} {draft.time}") == (robin, f"{day} 10:00")


def test_the_picker_turns_its_days_by_itself(client, robin):
    headers = {"HX-Request": "true", "HX-Target": "times"}
    page = client.get(reverse("partner_times", args=["robin"]), WISH, headers=headers).content.decode()
    assert 'id="times"' in page


@pytest.mark.parametrize(
    "odd", [{"service": "none"}, {"place": "Basel"}, {"service": "tv-setup", "place": "x"}]
)
def test_an_odd_wish_is_none(client, robin, odd):
    assert (
        "<h1>When is Robin free?</h1>"
        in client.get(reverse("partner_times", args=["robin"]), WISH | odd).content.decode()
    )


def test_of_another_city_it_is_none(client):
    new_partner("Robin", **ROBIN, city=city("basel"))
    assert (
        "depends on what you need and where"
        in client.get(reverse("partner_times", args=["robin"]), WISH).content.decode()
    )


@pytest.mark.parametrize("status", ["suspended", "excluded"])
def test_who_does_not_work_has_none(client, robin, status):
    Partner.objects.filter(pk=robin.pk).update(status=status)
    assert client.get(reverse("partner_times", args=["robin"])).status_code == 404


def test_other_partners_cost_no_more_queries(client, robin, queries):
    url = reverse("partner_times", args=["robin"])
    few = queries(client, url)
    new_partner("Kim")
    assert queries(client, url) == few
