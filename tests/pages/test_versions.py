"""Whoever changes anything that a page shows makes another version of it, and nobody else does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from compliance.models import Standing
from mila.pages.versions import OrderVersion, PartnerVersion, order_version, partner_version
from orders.models import Extra, Job, Message, Offer, Order, TimeProposal, VisitMove
from partners.favourites import keep_favourite
from partners.models import Favourite, Partner
from partners.policy import PartnerStatus
from ratings.models import Rating
from tests.pages.scenes import completed_visit, new_client, new_partner, published_ratings

HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


def of_order(job: Job) -> OrderVersion:
    assert job.order is not None
    found = order_version(reference=job.order.reference, client_id=job.order.client_id)
    assert found is not None
    return found


def of_partner(partner: Partner) -> PartnerVersion:
    found = partner_version(reference=partner.reference, statuses=[PartnerStatus.ACTIVE])
    assert found is not None
    return found


def write_again(rows: Any) -> None:
    """An update that changes nothing is a change all the same, whoever makes it."""
    assert rows.exists()
    table, key = rows.model._meta.db_table, rows.model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            f"UPDATE {table} SET {key} = {key} WHERE {key} = ANY (%s)",
            [list(rows.values_list("pk", flat=True))],
        )
        cursor.execute("SET session_replication_role = origin")


OF_THE_STATE: dict[str, Callable[[Job], Any]] = {
    "order": lambda job: Order.objects.filter(pk=job.order_id),
    "job": lambda job: Job.objects.filter(pk=job.pk),
    "offers": lambda job: Offer.objects.filter(order=job.order_id),
    "extras": lambda job: Extra.objects.filter(job=job),
    "moves": lambda job: VisitMove.objects.filter(job=job),
    "proposals": lambda job: TimeProposal.objects.filter(job=job),
}
AROUND: dict[str, Callable[[Job], Any]] = {
    # Hidden ones are not even to be noticed (C9).
    "ratings": lambda job: Rating.objects.filter(job=job),
    "messages": lambda job: Message.objects.filter(job=job),
    "partner": lambda job: Partner.objects.filter(pk=job.partner_id),
    "standing": lambda job: Standing.objects.filter(partner=job.partner_id),
    "favourites": lambda job: Favourite.objects.filter(partner=job.partner_id),
}


@pytest.fixture
def visit() -> Job:
    """Done and rated, with everything that can hang on it."""
    partner = new_partner("Robin")
    job = completed_visit(partner, new_client("Kim"))
    published_ratings(job)
    assert job.order is not None
    now, key = timezone.now(), uuid4()
    with connection.cursor() as cursor:
        # Extras and proposals of a visit that is over could not come to be; here they only have to exist.
        cursor.execute("SET session_replication_role = replica")
        Message.objects.create(
            job=job, author=job.order.client, submission_key=key, body="Hello", sent_at=now, mail_due_at=now
        )
        Extra.objects.create(job=job, submission_key=key, text="A cable", price=12, proposed_at=now)
        TimeProposal.objects.create(job=job, proposed_at=now)
        later = DateTimeTZRange(job.slot.lower + HOUR, job.slot.upper + HOUR)
        VisitMove.objects.create(job=job, old_slot=job.slot, new_slot=later, moved_at=now)
        cursor.execute("SET session_replication_role = origin")
    Standing.objects.get_or_create(partner=partner, defaults={"computed_at": now})
    keep_favourite(client=job.order.client, partner=partner, now=now)
    return job


@pytest.mark.parametrize("name", OF_THE_STATE)
def test_what_is_written_again_moves_the_state_of_its_order(visit: Job, name: str) -> None:
    before = of_order(visit)

    write_again(OF_THE_STATE[name](visit))

    after = of_order(visit)
    assert (after.state != before.state, after.whole != before.whole) == (True, True)


@pytest.mark.parametrize("name", AROUND)
def test_what_stands_around_an_order_changes_its_page_but_not_its_state(visit: Job, name: str) -> None:
    before = of_order(visit)

    write_again(AROUND[name](visit))

    after = of_order(visit)
    assert (after.state != before.state, after.whole != before.whole) == (False, True)


def test_the_version_stays_while_nothing_is_written(visit: Job) -> None:
    before = of_order(visit), of_partner(visit.partner)

    other = completed_visit(new_partner("Sam"), new_client("Lou"), days_ago=4)
    published_ratings(other)

    assert (of_order(visit), of_partner(visit.partner)) == before


def test_the_order_of_somebody_else_has_no_version(visit: Job) -> None:
    assert visit.order is not None
    assert order_version(reference=visit.order.reference, client_id=new_client("Lou").pk) is None


@pytest.mark.parametrize("name", ["partner", "standing", "ratings"])
def test_a_profile_has_another_version_when_its_partner_is_written_again(visit: Job, name: str) -> None:
    before = of_partner(visit.partner)

    write_again((AROUND | OF_THE_STATE)[name](visit))

    assert of_partner(visit.partner).mark != before.mark


def test_a_profile_counts_the_comments_that_everybody_may_read(visit: Job) -> None:
    assert of_partner(visit.partner).comments == 1
    published_ratings(completed_visit(visit.partner, new_client("Lou"), days_ago=4), comment="")
    assert of_partner(visit.partner).comments == 1


def test_whoever_does_not_work_here_has_no_version(visit: Job) -> None:
    assert partner_version(reference=visit.partner.reference, statuses=[PartnerStatus.LEFT]) is None
