"""Blind mutual ratings: given, published together, replied to, ruled out."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mila.notifications.models import Notification
from orders.models import Job
from orders.policy import OrderStatus, Outcome
from orders.services import ReasonMissing
from ratings import services, standings, tasks, verification
from ratings.models import Rating, Side
from ratings.policy import RATING_PERIOD
from tests.factories import NOW, BookedJobFactory, OpsFactory, PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db

DONE = NOW + timedelta(days=2, hours=1)
LATER = DONE + timedelta(hours=3)
DEADLINE = DONE + RATING_PERIOD


@pytest.fixture
def job() -> Job:
    job = BookedJobFactory.create(outcome=Outcome.COMPLETED, outcome_at=DONE)
    job.order.status = OrderStatus.COMPLETED
    return job


def rate(job: Job, side: Side, stars: int = 5, **values: Any) -> Rating:
    author = job.order.client if side == Side.CLIENT else job.partner.user
    given = {"stars": stars, "comment": "", "now": LATER} | values
    return services.submit_rating(job_id=job.pk, author=author, **given)


def test_one_rating_alone_stays_hidden(job: Job, bells: list[str]) -> None:
    rating = rate(job, Side.CLIENT, 4, comment="  Quick and friendly. ")
    assert (rating.side, rating.stars, rating.comment) == (Side.CLIENT, 4, "Quick and friendly.")
    assert rating.published_at is None
    assert rating.reveal_due_at == DEADLINE
    job.refresh_from_db()
    assert job.client_stars is None
    assert not Notification.objects.exists()


@pytest.mark.parametrize("sides", [(Side.CLIENT, Side.PARTNER), (Side.PARTNER, Side.CLIENT)])
def test_the_second_rating_publishes_both(job: Job, sides: tuple[Side, Side]) -> None:
    for side in sides:
        rate(
            job,
            side,
            3 if side == Side.CLIENT else 5,
            now=LATER if side == sides[0] else LATER + timedelta(hours=1),
        )
    job.refresh_from_db()
    job.partner.refresh_from_db()
    published = LATER + timedelta(hours=1)
    assert (job.client_stars, job.stars_published_at) == (3, published)
    assert set(Rating.objects.values_list("published_at", flat=True)) == {published}
    assert job.partner.review.due_at == published
    assert standings.standing_of(job.partner_id, published).stars_in_window == 3
    assert standings.standing_of(job.partner_id, LATER).stars_in_window == 0
    told = {
        (n.recipient, n.payload["rating_id"]) for n in Notification.objects.filter(kind="rating_published")
    }
    by_client, by_partner = Rating.objects.get(side="client"), Rating.objects.get(side="partner")
    assert told == {(job.partner.user, by_client.pk), (job.order.client, by_partner.pk)}
    assert list(verification.differences(published)) == []


def test_the_stars_of_the_partner_do_not_count(job: Job) -> None:
    rate(job, Side.PARTNER, 1)
    services.publish_due(now=DEADLINE)
    job.refresh_from_db()
    assert job.client_stars is None
    assert Rating.objects.get().published_at == DEADLINE


def test_a_lone_rating_is_published_when_the_14_days_are_over(job: Job) -> None:
    rate(job, Side.CLIENT, 2)
    assert services.publish_due(now=DEADLINE - timedelta(microseconds=1)) == 0
    assert services.publish_due(now=DEADLINE + timedelta(minutes=1)) == 1
    assert services.publish_due(now=DEADLINE + timedelta(minutes=2)) == 0
    job.refresh_from_db()
    assert (job.client_stars, job.stars_published_at) == (2, DEADLINE + timedelta(minutes=1))
    assert Notification.objects.count() == 1


def test_the_sweep_notes_its_run(job: Job) -> None:
    rate(job, Side.CLIENT)
    assert tasks.publish_due() == 1


def test_nobody_rates_twice(job: Job) -> None:
    rate(job, Side.CLIENT)
    with pytest.raises(services.AlreadyRated):
        rate(job, Side.CLIENT, 1)
    with pytest.raises(IntegrityError, match="one_rating_per_job_and_side"), transaction.atomic():
        Rating.objects.create(job=job, side=Side.CLIENT, stars=1, submitted_at=LATER, reveal_due_at=DEADLINE)
    assert Rating.objects.get().stars == 5


def test_nobody_rates_from_the_deadline_on(job: Job) -> None:
    with pytest.raises(services.RatingClosed):
        rate(job, Side.CLIENT, now=DEADLINE)
    assert rate(job, Side.CLIENT, now=DEADLINE - timedelta(microseconds=1)).pk


def test_only_a_completed_job_is_rated() -> None:
    job = BookedJobFactory.create()
    with pytest.raises(services.NotCompleted):
        rate(job, Side.CLIENT)
    cancelled = BookedJobFactory.create(outcome=Outcome.CANCELLED, outcome_at=DONE)
    with pytest.raises(services.NotCompleted):
        rate(cancelled, Side.PARTNER)


def test_somebody_else_cannot_rate_and_does_not_learn_that_the_job_exists(job: Job) -> None:
    for stranger in (UserFactory.create(), PartnerFactory.create().user, OpsFactory.create()):
        for job_id in (job.pk, job.pk + 1000):
            with pytest.raises(services.NotYours):
                services.submit_rating(job_id=job_id, author=stranger, stars=5, comment="", now=LATER)


@pytest.mark.parametrize("stars", [-1, 0, 6])
def test_stars_are_one_to_five(job: Job, stars: int) -> None:
    with pytest.raises(services.NotAStarValue):
        rate(job, Side.CLIENT, stars)


def test_a_clock_that_is_behind_publishes_nothing_before_it_was_written(job: Job) -> None:
    rate(job, Side.CLIENT, now=LATER)
    rate(job, Side.PARTNER, now=LATER - timedelta(seconds=1))
    assert set(Rating.objects.values_list("published_at", flat=True)) == {LATER}
    assert list(verification.differences(LATER)) == []


def test_the_rated_side_replies_once_and_only_in_public(job: Job) -> None:
    rating = rate(job, Side.CLIENT)
    answer = {"rating_id": rating.pk, "author": job.partner.user, "text": " Thank you. ", "now": LATER}
    with pytest.raises(services.NotPublished):
        services.reply_to_rating(**answer)
    rate(job, Side.PARTNER)
    with pytest.raises(services.NotYours):
        services.reply_to_rating(**answer | {"author": job.order.client})
    assert services.reply_to_rating(**answer).reply == "Thank you."
    with pytest.raises(services.AlreadyReplied):
        services.reply_to_rating(**answer)


def test_ruled_out_stars_stop_counting_from_then_on(job: Job) -> None:
    rating = rate(job, Side.CLIENT, 1)
    ops = OpsFactory.create()
    ruling = {
        "rating_id": rating.pk,
        "actor": ops,
        "reason": "Written by a relative.",
        "now": LATER + timedelta(1),
    }
    with pytest.raises(services.NotPublished):
        services.rule_out_rating(**ruling)
    rate(job, Side.PARTNER)
    with pytest.raises(ReasonMissing):
        services.rule_out_rating(**ruling | {"reason": "  "})
    ruled_out = services.rule_out_rating(**ruling)
    assert (ruled_out.ruled_out_by, ruled_out.ruled_out_reason) == (ops, "Written by a relative.")
    assert standings.standing_of(job.partner_id, LATER).rated_in_window == 1
    after = standings.standing_of(job.partner_id, LATER + timedelta(1))
    assert (after.jobs_in_window, after.rated_in_window) == (1, 0)
    job.partner.refresh_from_db()
    assert job.partner.review.due_at == LATER + timedelta(1)
    with pytest.raises(services.AlreadyRuledOut):
        services.rule_out_rating(**ruling)
    assert list(verification.differences(LATER)) == []


def test_verification_names_stars_that_no_rating_gave(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(client_stars=5, stars_published_at=LATER)
    assert [line for line in verification.differences(LATER) if f"job {job.pk}" in line]


def test_verification_names_a_half_published_pair(job: Job) -> None:
    rate(job, Side.PARTNER)
    Rating.objects.create(job=job, side=Side.CLIENT, stars=4, submitted_at=LATER, reveal_due_at=DEADLINE)
    assert any("not published together" in line for line in verification.differences(LATER))
