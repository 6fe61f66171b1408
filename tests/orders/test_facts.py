from datetime import timedelta

import pytest

from orders import services
from orders.models import Order, PartnerTally
from orders.policy import OrderStatus, Outcome
from partners.models import Partner
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_the_tally_holds_from_its_latest_fact_on(partner: Partner) -> None:
    later, earlier = NOW + timedelta(days=1), NOW
    for accepted_at in (later, earlier):
        services.record_acceptance(job=factories.JobFactory.create(partner=partner, accepted_at=accepted_at))
    tally = PartnerTally.objects.get(partner=partner)
    assert (tally.accepted, tally.latest_fact_at) == (2, later)


def test_outcomes_that_change_no_count_leave_the_tally_alone(partner: Partner) -> None:
    job = factories.CompletedJobFactory.create(partner=partner)
    services.record_outcome(job=job, outcome=Outcome.COMPLETED, at=NOW)
    assert not PartnerTally.objects.exists()
    partner.refresh_from_db()
    assert partner.review.due_at == NOW


def test_published_stars_are_on_the_job_and_call_for_a_review(partner: Partner) -> None:
    job = factories.CompletedJobFactory.create(partner=partner)
    later = NOW + timedelta(days=1)
    services.publish_stars(job=job, stars=4, now=later)
    job.refresh_from_db()
    partner.refresh_from_db()
    assert (job.client_stars, job.stars_published_at, partner.review.due_at) == (4, later, later)


def test_stars_are_ruled_out_once_and_keep_their_value(partner: Partner) -> None:
    job = factories.CompletedJobFactory.create(partner=partner, client_stars=1)
    later = NOW + timedelta(days=1)
    services.rule_out_stars(job=job, now=later)
    services.rule_out_stars(job=job, now=later + timedelta(days=1))
    job.refresh_from_db()
    assert (job.client_stars, job.stars_ruled_out_at) == (1, later)


def test_completed_orders_wait_for_their_posting_longest_first() -> None:
    second, first, _never = (
        factories.OrderFactory.create(status=OrderStatus.COMPLETED, posting_due_at=due)
        for due in (NOW + timedelta(hours=1), NOW, None)
    )
    assert services.orders_to_post(limit=1) == [first]
    services.mark_posted(order_ids=[first.pk])
    assert services.orders_to_post(limit=10) == [second]
    assert Order.objects.get(pk=first.pk).posting_due_at is None
