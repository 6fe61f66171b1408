"""Whoever watches is told after the commit, once, and never at the cost of whoever changes something."""

import socket
import time
from contextlib import closing
from datetime import timedelta

import pytest
import redis
from django.conf import LazySettings
from django.db import transaction
from django.utils import timezone

from mila.lib import watching
from mila.lib.doorbell import silenced
from mila.lib.watching import Topic, publish, tell_watchers
from orders import services as orders
from orders.visits import services as visits
from orders.visits.policy import later_arrivals
from ratings.policy import FlagDecision, FlagReason
from ratings.services import (
    decide_flag,
    flag_rating,
    publish_due,
    reply_to_rating,
    rule_out_rating,
    submit_rating,
)
from tests.factories import OpsFactory
from tests.pages.scenes import (
    accepted_visit,
    completed_visit,
    in_days,
    new_partner,
    open_offer,
    placed_order,
    published_ratings,
)

SOON = 3


@pytest.fixture
def told(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The topics that have been told, in order; nothing is sent."""
    heard: list[str] = []
    monkeypatch.setattr(watching, "publish", lambda topic: heard.append(str(topic)))
    return heard


@pytest.mark.django_db(transaction=True)
class TestTheMoment:
    def test_after_the_commit_and_once_per_transaction(self, told):
        with transaction.atomic():
            tell_watchers("order", 1)
            tell_watchers("order", 1)
            tell_watchers("offers", 1)
            assert told == []
        assert told == ["order:1", "offers:1"]

    def test_what_is_undone_is_not_told_and_hides_nothing(self, told):
        with transaction.atomic():
            try:
                with transaction.atomic():
                    tell_watchers("order", 1)
                    raise ValueError
            except ValueError:
                pass
            tell_watchers("order", 1)
        assert told == ["order:1"]


@pytest.mark.django_db(transaction=True)
class TestWhatIsTold:
    def test_a_booking_tells_those_who_are_asked(self, told):
        partner = new_partner()
        open_offer(partner)
        assert f"offers:{partner.pk}" in told

    def test_an_acceptance_tells_the_order_and_everybody_who_was_asked(self, told):
        first, second = new_partner(), new_partner()
        order = placed_order()
        told.clear()
        offer = order.offers.get(partner=first)
        orders.accept_offer(offer_id=offer.pk, partner=first, now=timezone.now())
        assert set(told) == {f"order:{order.pk}", f"offers:{first.pk}", f"offers:{second.pk}"}

    def test_every_step_of_a_visit_tells_its_order(self, told):
        now = timezone.now()
        visit = accepted_visit(slot_start=now + timedelta(minutes=30), now=now - timedelta(hours=5))
        assert visit.order is not None
        steps = (
            lambda: visits.set_off(job_id=visit.pk, partner=visit.partner, now=now),
            lambda: visits.report_late(
                job_id=visit.pk,
                partner=visit.partner,
                expected_at=later_arrivals(slot_start=visit.order.starts_at, expected=None, now=now)[0],
                now=now,
            ),
            lambda: orders.check_in(job_id=visit.pk, partner=visit.partner, now=now),
            lambda: orders.check_out(job_id=visit.pk, partner=visit.partner, now=now),
        )
        for step in steps:
            told.clear()
            step()
            assert f"order:{visit.order.pk}" in told

    def test_an_offer_that_lapses_tells_both_sides(self, told):
        offer = open_offer(slot_start=in_days(3))
        told.clear()
        orders.lapse_offers(now=offer.expires_at)
        assert {f"order:{offer.order_id}", f"offers:{offer.partner_id}"} <= set(told)

    def test_of_ratings_that_are_published_both_sides_are_told_of_hidden_ones_nobody(self, told):
        visit = completed_visit()
        assert visit.order is not None
        assert visit.partner.user is not None
        now = timezone.now()
        told.clear()
        submit_rating(job_id=visit.pk, author=visit.order.client, stars=4, comment="", now=now)
        assert told == []
        submit_rating(job_id=visit.pk, author=visit.partner.user, stars=4, comment="", now=now)
        assert told == [f"order:{visit.order.pk}", f"offers:{visit.partner.pk}"]

    def test_what_the_clock_publishes_is_told(self, told):
        visit = completed_visit()
        assert visit.order is not None
        submit_rating(job_id=visit.pk, author=visit.order.client, stars=4, comment="", now=timezone.now())
        told.clear()
        publish_due(now=timezone.now() + timedelta(days=14))
        assert told == [f"order:{visit.order.pk}", f"offers:{visit.partner.pk}"]

    def test_what_becomes_of_a_rating_is_told(self, told):
        rating, _other = published_ratings(comment="Rude.")
        partner, ops, now = rating.job.partner, OpsFactory.create(), timezone.now()
        assert partner.user is not None
        both = [f"order:{rating.job.order_id}", f"offers:{partner.pk}"]
        report = flag_rating(
            rating_id=rating.pk, author=partner.user, reason=FlagReason.INSULT, words="", now=now
        )
        steps = (
            lambda: reply_to_rating(rating_id=rating.pk, author=partner.user, text="Sorry.", now=now),
            lambda: rule_out_rating(rating_id=rating.pk, actor=ops, reason="Mistaken.", now=now),
            lambda: decide_flag(
                flag_id=report.pk, actor=ops, decision=FlagDecision.HIDE, reason="An insult.", now=now
            ),
        )
        for step in steps:
            told.clear()
            step()
            assert told == both


class TestThroughRedis:
    def test_a_topic_arrives_as_it_was_told(self, settings: LazySettings):
        settings.DOORBELL = True
        with closing(redis.Redis.from_url(settings.WATCHING_URL)) as client, client.pubsub() as hearing:
            hearing.subscribe(settings.WATCHING_CHANNEL)
            assert hearing.get_message(timeout=5)["type"] == "subscribe"
            publish(Topic("order", 7))
            said = hearing.get_message(timeout=5)
        assert Topic.read(said["data"].decode()) == Topic("order", 7)

    def test_nothing_is_said_in_tests_that_do_not_ask_nor_during_bulk_work(self, settings, monkeypatch):
        monkeypatch.setattr(watching, "_client", lambda url: pytest.fail("said"))
        publish(Topic("order", 7))
        settings.DOORBELL = True
        with silenced():
            publish(Topic("order", 7))

    def test_without_redis_the_first_costs_little_and_the_next_nothing(self, settings, monkeypatch):
        settings.DOORBELL = True
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            settings.WATCHING_URL = f"redis://127.0.0.1:{deaf.getsockname()[1]}/0"
            started = time.monotonic()
            publish(Topic("order", 7))
            assert time.monotonic() - started < SOON
        assert watching.circuit.is_open()
        monkeypatch.setattr(watching, "_client", lambda url: pytest.fail("tried again"))
        publish(Topic("order", 8))


@pytest.mark.parametrize("text", ["", "order", "order:", "order:x", "order:-1", "money:1", "order:1:2"])
def test_what_is_no_topic_is_not_heard(text):
    assert Topic.read(text) is None
