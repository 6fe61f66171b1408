"""A Celery worker is killed (-9) in the middle of its work: nothing is lost, nothing is done twice."""

from datetime import timedelta

import pytest
from celery import Celery
from django.db.models import F
from django.utils import timezone

from compliance.models import Notice, Sanction, Standing
from mila.notifications.models import Mail, Notification
from mila.notifications.services import message_id
from orders.models import Offer
from partners.models import Partner, PartnerTransition, Skill
from partners.policy import PartnerStatus
from tests.compliance.market import DAY, GOOD, partner_with
from tests.faults.conftest import StartWorker
from tests.faults.processes import (
    OwnRedis,
    eventually,
    held,
    nobody_else_is_at_work,
    somebody_waits_for_a_lock,
    verified,
)
from tests.pages.scenes import placed_order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

MAIL_BEING_WRITTEN = """
INSERT INTO notifications_mail (message_id, sent_at, "to", subject, text, html) VALUES (%s, now(), '', '', '', '')
"""
REVIEW, SEND = "compliance.tasks.review_due_partners", "mila.tasks.send_notifications"


@pytest.fixture
def queue(own_redis: OwnRedis) -> Celery:
    """Sends tasks to the worker as beat and the doorbell do."""
    app = Celery(broker=f"redis+socket://{own_redis.socket}?virtual_host=0")
    app.conf.task_ignore_result = True
    return app


def test_a_review_that_is_killed_half_way_is_done_once_by_the_next_worker(
    start_worker: StartWorker, queue: Celery, own_redis: OwnRedis
) -> None:
    now = timezone.now()
    partner = partner_with(GOOD, no_shows=2, start=now - 30 * DAY)
    warned = partner_with([4] * 20, start=now - 30 * DAY)
    partner.skills.set(Skill.objects.all())
    order = placed_order(partner=partner, now=now)
    worker = start_worker()
    with held("SELECT id FROM orders_order WHERE id = %s FOR UPDATE", [order.pk]):
        queue.send_task(REVIEW)
        assert eventually(somebody_waits_for_a_lock), worker.log.read_text()
        worker.kill()
    assert eventually(nobody_else_is_at_work)
    partner.refresh_from_db()
    assert partner.status == PartnerStatus.ACTIVE
    assert Partner.objects.filter(review__due_at__isnull=False).count() == 2
    for nothing in (Sanction, Notice, Standing, PartnerTransition):
        assert not nothing.objects.exists()

    worker = start_worker()
    queue.send_task(REVIEW)
    queue.send_task(REVIEW)
    assert eventually(lambda: own_redis.is_worked_off(lost=1)), worker.log.read_text()
    assert Sanction.objects.get().partner == partner
    assert Notice.objects.get().partner == warned
    assert PartnerTransition.objects.get().new == PartnerStatus.SUSPENDED
    assert Offer.objects.get(partner=partner).status == "withdrawn"
    told = Notification.objects.filter(kind__in=["notice_issued", "sanction_issued"])
    assert {message.recipient for message in told} == {partner.user, warned.user}
    assert told.count() == 2
    assert verified() == ["nothing found"]


def test_mail_that_was_being_sent_by_a_killed_worker_arrives_once(
    start_worker: StartWorker, queue: Celery, own_redis: OwnRedis
) -> None:
    partner = partner_with(GOOD)
    partner.skills.set(Skill.objects.all())
    order = placed_order(partner=partner)
    message = Notification.objects.get(kind="offer_received")
    worker = start_worker()
    with held(MAIL_BEING_WRITTEN, [message_id(message)]):
        queue.send_task(SEND)
        assert eventually(somebody_waits_for_a_lock), worker.log.read_text()
        worker.kill()
    assert eventually(nobody_else_is_at_work)
    message.refresh_from_db()
    assert (message.attempts, message.sent_at, Mail.objects.count()) == (1, None, 0)

    # A minute passes; then the dead worker's claim is void.
    Notification.objects.update(claimed_at=F("claimed_at") - timedelta(seconds=61))
    worker = start_worker()
    queue.send_task(SEND)
    queue.send_task(SEND)
    assert eventually(lambda: own_redis.is_worked_off(lost=1)), worker.log.read_text()
    assert Mail.objects.get().to == partner.user.email  # type: ignore[union-attr]
    message.refresh_from_db()
    assert message.attempts == 2
    assert order.status == "searching"
    assert verified() == ["nothing found"]
