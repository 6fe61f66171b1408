"""What search engines read: every page in every language, its siblings, its data; and no clients (C19, C28)."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance import services as compliance
from mila.accounts.models import User
from orders.models import Service
from partners.models import City
from tests.factories import CompletedJobFactory, UserFactory, city
from tests.pages.conftest import QueryCount
from tests.pages.scenes import completed_visit, new_client, new_partner, published_ratings

pytestmark = pytest.mark.django_db

LANGUAGES = ["fr", "de", "it", "en"]
PAGES = ["/{}/", "/{}/in/zurich/", "/{}/in/basel/", "/{}/service/home-wifi/", "/{}/in/zurich/home-wifi/"]


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return unescape(response.content.decode())


def alternates(page: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page))


def canonical(page: str) -> str:
    [url] = re.findall(r'<link rel="canonical" href="([^"]+)">', page)
    return str(url)


def data_of(client: Client, path: str) -> list[dict[str, Any]]:
    [text] = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', client.get(path).content.decode(), re.DOTALL
    )
    data = json.loads(text)
    assert data["@context"] == "https://schema.org"
    return list(data["@graph"])


def thing(client: Client, path: str, kind: str) -> dict[str, Any]:
    [found] = [one for one in data_of(client, path) if one["@type"] == kind]
    return found


def well_rated(stars: int = 4, ratings: int = 20, **fields: Any) -> None:
    partner = new_partner(**fields)
    past = timezone.now() - timedelta(days=60)
    for number in range(ratings):
        CompletedJobFactory.create(
            partner=partner, accepted_at=past + timedelta(hours=3 * number), client_stars=stars
        )
    compliance.review_partner(partner_id=partner.pk, now=timezone.now())


class TestLanguages:
    @pytest.mark.parametrize("path", PAGES)
    def test_every_version_names_the_same_siblings_and_itself(self, client: Client, path: str) -> None:
        new_partner()
        versions = {language: read(client, path.format(language)) for language in LANGUAGES}

        named = {language: alternates(page) for language, page in versions.items()}
        assert all(one == named["fr"] for one in named.values())
        assert set(named["fr"]) == {*LANGUAGES, "x-default"}
        for language, page in versions.items():
            assert f'<html lang="{language}">' in page
            assert canonical(page) == named["fr"][language] == settings.SITE_URL + path.format(language)
        assert read(client, urlsplit(named["fr"]["x-default"]).path)

    @pytest.mark.parametrize("path", PAGES)
    def test_titles_and_descriptions_differ_between_languages(self, client: Client, path: str) -> None:
        new_partner()
        pages = [read(client, path.format(language)) for language in ("de", "en")]
        # The words of new pages are translated at the end; names of cities and services already are.
        assert all(len(re.findall(r"<title>[^<]+</title>", page)) == 1 for page in pages)

    def test_no_two_pages_have_the_same_title_or_description(self, client: Client) -> None:
        new_partner()
        paths = [path.format("en") for path in PAGES]
        pages = [read(client, path) for path in [*paths, "/en/service/printer/", "/en/in/basel/printer/"]]
        for pattern in (r"<title>(.+?)</title>", r'<meta name="description" content="(.+?)">'):
            found = [re.findall(pattern, page)[0] for page in pages]
            assert len(set(found)) == len(pages)

    def test_the_start_page_without_a_language_is_negotiated_and_names_its_versions(
        self, client: Client
    ) -> None:
        page = client.get("/", headers={"Accept-Language": "it"}).content.decode()

        assert canonical(page) == f"{settings.SITE_URL}/it/"
        assert alternates(page)["x-default"] == f"{settings.SITE_URL}/"

    def test_the_address_wins_over_account_and_cookie_and_changes_neither(self, logged_in) -> None:
        client = logged_in(UserFactory.create(language="fr"))
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"

        assert '<html lang="de">' in read(client, "/de/in/zurich/")
        assert User.objects.get().language == "fr"
        assert '<html lang="fr">' in read(client, "/")

    def test_a_visitor_goes_on_in_the_language_of_the_address(self, client: Client) -> None:
        english = {"Accept-Language": "en"}
        client.get("/it/in/zurich/", headers=english)

        page = client.get("/search", headers=english).content.decode()

        assert '<html lang="it">' in page

    def test_the_address_in_the_language_of_the_browser_sets_no_cookie(self, client: Client) -> None:
        client.get("/it/in/zurich/", headers={"Accept-Language": "it"})
        assert settings.LANGUAGE_COOKIE_NAME not in client.cookies

    def test_an_address_that_leads_nowhere_sets_no_cookie(self, client: Client) -> None:
        assert client.get("/it/in/atlantis/", headers={"Accept-Language": "en"}).status_code == 404
        assert settings.LANGUAGE_COOKIE_NAME not in client.cookies

    def test_the_switch_leads_to_the_sibling_and_is_remembered(self, client: Client) -> None:
        response = client.post(
            reverse("set_language"), {"language": "it", "next": "/de/in/zurich/home-wifi/?from=mail"}
        )

        assert response.headers["Location"] == "/it/in/zurich/home-wifi/?from=mail"
        assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "it"

    @pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/de/", "//elsewhere.example/de/"])
    def test_the_switch_still_leads_nowhere_else(self, client: Client, elsewhere: str) -> None:
        response = client.post(reverse("set_language"), {"language": "it", "next": elsewhere})

        assert "elsewhere" not in response.headers["Location"]

    @pytest.mark.parametrize(
        "path", ["/xx/", "/de/in/atlantis/", "/de/service/time-travel/", "/de/in/zurich/time-travel/"]
    )
    def test_what_does_not_exist_is_not_found(self, client: Client, path: str) -> None:
        assert client.get(path).status_code == 404

    def test_a_city_is_called_as_the_language_calls_it_where_it_is_translated(self, client: Client) -> None:
        assert "Geneva" in read(client, "/en/in/geneva/")

    def test_a_closed_city_and_a_service_no_longer_offered_have_no_page(self, client: Client) -> None:
        City.objects.filter(slug="basel").update(is_open=False)
        Service.objects.filter(slug="printer").update(is_active=False)

        for path in ("/en/in/basel/", "/en/service/printer/", "/en/in/zurich/printer/"):
            assert client.get(path).status_code == 404
        assert "/basel/" not in read(client, "/sitemap.xml")


class TestStartPage:
    def test_it_says_only_what_is_true_of_the_market(self, client: Client) -> None:
        empty = read(client, "/en/")
        well_rated(stars=4)
        new_partner(status="suspended")
        full = read(client, "/en/")

        assert 'class="proof' not in empty
        assert '<b class="num">1</b> partner in Switzerland' in full
        assert '<b class="num">4.00</b> of 5 stars, from 20 ratings' in full

    def test_a_few_ratings_are_no_mean(self, client: Client) -> None:
        well_rated(ratings=19)

        assert "of 5 stars, from" not in read(client, "/en/")

    def test_what_where_and_when_are_one_form_that_needs_no_script(self, client: Client) -> None:
        page = read(client, "/de/")
        [form] = re.findall(
            r'<form class="search-bar" method="get" action="/search">.*?</form>', page, re.DOTALL
        )
        assert {"service", "place", "date", "time"} == set(re.findall(r'name="(\w+)"', form))


class TestCityPages:
    def test_a_city_with_partners_says_how_many_and_from_which_price(self, client: Client) -> None:
        well_rated(skills=["network"])
        page = read(client, "/en/in/zurich/")

        assert "1 person helps you with technology in Zurich" in page
        assert "At your home, at fixed prices from 79.00\xa0CHF" in page
        assert "(20 ratings)" in page
        assert "/en/in/zurich/home-wifi/" in page
        assert "nobody yet" in page

    def test_a_city_without_partners_says_so_and_takes_a_request(self, client: Client) -> None:
        page = read(client, "/en/in/basel/")

        assert "Nobody helps in Basel yet" in page
        assert 'action="/tell-me"' in page
        assert 'value="Basel"' in page
        assert "fixed prices from" not in page

    def test_towns_around_lead_to_the_search(self, client: Client) -> None:
        new_partner()
        page = read(client, "/en/in/zurich/")

        towns = re.findall(r'<a class="town" href="(/search\?place=[^"]+)">', page)
        assert len(towns) == 24
        assert client.get(towns[0]).status_code == 200
        assert not any("Z%C3%BCrich" in town for town in towns)

    def test_a_service_in_a_city_counts_who_can_do_it(self, client: Client) -> None:
        new_partner(skills=["network"])
        new_partner(skills=["tv"])

        assert "1 partner in Zurich does this" in read(client, "/en/in/zurich/home-wifi/")
        assert "Nobody does this in Zurich yet" in read(client, "/en/in/zurich/printer/")

    def test_it_leads_to_the_search_with_everything_filled_in(self, client: Client) -> None:
        new_partner("Robin")
        page = read(client, "/en/in/zurich/home-wifi/")
        [link] = set(re.findall(r'href="(/search\?service=home-wifi[^"]+)"', page))

        assert "home-wifi" in read(client, link)

    @pytest.mark.parametrize("slug", ["zurich", "geneva", "biel", "st-gallen", "bern"])
    def test_every_city_is_a_place_that_the_search_understands(self, client: Client, slug: str) -> None:
        new_partner("Robin", city=city(slug), latitude=city(slug).latitude, longitude=city(slug).longitude)
        [link] = set(
            re.findall(r'href="(/search\?service=home-wifi[^"]+)"', read(client, f"/en/in/{slug}/home-wifi/"))
        )

        assert "aria-invalid" not in read(client, link)
        assert "Please add the postcode" not in read(client, link)

    @pytest.mark.parametrize("path", [page.format("en") for page in PAGES])
    def test_the_number_of_queries_does_not_grow(
        self, client: Client, queries: QueryCount, path: str
    ) -> None:
        for slug in ("zurich", "basel"):
            new_partner(city=city(slug))
        few = queries(client, path)
        for number in range(4):
            new_partner(city=city("basel" if number % 2 else "zurich"))
        well_rated()

        assert queries(client, path) == few


class TestStructuredData:
    def test_the_way_to_a_page_ends_at_the_page(self, client: Client) -> None:
        steps = thing(client, "/de/in/zurich/home-wifi/", "BreadcrumbList")["itemListElement"]

        assert [step["position"] for step in steps] == [1, 2, 3]
        assert steps[-1]["item"] == f"{settings.SITE_URL}/de/in/zurich/home-wifi/"
        for step in steps:
            assert client.get(urlsplit(step["item"]).path).status_code == 200

    def test_stars_are_told_only_if_there_are_enough(self, client: Client) -> None:
        well_rated(ratings=19)
        assert "aggregateRating" not in thing(client, "/en/in/zurich/", "Service")
        well_rated(ratings=20, stars=5)

        rating = thing(client, "/en/in/zurich/", "Service")["aggregateRating"]

        assert (rating["ratingValue"], rating["ratingCount"]) == ("4.51", 39)

    def test_a_price_is_offered_only_where_somebody_does_it(self, client: Client) -> None:
        new_partner()

        there = thing(client, "/en/in/zurich/home-wifi/", "Service")
        assert (there["offers"]["price"], there["offers"]["priceCurrency"]) == ("89.00", "CHF")
        assert "offers" not in thing(client, "/en/in/basel/home-wifi/", "Service")
        assert "offers" not in thing(client, "/en/in/basel/", "Service")

    def test_nothing_in_the_data_ends_its_element(self, client: Client) -> None:
        Service.objects.filter(slug="home-wifi").update(name_en="</script><script>alert(1)</script>&")

        assert thing(client, "/en/service/home-wifi/", "Service")["name"].startswith("</script>")
        assert "<script>alert" not in client.get("/en/service/home-wifi/").content.decode()

    @pytest.mark.parametrize("path", [page.format("en") for page in PAGES])
    def test_besides_data_there_is_no_script_in_the_page(self, client: Client, path: str) -> None:
        scripts = re.findall(r"<script[^>]*>", client.get(path).content.decode())

        inline = [one for one in scripts if " src=" not in one]
        assert inline == ['<script type="application/ld+json">']


class TestForCrawlers:
    def test_the_sitemap_lists_every_page_once_in_each_language(self, client: Client) -> None:
        listed = re.findall(r"<loc>([^<]+)</loc>", read(client, "/sitemap.xml"))
        cities, services = City.objects.count(), Service.objects.filter(is_active=True).count()

        assert len(listed) == len(set(listed)) == 4 * (1 + cities + services + cities * services)
        assert all(url.startswith(f"{settings.SITE_URL}/") for url in listed)
        for language in LANGUAGES:
            assert f"{settings.SITE_URL}/{language}/in/zurich/home-wifi/" in listed

    def test_the_sitemap_names_the_same_siblings_as_the_page(self, client: Client) -> None:
        [entry] = [
            entry
            for entry in read(client, "/sitemap.xml").split("<url>")
            if f"<loc>{settings.SITE_URL}/de/in/zurich/</loc>" in entry
        ]
        siblings = dict(re.findall(r'hreflang="([^"]+)" href="([^"]+)"', entry))

        assert siblings == alternates(read(client, "/de/in/zurich/"))

    def test_the_sitemap_takes_a_constant_number_of_queries(
        self, client: Client, queries: QueryCount
    ) -> None:
        assert queries(client, "/sitemap.xml") <= 4

    def test_robots_are_kept_from_forms_but_not_from_public_pages_and_profiles(self, client: Client) -> None:
        lines = read(client, "/robots.txt").splitlines()
        refused = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow")]

        assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in lines
        assert "/search" in refused
        public = ["/", "/partners/robin", "/ranking", *(page.format("de") for page in PAGES)]
        assert not [path for path in public for start in refused if path.startswith(start)]


class TestProfile:
    def test_people_are_left_out_of_search_engines(self, client: Client) -> None:
        new_partner(reference="robin")

        assert '<meta name="robots" content="noindex">' in read(client, "/partners/robin")
        assert "/partners/" not in read(client, "/sitemap.xml")

    def test_stars_are_spread_as_they_were_given_in_the_window(self, client: Client) -> None:
        partner = new_partner(reference="robin")
        past = timezone.now() - timedelta(days=200)
        # The oldest five leave the window of fifty.
        for number, stars in enumerate([1] * 5 + [2] + [None] * 4 + [4] * 5 + [5] * 40):
            CompletedJobFactory.create(
                partner=partner, accepted_at=past + timedelta(hours=3 * number), client_stars=stars
            )
        compliance.review_partner(partner_id=partner.pk, now=timezone.now())

        rows = re.findall(
            r'<th scope="row">(\d) stars?</th>.*?width="(\d+)".*?<td class="num">(\d+)</td>',
            read(client, "/partners/robin"),
            re.DOTALL,
        )

        assert rows == [
            ("5", "87", "40"),
            ("4", "11", "5"),
            ("3", "0", "0"),
            ("2", "2", "1"),
            ("1", "0", "0"),
        ]

    def test_four_ratings_are_not_spread(self, client: Client) -> None:
        well_rated(ratings=4, reference="robin")

        assert "How the stars are spread" not in read(client, "/partners/robin")

    def test_a_comment_tells_service_and_month_and_nothing_about_its_author(self, client: Client) -> None:
        partner = new_partner("Robin", reference="robin")
        author = new_client("Theodora", last_name="Vonderbruegg")
        published_ratings(completed_visit(partner, author), comment="Friendly and quick.")
        page = read(client, "/partners/robin")

        assert "Friendly and quick." in page
        assert "Home Wi-Fi" in page
        assert f'datetime="{timezone.now():%Y-%m}"' in page
        for told in ("Theodora", "Vonderbruegg", author.email, f"{timezone.now():%d.%m.%Y}"):
            assert told not in page
