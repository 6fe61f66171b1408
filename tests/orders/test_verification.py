"""Each difference is found when it is made, and a market that went every way has none."""

from datetime import timedelta

import pytest
from django.db import connection

from mila.accounts.models import User
from orders import services
from orders.models import Job, Order, PartnerTally
from orders.verification import differences
from partners.models import Partner
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START, accept, book

pytestmark = pytest.mark.django_db


def found() -> list[str]:
    return list(differences(NOW))


def break_row(statement: str) -> None:
    """Change a row behind the back of the database's own guards."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_a_market_that_went_every_way_has_no_difference(client_user: User, ops: User) -> None:
    assert found() == []
    partners = factories.PartnerFactory.create_batch(8)
    days = [START + timedelta(days=number) for number in range(8)]
    orders = [book(client_user, slot_start=day, requested_partner=partners[0]) for day in days]
    kept, cancelled, handed, lifted, absent, _called_off, missed, excused = (
        accept(order, partners[0]) for order in orders
    )
    late = timedelta(minutes=20)
    services.check_in(job_id=kept.pk, partner=partners[0], now=days[0])
    services.check_out(job_id=kept.pk, partner=partners[0], now=days[0])
    for job in (cancelled, lifted):
        services.cancel_job(job_id=job.pk, partner=partners[0], reason="ill", now=NOW)
    services.excuse_job(job_id=lifted.pk, actor=ops, reason="hospital", now=NOW + late)
    services.hand_over_job(job_id=handed.pk, partner=partners[0], reason="ill", now=NOW)
    services.report_client_absent(job_id=absent.pk, partner=partners[0], now=days[4] + late)
    services.cancel_order(order_id=orders[5].pk, client=client_user, now=NOW)
    services.confirm_no_show(job_id=missed.pk, actor=ops, reason="reported", now=days[6] + late)
    services.excuse_job(job_id=excused.pk, actor=ops, reason="accident", now=NOW)
    assert found() == []
    services.lapse_offers(now=NOW + timedelta(hours=13))
    services.expire_orders(now=days[-1])
    assert found() == []
    assert Order.objects.values("status").distinct().count() == 4


def test_a_tally_that_is_off_is_named(job: Job, partner: Partner) -> None:
    PartnerTally.objects.update(cancelled=3)
    assert found() == [
        f"partner {partner.reference}: the tally says 1 accepted, 3 cancelled, 0 no-shows; the jobs say 1, 0, 0"
    ]


def test_a_missing_tally_is_named(partner: Partner) -> None:
    factories.JobFactory.create(partner=partner)
    assert "the tally says 0 accepted" in found()[0]


def test_a_tally_that_claims_the_past_is_named(job: Job) -> None:
    PartnerTally.objects.update(latest_fact_at=NOW - timedelta(days=1))
    assert ["claims to hold from" in line for line in found()] == [True]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE orders_order SET status = 'failed'", "the latest step says confirmed"),
        ("UPDATE orders_order SET status = 'searching'", "but nobody is asked"),
        ("UPDATE orders_order SET status = 'completed'", "completed with 1 jobs alive"),
        ("UPDATE orders_order SET posting_due_at = now()", "but waits for its posting"),
        ("UPDATE orders_offer SET status = 'open'", "but offer"),
        ("UPDATE orders_offer SET status = 'lapsed'", "has accepted no offer"),
        (
            "UPDATE orders_offertransition SET new = 'lapsed'",
            "status is accepted, the latest step says lapsed",
        ),
        ("UPDATE orders_job SET checked_in_at = now()", "state is checked_in, the latest step says accepted"),
        (
            "UPDATE orders_job SET outcome = 'no_show', outcome_at = accepted_at, contact_due_at = NULL",
            "state is no_show",
        ),
        ("UPDATE orders_job SET slot = '[2026-06-01,2026-06-02)'", "not in the slot of order"),
        (
            "UPDATE orders_ordertransition SET old = 'failed' WHERE old <> ''",
            "the next one began from failed",
        ),
        ("UPDATE orders_job SET order_id = NULL", "but there is no job"),
    ],
)
def test_what_was_changed_behind_our_back_is_named(job: Job, statement: str, words: str) -> None:
    assert found() == []
    break_row(statement)
    assert any(words in line for line in found()), found()


def test_visits_between_which_there_is_no_time_for_the_way_are_named(
    client_user: User, partner: Partner
) -> None:
    late = START + timedelta(hours=1, minutes=20)
    first = accept(book(client_user), partner)
    second = accept(book(client_user, slot_start=late), partner)
    assert found() == []
    far = "latitude = 47.4999, longitude = 8.7241"
    break_row(f"UPDATE orders_order SET {far} WHERE id = {second.order_id}")
    assert found() == [
        f"job {second.pk}: begins 0:20:00 after job {first.pk} of the same partner, but the way takes 0:51:26"
    ]


def test_visits_of_others_and_visits_that_are_over_need_no_way(client_user: User) -> None:
    one, other = factories.PartnerFactory.create_batch(2)
    accept(book(client_user), one)
    accept(book(client_user), other)
    over = accept(book(client_user, slot_start=START + timedelta(hours=3)), one)
    break_row(f"UPDATE orders_order SET latitude = 46.2, longitude = 6.1 WHERE id = {over.order_id}")
    assert len(found()) == 1
    services.cancel_job(job_id=over.pk, partner=one, reason="too far", now=NOW)
    assert found() == []
