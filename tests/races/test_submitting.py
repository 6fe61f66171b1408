"""The same form sent twice: a booking is one order, a rating is one rating."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from mila.accounts.models import User
from mila.lib.prepared import Prepared
from mila.notifications.models import Notification
from orders import services
from orders.models import Job, Offer, Order
from orders.services import booking
from ratings.models import Rating
from ratings.services import giving as ratings
from tests import factories
from tests.factories import NOW
from tests.races import market
from tests.races.conftest import Drop
from tests.races.market import START, completed_job
from tests.races.track import CROWD, ROUNDS, Meeting, differences, race

Unlock = Callable[[Any, str], None]


# --- A booking ----------------------------------------------------------------------------------------------


def test_a_booking_sent_two_hundred_times_is_one_order(client_user: User) -> None:
    factories.PartnerFactory.create_batch(3)
    for number in range(ROUNDS):
        request = market.booking(client_user, slot_start=START + timedelta(days=number))
        finish = race([partial(services.place_order, **request) for _ in range(CROWD)])
        assert finish.crashed == []
        assert finish.reasons() <= {"Busy"}
        order = Order.objects.get(submission_key=request["submission_key"])
        assert {won.pk for won in finish.won} == {order.pk}
        assert Offer.objects.filter(order=order).count() == 3
        assert order.transitions.count() == 1
        assert Notification.objects.filter(kind="offer_received").count() == 3 * (number + 1)
        assert differences(NOW) == []


@pytest.fixture
def _meet_before_booking(monkeypatch: pytest.MonkeyPatch, meeting: Meeting) -> None:
    """Both submissions have looked for an earlier one before either of them is written."""
    meeting.for_sure()
    monkeypatch.setattr(booking, "_refuse_unless_bookable", meeting.before(booking._refuse_unless_bookable))


def book_twice(client: User) -> list[int]:
    factories.PartnerFactory.create()
    request = market.booking(client, submission_key=uuid4())
    finish = race([partial(services.place_order, **request) for _ in range(2)])
    assert (finish.refused, finish.crashed) == ([], [])
    return [won.pk for won in finish.won]


@pytest.mark.usefixtures("_meet_before_booking")
def test_the_constraint_gives_the_second_submission_the_first_order(client_user: User) -> None:
    assert len(set(book_twice(client_user))) == 1
    assert Order.objects.count() == 1


@pytest.mark.usefixtures("_meet_before_booking")
def test_without_the_constraint_a_double_click_books_twice(
    client_user: User, drop_guard: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_guard("one_order_per_submission")
    unguarded = booking.KEEP.statement.replace("ON CONFLICT (client_id, submission_key) DO NOTHING", "")
    monkeypatch.setattr(booking, "KEEP", Prepared(unguarded))
    assert len(set(book_twice(client_user))) == 2
    assert Order.objects.count() == 2


# --- A rating -----------------------------------------------------------------------------------------------


def rate(job: Job, author: User, stars: int) -> Rating:
    return ratings.submit_rating(job_id=job.pk, author=author, stars=stars, comment="", now=START)


def test_a_rating_sent_two_hundred_times_is_one_rating(client_user: User) -> None:
    partner = factories.PartnerFactory.create()
    for number in range(ROUNDS):
        job = completed_job(client_user, partner, START - timedelta(hours=number))
        finish = race([partial(rate, job, client_user, 1 + each % 5) for each in range(CROWD)])
        assert finish.crashed == []
        assert len(finish.won) == 1
        assert finish.reasons() <= {"AlreadyRated", "Busy"}
        assert Rating.objects.get(job=job) == finish.won[0]
        assert differences(START) == []


def test_both_sides_rate_at_once_and_both_ratings_are_published_once(client_user: User) -> None:
    partner = factories.PartnerFactory.create()
    for number in range(ROUNDS):
        job = completed_job(client_user, partner, START - timedelta(hours=number))
        assert partner.user is not None
        sides = [client_user, partner.user]
        finish = race([partial(rate, job, sides[each % 2], 5) for each in range(CROWD)])
        assert finish.crashed == []
        assert len(finish.won) == 2
        assert Rating.objects.published().filter(job=job).count() == 2
        assert Notification.objects.filter(kind="rating_published").count() == 2 * (number + 1)
        job.refresh_from_db()
        assert job.client_stars == 5
        assert differences(START) == []


@pytest.fixture
def _meet_before_the_rating(monkeypatch: pytest.MonkeyPatch, meeting: Meeting) -> None:
    """Both have found no earlier rating before either of them is written."""

    def look_then_meet(*arguments: Any, **named: Any) -> Any:
        deadline = original(*arguments, **named)
        meeting.wait()
        return deadline

    original = ratings._deadline_of
    monkeypatch.setattr(ratings, "_deadline_of", look_then_meet)


@pytest.mark.usefixtures("_meet_before_the_rating")
def test_the_lock_of_the_partner_lets_one_of_two_ratings_through(client_user: User) -> None:
    job = completed_job(client_user, factories.PartnerFactory.create())
    finish = race([partial(rate, job, client_user, stars) for stars in (1, 5)])
    assert (len(finish.won), finish.reasons(), finish.crashed) == (1, {"AlreadyRated"}, [])


@pytest.mark.usefixtures("_meet_before_the_rating")
def test_without_lock_and_constraint_a_double_click_rates_twice(
    client_user: User, meeting: Meeting, without_lock: Unlock, drop_guard: Drop
) -> None:
    meeting.for_sure()
    job = completed_job(client_user, factories.PartnerFactory.create())
    without_lock(ratings, "lock_partner")
    drop_guard("one_rating_per_job_and_side")
    finish = race([partial(rate, job, client_user, stars) for stars in (1, 5)])
    assert len(finish.won) == 2
    assert Rating.objects.filter(job=job).count() == 2


@pytest.mark.usefixtures("_meet_before_the_rating")
def test_without_lock_two_sides_at_once_would_wait_for_the_deadline(
    client_user: User, meeting: Meeting, without_lock: Unlock
) -> None:
    meeting.for_sure()
    partner = factories.PartnerFactory.create()
    job = completed_job(client_user, partner)
    assert partner.user is not None
    without_lock(ratings, "lock_partner")
    finish = race([partial(rate, job, author, 5) for author in (client_user, partner.user)])
    assert len(finish.won) == 2
    assert not Rating.objects.published().exists()
