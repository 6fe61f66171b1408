"""Plays a market at random: every event calls the service that a page would call, with the simulated time as `now`.

The same seed draws the same events. What a service refuses is counted and life goes on; anything else fails. Some
events are aimed at what is due, some at any row whatever.
"""

from collections import Counter
from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing import services as billing
from compliance import services as compliance
from mila.lib.refusals import Refusal
from orders import services as orders
from orders.models import HandOver, Job, Offer, Order
from partners.area.services import set_area
from partners.availability.services import add_days_off, remove_days_off, set_hours
from partners.models import City, DayOff, Partner
from ratings import services as ratings
from tests.market.checker import Checker
from tests.market.visits import Visits
from tests.market.world import World, draw_area, draw_hours

EVERYTHING_EVERY = 250
FIT_REFUSALS = (orders.SlotTaken, orders.TooFar, orders.OutsideHours)
# At most of these hours most people work; visits are to get in each other's way.
HOURS = (6, 8, 9, 9, 10, 10, 11, 13, 14, 14, 15, 17, 20)
HOW_OFTEN = {
    "book": 24,
    "accept": 28,
    "decline": 6,
    "client_cancels": 2,
    "partner_cancels": 2,
    "hand_over": 3,
    "ask_for_help": 5,
    "withdraw_help": 4,
    "settle_hand_over": 1,
    "sick_day": 1,
    "check_in": 10,
    "check_out": 9,
    "client_absent": 2,
    "no_show": 1.5,
    "excuse": 2,
    "rate": 3,
    "confirm_time": 3,
    "propose_times": 8,
    "accept_time": 4,
    "decline_times": 3,
    "set_off": 3,
    "report_late": 4,
    "propose_extra": 2,
    "approve_extra": 2,
    "plan_days": 3,
    "change_hours": 1.5,
    "change_days_off": 1.5,
    "change_area": 1.5,
    "suspend": 0.8,
    "reinstate": 4,
    "sweep": 9,
}


class Player(Visits):
    def __init__(self, *, seed: int, world: World, checker: Checker, now: datetime) -> None:
        self.rng = Random(f"play {seed}")
        self.world, self.checker, self.now = world, checker, now
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.latest_booking: dict[str, Any] | None = None

    def play(self, events: int) -> None:
        """So many calls of services; an event for which there is no row yet is drawn again."""
        kinds, weights = zip(*HOW_OFTEN.items(), strict=True)
        called = 0
        while called < events:
            self.pass_time()
            if self.happen(*self.rng.choices(kinds, weights)):
                called += 1
                if called % EVERYTHING_EVERY == 0:
                    self.look_at_everything()

    def pass_time(self) -> None:
        """Often minutes, sometimes nothing, now and then half a night."""
        fate = self.rng.random()
        if fate < 0.85:
            self.now += timedelta(seconds=int(self.rng.expovariate(1 / 300)))
        elif fate > 0.985:
            self.now += timedelta(hours=self.rng.uniform(2, 6))

    def happen(self, kind: str) -> bool:
        """Whether a service was called, and did it or refused."""
        try:
            called: bool = getattr(self, f"_{kind}")() is not False
        except Refusal as refusal:
            self.refused[type(refusal).__name__] += 1
            called = True
        else:
            self.done[kind] += called
        self.checker.look(self.now)
        return called

    def look_at_everything(self) -> None:
        compliance.review_due(now=self.now)
        billing.post_completed(now=self.now)
        self.checker.look(self.now)
        self.checker.look_at_everything(self.now)

    # --- clients --------------------------------------------------------------------------------------------

    def _book(self) -> None:
        if self.latest_booking is not None and self.rng.random() < 0.04:
            orders.place_order(**(self.latest_booking | {"now": self.now}))
            return
        rng, city = self.rng, self.rng.choice(self.world.cities)
        start, is_urgent = self._draw_arrival(city)
        of_place = city if rng.random() < 0.98 else rng.choice(self.world.cities)
        self.latest_booking = {
            "client": rng.choice(self.world.clients),
            "service": rng.choice(self.world.services),
            "city": city,
            "place": rng.choice(self.world.places[of_place.pk]),
            "street": "Seestrasse 1",
            "details": "",
            "slot_start": start,
            "arrives_until": start + timedelta(minutes=30 * rng.randint(1, 16))
            if rng.random() < 0.3
            else None,
            "is_urgent": is_urgent,
            "requested_partner": self._partner() if rng.random() < 0.2 else None,
            "submission_key": UUID(int=rng.getrandbits(128)),
            "now": self.now,
        }
        orders.place_order(**self.latest_booking)

    def _draw_arrival(self, city: City) -> tuple[datetime, bool]:
        rng, zone = self.rng, ZoneInfo(city.time_zone)
        if rng.random() < 0.25:
            soon = self.now + timedelta(minutes=rng.randint(-10, 200))
            return soon.replace(minute=30 * (soon.minute // 30), second=0, microsecond=0), True
        day = (self.now.astimezone(zone) + timedelta(days=rng.choice((0, 1, 1, 1, 1, 2, 2, 3)))).date()
        return datetime.combine(day, time(rng.choice(HOURS), rng.choice((0, 30))), zone), False

    def _client_cancels(self) -> bool | None:
        order = self._any(Order.objects.filter(status__in=("searching", "confirmed")), Order.objects.all())
        if order is None:
            return False
        client = order.client if self.rng.random() < 0.95 else self.rng.choice(self.world.clients)
        orders.cancel_order(order_id=order.pk, client=client, now=self.now)
        return None

    def _rate(self) -> bool | None:
        job = self._any(Job.objects.filter(outcome="completed"), Job.objects.all())
        if job is None:
            return False
        author = job.order.client if self.rng.random() < 0.6 else job.partner.user
        stars = self.rng.choice((1, 3, 4, 4, 5, 5, 5, 5, 5))
        ratings.submit_rating(job_id=job.pk, author=author, stars=stars, comment="", now=self.now)
        return None

    # --- partners and offers --------------------------------------------------------------------------------

    def _accept(self) -> bool | None:
        offer = self._offer()
        if offer is None:
            return False
        try:
            orders.accept_offer(offer_id=offer.pk, partner=offer.partner, now=self.now)
        except FIT_REFUSALS:
            self.checker.refused_for_the_day(offer, self.now)
            raise
        return None

    def _decline(self) -> bool | None:
        offer = self._offer()
        if offer is None:
            return False
        orders.decline_offer(offer_id=offer.pk, partner=offer.partner, now=self.now)
        return None

    def _offer(self) -> Offer | None:
        return self._any(
            Offer.objects.filter(status="open", expires_at__gt=self.now), Offer.objects.order_by("-pk")[:40]
        )

    # --- partners and jobs ----------------------------------------------------------------------------------

    def _partner_cancels(self) -> bool | None:
        return self._with_job(self._job(), partial(orders.cancel_job, reason="another job"))

    def _hand_over(self) -> bool | None:
        return self._with_job(self._job(), partial(orders.hand_over_job, reason="ill"))

    def _ask_for_help(self) -> bool | None:
        return self._with_job(self._job(), partial(orders.ask_for_help, reason="a flat tyre"))

    def _withdraw_help(self) -> bool | None:
        waiting = Job.objects.filter(hand_overs__in=HandOver.objects.in_queue())
        return self._with_job(self._any(waiting, waiting), orders.withdraw_help)

    def _check_in(self) -> bool | None:
        near = self.now + timedelta(hours=1)
        ready = Job.objects.filter(outcome=None, checked_in_at=None, slot__startswith__lte=near)
        return self._with_job(self._any(ready, Job.objects.all()), orders.check_in)

    def _check_out(self) -> bool | None:
        there = Job.objects.filter(outcome=None, checked_in_at__isnull=False)
        return self._with_job(self._any(there, Job.objects.all()), orders.check_out)

    def _client_absent(self) -> bool | None:
        begun = Job.objects.filter(outcome=None, slot__startswith__lte=self.now - timedelta(minutes=10))
        return self._with_job(self._any(begun, Job.objects.all()), orders.report_client_absent)

    def _with_job(self, job: Job | None, act: Any) -> bool | None:
        if job is None:
            return False
        partner = job.partner if self.rng.random() < 0.97 else self._partner()
        act(job_id=job.pk, partner=partner, now=self.now)
        return None

    def _job(self) -> Job | None:
        return self._any(Job.objects.filter(outcome=None), Job.objects.all())

    def _sick_day(self) -> None:
        partner = self._partner()
        day = self.now.astimezone(ZoneInfo(partner.city.time_zone)).date()
        orders.report_sick_day(
            partner_id=partner.pk,
            day=day + timedelta(days=self.rng.choice((-1, 0, 0, 1, 1, 2))),
            reason="a cold",
            actor=partner.user if self.rng.random() < 0.7 else self.world.ops,
            now=self.now,
        )

    # --- partners and their time ----------------------------------------------------------------------------

    def _change_hours(self) -> None:
        set_hours(
            partner_id=self._partner().pk,
            hours=draw_hours(self.rng),
            works_on_holidays=self.rng.random() < 0.3,
            buffer_minutes=self.rng.choice((0, 10, 20, 45)),
            now=self.now,
        )

    def _change_days_off(self) -> None:
        if self.rng.random() < 0.5 and (row := self._any(DayOff.objects.all(), DayOff.objects.all())):
            remove_days_off(partner_id=row.partner_id, days_off_id=row.pk)
            return
        partner = self._partner()
        today = self.now.astimezone(ZoneInfo(partner.city.time_zone)).date()
        first = today + timedelta(days=self.rng.randint(0, 6))
        last = first + timedelta(days=self.rng.randint(0, 2))
        add_days_off(partner_id=partner.pk, first=first, last=last, today=today)

    def _change_area(self) -> None:
        partner = self._partner()
        home, radius_km, postcodes = draw_area(self.world.places[partner.city_id], self.rng)
        set_area(partner_id=partner.pk, place=home, radius_km=radius_km, postcodes=postcodes)

    # --- the house ------------------------------------------------------------------------------------------

    def _no_show(self) -> bool | None:
        late = self.now - timedelta(minutes=15)
        missed = Job.objects.filter(outcome=None, checked_in_at=None, slot__startswith__lte=late)
        return self._by_ops(self._any(missed, Job.objects.all()), orders.confirm_no_show)

    def _excuse(self) -> bool | None:
        against = Job.objects.filter(outcome__in=("cancelled", "no_show"), excused_at=None)
        return self._by_ops(self._any(against, Job.objects.all()), orders.excuse_job)

    def _by_ops(self, job: Job | None, act: Any) -> bool | None:
        if job is None:
            return False
        act(job_id=job.pk, actor=self.world.ops, reason="as the client says", now=self.now)
        return None

    def _settle_hand_over(self) -> bool | None:
        asked = self._any(HandOver.objects.in_queue(), HandOver.objects.all())
        if asked is None:
            return False
        orders.settle_hand_over(hand_over_id=asked.pk, actor=self.world.ops, note="called", now=self.now)
        return None

    def _suspend(self) -> None:
        partner = self._partner()
        compliance.suspend_partner(
            partner_id=partner.pk, actor=self.world.ops, reason="a complaint", now=self.now
        )

    def _reinstate(self) -> bool | None:
        partner = self._any(Partner.objects.filter(status="suspended"), Partner.objects.all())
        if partner is None:
            return False
        compliance.reinstate_partner(
            partner_id=partner.pk, actor=self.world.ops, reason="clarified", now=self.now
        )
        return None

    def _sweep(self) -> None:
        """Some of the sweeps, in any order, some of them twice."""
        sweeps = [
            orders.expire_orders,
            orders.lapse_offers,
            orders.widen_searches,
            ratings.publish_due,
            billing.post_completed,
            compliance.review_due,
        ]
        for sweep in self.rng.choices(sweeps, k=self.rng.randint(2, 8)):
            if sweep(now=self.now):
                self.checker.look(self.now)

    # --- drawing --------------------------------------------------------------------------------------------

    def _partner(self) -> Partner:
        """Some partner, as the row is now: what a page would have read."""
        return Partner.objects.select_related("city", "user").get(pk=self.rng.choice(self.world.partners).pk)

    def _any(self, likely: Any, whatever: Any) -> Any:
        """A row that the event is meant for; one time in fifteen any row at all. None if there is none."""
        rows = whatever if self.rng.random() < 1 / 15 else likely
        found = sorted(rows.values_list("pk", flat=True))
        model = rows.model
        return model.objects.get(pk=self.rng.choice(found)) if found else None
