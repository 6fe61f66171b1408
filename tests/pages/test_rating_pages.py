"""Both sides rate; neither sees the other's words before both have spoken."""

import pytest
from django.urls import reverse
from django.utils import timezone

from ratings.models import Rating
from ratings.services import rule_out_rating
from tests.factories import OpsFactory
from tests.pages.scenes import completed_visit, published_ratings

pytestmark = pytest.mark.django_db


def test_ratings_stay_hidden_until_both_have_rated(logged_in):
    visit = completed_visit()
    order_page = reverse("order_detail", args=[visit.order.reference])
    job_page = reverse("job_detail", args=[visit.pk])
    client, partner = logged_in(visit.order.client), logged_in(visit.partner.user)

    first = client.post(
        reverse("order_rate", args=[visit.order.reference]), {"stars": 2, "comment": "Late."}, follow=True
    ).content.decode()
    assert "stays hidden until both of you have rated" in first
    assert "Late." in client.get(order_page).content.decode()
    assert "Late." not in partner.get(job_page).content.decode()

    second = partner.post(
        reverse("job_rate", args=[visit.pk]), {"stars": 5, "comment": "Patient."}, follow=True
    ).content.decode()
    assert "both ratings are published now" in second
    assert "Late." in second
    assert "Patient." in client.get(order_page).content.decode()


@pytest.mark.parametrize("stars", ["", "0", "6", "4.5", "five"])
def test_only_whole_stars_from_one_to_five_are_taken_and_the_words_stay(logged_in, stars):
    visit = completed_visit()

    page = logged_in(visit.order.client).post(
        reverse("order_rate", args=[visit.order.reference]), {"stars": stars, "comment": "Friendly."}
    )

    assert page.status_code == 200
    assert "Friendly." in page.content.decode()
    assert not Rating.objects.exists()


def test_a_second_rating_is_refused_calmly(logged_in):
    visit = completed_visit()
    client = logged_in(visit.order.client)
    path = reverse("order_rate", args=[visit.order.reference])
    client.post(path, {"stars": 5})

    page = client.post(path, {"stars": 1}, follow=True).content.decode()

    assert "You have rated this job already" in page
    assert Rating.objects.get().stars == 5


def test_after_fourteen_days_there_is_no_form_any_more(logged_in):
    visit = completed_visit(days_ago=15)

    page = (
        logged_in(visit.order.client)
        .get(reverse("order_rate", args=[visit.order.reference]), follow=True)
        .content.decode()
    )

    assert "Ratings close 14 days after the job." in page


def test_the_rated_side_replies_once(logged_in):
    from_client, _from_partner = published_ratings()
    partner = logged_in(from_client.job.partner.user)
    path = reverse("rating_reply", args=[from_client.pk])

    for words in ("Thank you!", "Once more."):
        partner.post(path, {"text": words})

    assert Rating.objects.get(pk=from_client.pk).reply == "Thank you!"
    page = partner.get(reverse("job_detail", args=[from_client.job_id])).content.decode()
    assert "Thank you!" in page
    assert path not in page


def test_both_sides_read_why_a_rating_was_ruled_out(logged_in):
    rating, _other = published_ratings()
    rule_out_rating(rating_id=rating.pk, actor=OpsFactory.create(), reason="Insulting.", now=timezone.now())
    order_page = reverse("order_detail", args=[rating.job.order.reference])
    job_page = reverse("job_detail", args=[rating.job_id])

    for user, path in ((rating.author, order_page), (rating.job.partner.user, job_page)):
        assert "The reason given: Insulting." in logged_in(user).get(path).content.decode()
