"""On the way, and running late."""

from datetime import timedelta

import pytest

from mila.accounts.models import User
from mila.notifications.models import Notification
from orders import services
from orders.models import Job
from orders.visits import services as visits
from partners.models import Partner
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def late(job: Job, partner: Partner, minutes: int, now=START) -> None:
    visits.report_late(job_id=job.pk, partner=partner, expected_at=START + minutes * MINUTE, now=now)


def told(kind: str) -> list[int]:
    return list(Notification.objects.filter(kind=kind).values_list("recipient", flat=True))


def test_the_client_learns_once_that_the_partner_is_on_the_way(
    job: Job, partner: Partner, client_user: User
) -> None:
    opens = START - timedelta(hours=2)
    with pytest.raises(visits.TooEarlyToSetOff):
        visits.set_off(job_id=job.pk, partner=partner, now=opens - timedelta(microseconds=1))
    for minutes in (0, 3):
        visits.set_off(job_id=job.pk, partner=partner, now=opens + minutes * MINUTE)
    job.refresh_from_db()
    assert (job.on_the_way_at, job.first_contact_at, job.contact_due_at) == (opens, opens, None)
    assert told("partner_on_the_way") == [client_user.pk]


def test_lateness_is_told_at_once_and_the_booked_time_stays(
    job: Job, partner: Partner, client_user: User
) -> None:
    for _ in range(2):
        late(job, partner, 20, now=START - timedelta(hours=3))
    late(job, partner, 50)
    job.refresh_from_db()
    assert (job.expected_at, job.starts_at) == (START + 50 * MINUTE, START)
    assert told("running_late") == [client_user.pk, client_user.pk]
    assert (partner.tally.cancelled, partner.tally.no_shows) == (0, 0)


@pytest.mark.parametrize(
    ("minutes", "now"),
    [(15, START), (-10, START), (20, START - timedelta(hours=3, microseconds=1)), (10, START + 10 * MINUTE)],
)
def test_only_the_offered_times_are_told(job: Job, partner: Partner, minutes: int, now) -> None:
    with pytest.raises(visits.NotLater):
        late(job, partner, minutes, now)


def test_never_earlier_than_told_before(job: Job, partner: Partner) -> None:
    late(job, partner, 30)
    with pytest.raises(visits.NotLater):
        late(job, partner, 20)


def test_after_the_check_in_nobody_is_on_the_way_or_late(checked_in: Job, partner: Partner) -> None:
    with pytest.raises(visits.AlreadyThere):
        late(checked_in, partner, 10)
    with pytest.raises(visits.AlreadyThere):
        visits.set_off(job_id=checked_in.pk, partner=partner, now=START)


def test_nobody_else_says_so(job: Job) -> None:
    stranger = factories.PartnerFactory.create()
    with pytest.raises(services.NotYourJob):
        late(job, stranger, 10)
    with pytest.raises(services.NotYourJob):
        visits.set_off(job_id=job.pk, partner=stranger, now=START)
    assert NOW < START
