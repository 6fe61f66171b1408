"""Looks over the shoulder of a market in simulated time: after each event at what is new, at times at everything."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from billing import verification as billing
from compliance import verification as compliance
from orders import verification as orders
from orders.models import Job, Offer, Order, OrderTransition
from partners import verification as partners
from partners.models import Partner
from ratings import verification as ratings
from tests.market.oracle import A_SECOND, Life, arrivals_left, instants, way

LATEST_IDS = """
    SELECT (SELECT coalesce(max(id), 0) FROM orders_offer), (SELECT coalesce(max(id), 0) FROM orders_job),
           (SELECT coalesce(max(id), 0) FROM orders_ordertransition)
"""
FINAL = {"completed", "expired", "cancelled", "failed"}


class Violation(AssertionError):
    """The market has done what it must not do."""


def _latest_ids() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(LATEST_IDS)
        return dict(zip(("offer", "job", "step"), cursor.fetchone(), strict=True))


@dataclass
class Checker:
    """Knows which rows it has seen; ids only grow."""

    seen: dict[str, int] = field(default_factory=_latest_ids)
    offers_checked: int = 0
    jobs_checked: int = 0
    searches_checked: int = 0

    # --- after every event ----------------------------------------------------------------------------------

    def look(self, now: datetime) -> None:
        """Whatever offers, jobs and ends of searches have come with the latest event."""
        latest = _latest_ids()
        if latest == self.seen:
            return
        before, self.seen = self.seen, latest
        for offer in _with_order(Offer, before["offer"]):
            self._look_at_offer(offer, now)
        for job in _with_order(Job, before["job"]):
            self._look_at_job(job, now)
        for step in _with_order(OrderTransition, before["step"]).filter(new="expired"):
            if now < step.order.search_until:
                self._look_at_search_given_up(step.order, now)

    def refused_for_the_day(self, offer: Offer, now: datetime) -> None:
        """An acceptance was refused because the visit does not fit the partner's day: is that so?"""
        if Life(offer.partner_id).has_time_for(offer.order, now):
            raise Violation(f"{now} partner {offer.partner_id} has time for order {offer.order_id}")

    def _look_at_offer(self, offer: Offer, now: datetime) -> None:
        self.offers_checked += 1
        order, life = offer.order, Life(offer.partner_id)
        earlier = Offer.objects.filter(order=order, partner=offer.partner_id, pk__lt=offer.pk)
        taken_back_at_once = offer.status == "withdrawn" and offer.answered_at == now
        self._insist(
            offer,
            now,
            is_now=offer.offered_at == now,
            can_be_answered=now < offer.expires_at <= order.search_until,
            was_not_asked_before=not earlier.exclude(status="withdrawn").exists(),
            is_active=life.is_active() or taken_back_at_once,
            has_the_skill=life.has_skill_for(order),
            covers_the_place=life.covers(order),
            is_not_the_client=not life.is_client_of(order),
            has_time=life.has_time_for(order, now),
        )

    def _look_at_job(self, job: Job, now: datetime) -> None:
        self.jobs_checked += 1
        order, life = job.order, Life(job.partner_id, without=job.pk)
        first, last = arrivals_left(order, now)
        start, end = job.slot.lower, job.slot.upper
        given_up = Job.objects.filter(order=order, outcome="excused", outcome_at=now, pk__lt=job.pk).first()
        if given_up is not None:
            # Who takes over comes at the time that was planned.
            first = last = instants(given_up.slot)[0]
        self._insist(
            job,
            now,
            is_the_slot_of_the_order=job.slot == order.slot,
            begins_in_the_window=first <= start <= last,
            takes_its_time=end - start == timedelta(minutes=order.service.duration_minutes),
            is_active=life.is_active(),
            has_the_skill=life.has_skill_for(order),
            is_not_the_client=not life.is_client_of(order),
            is_within_hours=life.works_throughout(start, end),
            leaves_time_for_the_ways=life.is_free(order, start, end),
        )

    def _look_at_search_given_up(self, order: Order, now: datetime) -> None:
        """Before its time a search ends only when everybody who could come has been asked."""
        self.searches_checked += 1
        asked = set(
            Offer.objects.filter(order=order).exclude(status="withdrawn").values_list("partner", flat=True)
        )
        for partner_id in (
            Partner.objects.filter(city=order.city).exclude(pk__in=asked).values_list("pk", flat=True)
        ):
            life = Life(partner_id)
            could = life.is_active() and life.has_skill_for(order) and life.covers(order)
            if could and not life.is_client_of(order) and life.has_time_for(order, now):
                raise Violation(f"{now} order {order.pk} is given up, but partner {partner_id} could come")

    @staticmethod
    def _insist(what: Offer | Job, now: datetime, **truths: bool) -> None:
        broken = [name for name, holds in truths.items() if not holds]
        if broken:
            raise Violation(f"{now} {what._meta.model_name} {what.pk} of order {what.order_id}: not {broken}")

    # --- now and then ---------------------------------------------------------------------------------------

    def look_at_everything(self, now: datetime) -> None:
        self._ways_between_visits()
        self._one_job_per_order()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for app in (partners, orders, ratings, compliance, billing):
            for difference in app.differences(now):
                raise Violation(f"{now} {difference}")

    def look_at_the_end(self, now: datetime) -> None:
        self.look_at_everything(now)
        for order in Order.objects.exclude(status__in=FINAL):
            raise Violation(f"{now} order {order.pk} is still {order.status}")
        if _latest_ids() != self.seen:
            raise Violation("something was made unseen")

    @staticmethod
    def _ways_between_visits() -> None:
        """What was accepted with the buffer of then leaves at least the way, whatever was changed since."""
        alive = Job.objects.filter(outcome=None, order__isnull=False).select_related("order__city")
        before: Job | None = None
        for job in alive.order_by("partner_id", "slot"):
            if before is not None and before.partner_id == job.partner_id:
                one, other = before.order, job.order
                needed = way(job.order.city, (one.latitude, one.longitude), (other.latitude, other.longitude))
                if job.slot.lower - before.slot.upper < needed - A_SECOND:
                    raise Violation(f"job {job.pk} follows job {before.pk} too soon for the way")
            before = job

    @staticmethod
    def _one_job_per_order() -> None:
        alive = list(Job.objects.filter(outcome=None, order__isnull=False).values_list("order_id", flat=True))
        if len(alive) != len(set(alive)):
            raise Violation("an order has two jobs alive")


def _with_order(model: type[Any], after: int) -> Any:
    found = model.objects.filter(pk__gt=after).order_by("pk")
    return found.select_related("order__service", "order__city")
