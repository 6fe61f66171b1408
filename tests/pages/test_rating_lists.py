"""Ratings given and received, and comments reported as against the rules."""

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from ratings import services
from ratings.models import Rating, RatingFlag
from ratings.policy import FlagDecision, FlagReason
from tests.factories import OpsFactory
from tests.pages.scenes import completed_visit, new_client, new_partner, page_text, published_ratings

pytestmark = pytest.mark.django_db

# Whose list it is: the role, the page, and whether the client's words stand in it (else the partner's).
LISTS = [
    ("partner", "partner_ratings", True),
    ("partner", "partner_ratings_given", False),
    ("client", "ratings_given", True),
    ("client", "ratings_received", False),
]


def person(rating: Rating, role: str):
    return rating.job.partner.user if role == "partner" else rating.job.order.client


def hide(rating: Rating) -> None:
    report = services.flag_rating(
        rating_id=rating.pk,
        author=rating.job.partner.user,
        reason=FlagReason.INSULT,
        words="",
        now=timezone.now(),
    )
    services.decide_flag(
        flag_id=report.pk,
        actor=OpsFactory.create(),
        decision=FlagDecision.HIDE,
        reason="It is an insult.",
        now=timezone.now(),
    )


@pytest.mark.parametrize(("role", "name", "by_client"), LISTS)
def test_each_side_sees_what_it_has_given_and_received(logged_in, role, name, by_client):
    rating, _other = published_ratings(comment="Very quick.")

    page = page_text(logged_in(person(rating, role)), name)

    assert ("Very quick." in page) is by_client
    assert ("Good coffee." in page) is not by_client
    assert rating.job.order.service.name in page


@pytest.mark.parametrize(("role", "name", "_by_client"), LISTS)
def test_nobody_sees_the_ratings_of_others(logged_in, role, name, _by_client):
    published_ratings(comment="Very quick.")
    stranger = new_partner().user if role == "partner" else new_client()

    page = page_text(logged_in(stranger), name)

    assert "Very quick." not in page
    assert "Good coffee." not in page


def test_a_rating_shows_to_the_other_side_only_once_it_is_published(logged_in):
    visit = completed_visit()
    client, partner = logged_in(visit.order.client), logged_in(visit.partner.user)
    before = partner.get(reverse("partner_ratings")).content
    services.submit_rating(
        job_id=visit.pk, author=visit.order.client, stars=2, comment="Late.", now=timezone.now()
    )

    mine = page_text(client, "ratings_given")

    assert "Late." in mine
    assert "Hidden until both have rated" in mine
    assert _without_tokens(partner.get(reverse("partner_ratings")).content) == _without_tokens(before)


def _without_tokens(page: bytes) -> list[bytes]:
    return [line for line in page.splitlines() if b"csrf" not in line.lower()]


def test_the_stars_filter_the_list(logged_in):
    partner = new_partner()
    for stars, words in ((5, "Great."), (2, "So so.")):
        published_ratings(completed_visit(partner, days_ago=stars), stars=stars, comment=words)
    client = logged_in(partner.user)

    two = client.get(reverse("partner_ratings"), {"stars": 2}).content.decode()
    nonsense = client.get(reverse("partner_ratings"), {"stars": "many"}).content.decode()

    assert "So so." in two
    assert "Great." not in two
    assert "So so." in nonsense
    assert "Great." in nonsense


@pytest.mark.parametrize(("role", "name", "_by_client"), LISTS)
def test_more_ratings_need_no_more_queries(logged_in, queries, role, name, _by_client):
    partner, client = new_partner(), new_client()
    first, _other = published_ratings(completed_visit(partner, client, days_ago=2))
    browser, path = logged_in(person(first, role)), reverse(name)
    few = queries(browser, path)
    for day in range(3, 8):
        rating, _other = published_ratings(completed_visit(partner, client, days_ago=day))
        hide(rating)

    assert queries(browser, path) == few


def test_ten_a_page(logged_in):
    partner, client = new_partner(), new_client()
    for day in range(1, 13):
        published_ratings(completed_visit(partner, client, days_ago=day))
    browser = logged_in(partner.user)

    first = browser.get(reverse("partner_ratings"))
    second = browser.get(reverse("partner_ratings"), {"page": 2})

    assert (len(first.context["entries"]), len(second.context["entries"])) == (10, 2)
    assert "Your clients have rated you 12 times" in first.content.decode()


class TestTheWayBack:
    """Whoever replies or reports from the list is back in it, where they were, at that rating."""

    def reads_the_second_page_of_four_stars(self, logged_in):
        partner, client = new_partner(), new_client()
        rated = [published_ratings(completed_visit(partner, client, days_ago=n))[0] for n in range(1, 13)]
        assert {rating.stars for rating in rated} == {4}
        browser = logged_in(partner.user)
        return browser, browser.get(reverse("partner_ratings"), {"stars": 4, "page": 2})

    def href_of(self, page, name, rating):
        found = re.findall(rf'href="({reverse(name, args=[rating.pk])}[^"]*)"', page.content.decode())
        return unescape(found[0])

    @pytest.mark.parametrize(
        ("name", "given", "said"),
        [
            ("rating_reply", {"text": "Thank you!"}, "Your reply is published."),
            ("rating_flag", {"reason": "insult"}, "Our team looks at the comment"),
        ],
    )
    def test_leads_to_that_rating_on_its_page(self, logged_in, name, given, said):
        browser, page = self.reads_the_second_page_of_four_stars(logged_in)
        rating = page.context["entries"][1].rating
        path = self.href_of(page, name, rating)
        here = f"{reverse('partner_ratings')}?stars=4&page=2#rating-{rating.pk}"

        form = browser.get(path)
        sent = browser.post(path, given, follow=True)

        assert form.context["back"] == here
        assert sent.redirect_chain == [(here, 302)]
        assert f'id="rating-{rating.pk}"' in sent.content.decode()
        assert said in sent.content.decode()

    def test_carries_nothing_else(self, logged_in):
        rating, _other = published_ratings()
        browser, path = logged_in(rating.job.partner.user), reverse("rating_reply", args=[rating.pk])

        form = browser.get(path, {"from": "list", "page": "//evil.example", "next": "/x"})

        assert form.context["back"] == f"{reverse('partner_ratings')}#rating-{rating.pk}"

    def test_from_the_page_of_the_visit_leads_to_the_visit(self, logged_in):
        rating, other = published_ratings()
        for each, back in (
            (rating, reverse("job_detail", args=[rating.job_id])),
            (other, reverse("order_detail", args=[rating.job.order.reference])),
        ):
            browser = logged_in(person(each, "partner" if each == rating else "client"))
            sent = browser.post(reverse("rating_reply", args=[each.pk]), {"text": "Thank you!"})
            assert sent.headers["Location"] == back


class TestReporting:
    def test_the_rated_side_reports_and_sees_that_it_is_looked_at(self, logged_in):
        rating, _other = published_ratings(comment="Rude words.")
        browser = logged_in(rating.job.partner.user)
        path = reverse("rating_flag", args=[rating.pk])
        assert "Rude words." in browser.get(path).content.decode()

        page = browser.post(path, {"reason": "insult", "words": ""}, follow=True).content.decode()

        report = RatingFlag.objects.get()
        assert (report.rating, report.flagged_by) == (rating, rating.job.partner.user)
        assert "Our team looks at the comment" in page
        assert "You reported this comment on" in page
        assert path not in page

    def test_something_else_asks_for_words_and_loses_nothing(self, logged_in):
        rating, _other = published_ratings()
        browser = logged_in(rating.job.partner.user)

        page = browser.post(reverse("rating_flag", args=[rating.pk]), {"reason": "other", "words": " "})

        assert page.status_code == 200
        assert page.context["form"].errors == {
            "words": ["Please say in a few words what is wrong with the comment."]
        }
        assert page.context["form"]["reason"].value() == "other"
        assert not RatingFlag.objects.exists()

    def test_a_reason_is_needed(self, logged_in):
        rating, _other = published_ratings()
        browser = logged_in(rating.job.partner.user)

        page = browser.post(reverse("rating_flag", args=[rating.pk]), {"words": "It names my street."})

        assert "It names my street." in page.content.decode()
        assert page.context["form"].errors["reason"] == ["Please choose what is wrong with the comment."]

    def test_a_client_reports_what_a_partner_has_written(self, logged_in):
        _rating, of_partner = published_ratings()
        browser = logged_in(of_partner.job.order.client)

        page = browser.post(reverse("rating_flag", args=[of_partner.pk]), {"reason": "private"}, follow=True)

        assert page.redirect_chain[-1][0] == f"{reverse('ratings_received')}#rating-{of_partner.pk}"
        assert RatingFlag.objects.get().rating == of_partner

    def test_nobody_but_the_rated_side_finds_the_page(self, logged_in):
        rating, _other = published_ratings()

        for stranger in (new_client(), rating.author):
            path = reverse("rating_flag", args=[rating.pk])
            assert logged_in(stranger).get(path).status_code == 404
            assert logged_in(stranger).post(path, {"reason": "insult"}).status_code == 404
        assert not RatingFlag.objects.exists()

    def test_a_hidden_comment_is_read_by_its_author_only(self, logged_in):
        rating, _other = published_ratings(comment="Rude words.")
        partner = rating.job.partner
        profile = reverse("partner_profile", args=[partner.reference])
        author, rated = logged_in(rating.author), logged_in(partner.user)
        assert "Rude words." in rated.get(profile).content.decode()

        hide(rating)

        for path in (profile, reverse("partner_ratings"), reverse("job_detail", args=[rating.job_id])):
            assert "Rude words." not in rated.get(path).content.decode()
        order_page = reverse("order_detail", args=[rating.job.order.reference])
        for path in (reverse("ratings_given"), order_page):
            page = author.get(path).content.decode()
            assert "Rude words." in page
            assert "Our team hid your comment on" in page
            assert "The reason given: It is an insult." in page

    def test_the_report_of_a_hidden_comment_is_told_calmly(self, logged_in):
        rating, _other = published_ratings()
        hide(rating)
        browser = logged_in(rating.job.partner.user)

        page = browser.get(reverse("rating_flag", args=[rating.pk]), follow=True).content.decode()

        assert "There is no comment here that others could see." in page


def test_each_star_says_how_many_of_five_it_is(logged_in):
    visit = completed_visit()

    page = page_text(logged_in(visit.order.client), "order_rate", visit.order.reference)

    assert "How many stars?" in page
    for stars, words in enumerate(("bad", "not good", "all right", "good", "excellent"), start=1):
        assert f"{stars} of 5 stars: {words}" in page
