"""Plays a market in simulated time through the services that browsers use: same seed, same market.

A queue of events ordered by time stands in for the people. Every event calls one service with the event's time
as `now`; what the service refuses is counted and life goes on, as in a browser.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from billing import services as billing
from compliance import services as compliance
from mila.accounts.models import User
from mila.lib.refusals import Refusal
from mila.market.cast import Cast, Customer, assemble
from mila.market.people import draw_comment, draw_lead_time, draw_orders_of_a_day, draw_stars
from orders import services as orders
from orders.models import Job, Offer, Order, Service
from orders.policy import OfferStatus
from orders.visits import services as visits
from partners.models import City, Partner
from ratings import services as ratings

WORKING_HOURS = (8, 9, 10, 11, 13, 14, 15, 16, 17)
SWEEP_EVERY = timedelta(hours=6)
CLIENT_RATES_WITHIN = timedelta(days=6)
FIRST_WORD_AFTER = timedelta(minutes=20)


@dataclass
class Report:
    """What happened: counts by event, and what the services refused."""

    events: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)


class Market:
    """One city's market between two instants."""

    def __init__(self, *, city: City, partners: int, days: int, seed: int, until: datetime) -> None:
        self.rng = Random(f"{city.slug}/{partners}/{days}/{seed}")
        # From midnight on, so that the hour of the command changes nothing but where the market stops.
        midnight = until.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.until, self.start = until, midnight - timedelta(days=days)
        self.zone = ZoneInfo(city.time_zone)
        self.report = Report()
        self._queue: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._drawn = 0
        self._seen_offers: set[int] = set()
        with transaction.atomic():
            self.cast: Cast = assemble(
                city=city, partners_wanted=partners, seed=seed, rng=self.rng, now=self.start
            )

    # --- the clock ------------------------------------------------------------------------------------------

    def at(self, when: datetime, event: Callable[[datetime], None]) -> None:
        """Put an event into the queue; of two at one instant the one planned first comes first."""
        self._drawn += 1
        heapq.heappush(self._queue, (when, self._drawn, event))

    def play(self) -> Iterator[datetime]:
        """Run every event before the end; yields each simulated day when it begins."""
        day = self.start
        while day < self.until:
            yield day
            self._plan_day(day)
            with transaction.atomic():
                self._run_until(min(day + timedelta(days=1), self.until))
            day += timedelta(days=1)
        self.close()

    def _run_until(self, end: datetime) -> None:
        while self._queue and self._queue[0][0] < end:
            now, _, event = heapq.heappop(self._queue)
            self._try(event, now)

    def _try(self, event: Callable[[datetime], None], now: datetime) -> None:
        try:
            event(now)
        except Refusal as refusal:
            self.report.refusals[type(refusal).__name__] += 1

    def _plan_day(self, day: datetime) -> None:
        for _ in range(draw_orders_of_a_day(len(self.cast.players), self.rng)):
            customer = self.rng.choice(self.cast.customers)
            self.at(day + timedelta(minutes=self.rng.randrange(24 * 60)), partial(self.book, customer))
        for sweep in range(int(timedelta(days=1) / SWEEP_EVERY)):
            self.at(day + sweep * SWEEP_EVERY, self.sweep)
        self.at(day + timedelta(hours=2, minutes=15), self.nightly)

    # --- clients --------------------------------------------------------------------------------------------

    def book(self, customer: Customer, now: datetime) -> None:
        service = self.rng.choice(self.cast.services)
        lead = draw_lead_time(customer.habit, self.rng)
        start = self._slot_start(now, lead)
        slot = orders.slot_of(service=service, slot_start=start)
        choice = None
        if self.rng.random() < customer.habit.chooses_partner:
            choice = self._favourite(service, slot, customer, now)
        order = orders.place_order(
            client=customer.user,
            service=service,
            city=self.cast.city,
            place=customer.place,
            street=customer.street,
            details="",
            slot_start=start,
            is_urgent=lead is None,
            requested_partner=choice,
            submission_key=UUID(int=self.rng.getrandbits(128)),
            now=now,
        )
        self.report.events["booked"] += 1
        self._plan_answers(order, now)
        if self.rng.random() < customer.habit.cancels:
            self.at(now + (start - now) * self.rng.random(), partial(self.cancel_order, order))

    def _favourite(
        self, service: Service, slot: DateTimeTZRange, customer: Customer, now: datetime
    ) -> Partner | None:
        wanted = orders.Wanted.there(
            service=service,
            city=self.cast.city,
            place=customer.place,
            arrives_from=slot.lower,
            arrives_until=slot.lower,
        )
        found = [match.partner_id for match in orders.candidates(wanted, limit=6, now=now)]
        ours = [self.cast.players[pk].partner for pk in found if pk in self.cast.players]
        return self.rng.choice(ours) if ours else None

    def _slot_start(self, now: datetime, lead: timedelta | None) -> datetime:
        if lead is None:
            soon = now.astimezone(self.zone) + timedelta(hours=2)
            if soon.hour in WORKING_HOURS:
                return soon.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
            lead = timedelta(days=1)
        day = (now + lead).astimezone(self.zone).date()
        at = time(self.rng.choice(WORKING_HOURS), self.rng.choice((0, 30)))
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def cancel_order(self, order: Order, now: datetime) -> None:
        orders.cancel_order(order_id=order.pk, client=order.client, now=now)
        self.report.events["cancelled by client"] += 1

    # --- partners -------------------------------------------------------------------------------------------

    def _plan_answers(self, order: Order, now: datetime) -> None:
        """Partners decide about the offers that are new to them; a later wave is seen at the next sweep."""
        for offer in Offer.objects.filter(order=order, status=OfferStatus.OPEN).order_by("id"):
            offer.order = order
            player = self.cast.players.get(offer.partner_id)
            if player is None or offer.pk in self._seen_offers:
                continue
            self._seen_offers.add(offer.pk)
            wait = (offer.expires_at - now) * self.rng.uniform(0.02, 0.6)
            if self.rng.random() < player.temper.accepts:
                self.at(now + wait, partial(self.accept, offer))
            elif self.rng.random() < 0.7:
                self.at(now + wait, partial(self.decline, offer))

    def accept(self, offer: Offer, now: datetime) -> None:
        player = self.cast.players[offer.partner_id]
        if not Offer.objects.filter(pk=offer.pk).open_at(now).exists():
            return
        job = orders.accept_offer(offer_id=offer.pk, partner=player.partner, now=now)
        self.report.events["accepted"] += 1
        if now + FIRST_WORD_AFTER < offer.order.starts_at:
            self.at(now + FIRST_WORD_AFTER, partial(self.confirm_time, job))
        self._plan_job(job, offer.order, now)

    def confirm_time(self, job: Job, now: datetime) -> None:
        """The first word to the client, unless the visit has gone another way by then."""
        if Job.objects.alive().filter(pk=job.pk, checked_in_at__isnull=True).exists():
            partner = self.cast.players[job.partner_id].partner
            visits.confirm_time(job_id=job.pk, partner=partner, now=now)

    def decline(self, offer: Offer, now: datetime) -> None:
        orders.decline_offer(offer_id=offer.pk, partner=self.cast.players[offer.partner_id].partner, now=now)
        self.report.events["declined"] += 1
        self._plan_answers(offer.order, now)

    def _plan_job(self, job: Job, order: Order, now: datetime) -> None:
        temper, fate = self.cast.players[job.partner_id].temper, self.rng.random()
        start = order.starts_at
        if fate < temper.fails_to_come:
            self.at(start + timedelta(minutes=self.rng.randint(40, 180)), partial(self.confirm_no_show, job))
        elif fate < temper.fails_to_come + temper.cancels:
            self.at(now + (start - now) * self.rng.random(), partial(self.cancel_job, job, order))
        elif fate > 0.985 and start - now > timedelta(hours=26):
            self.at(now + timedelta(hours=1), partial(self.hand_over, job, order))
        else:
            arrival = start + timedelta(minutes=self.rng.randint(-5, 10))
            self.at(max(arrival, now), partial(self.visit, job, order))

    def visit(self, job: Job, order: Order, now: datetime) -> None:
        partner = self.cast.players[job.partner_id].partner
        orders.check_in(job_id=job.pk, partner=partner, now=now)
        if self.rng.random() < self._customer_of(order).habit.absent:
            orders.report_client_absent(job_id=job.pk, partner=partner, now=now + timedelta(minutes=15))
            self.report.events["client absent"] += 1
            return
        end = order.ends_at + timedelta(minutes=self.rng.randint(-20, 25))
        self.at(max(end, now), partial(self.finish, job, order))

    def finish(self, job: Job, order: Order, now: datetime) -> None:
        player = self.cast.players[job.partner_id]
        orders.check_out(job_id=job.pk, partner=player.partner, now=now)
        self.report.events["completed"] += 1
        habit, client = self._customer_of(order).habit, order.client
        if self.rng.random() < habit.rates:
            stars = draw_stars(player.temper, self.rng)
            says = (
                draw_comment(client.language, stars, self.rng) if self.rng.random() < habit.comments else ""
            )
            self.at(
                now + CLIENT_RATES_WITHIN * self.rng.random(), partial(self.rate, job, client, stars, says)
            )
        if player.partner.user is not None and self.rng.random() < 0.8:
            self.at(now + timedelta(hours=1), partial(self.rate, job, player.partner.user, 5, ""))

    def rate(self, job: Job, author: User, stars: int, comment: str, now: datetime) -> None:
        ratings.submit_rating(job_id=job.pk, author=author, stars=stars, comment=comment, now=now)
        self.report.events["rated"] += 1

    def cancel_job(self, job: Job, order: Order, now: datetime) -> None:
        partner = self.cast.players[job.partner_id].partner
        orders.cancel_job(job_id=job.pk, partner=partner, reason="Another appointment", now=now)
        self.report.events["cancelled by partner"] += 1
        self._plan_answers(order, now)

    def hand_over(self, job: Job, order: Order, now: datetime) -> None:
        partner = self.cast.players[job.partner_id].partner
        orders.hand_over_job(job_id=job.pk, partner=partner, reason="Beyond my skills", now=now)
        self.report.events["handed over"] += 1
        self._plan_answers(order, now)

    def confirm_no_show(self, job: Job, now: datetime) -> None:
        orders.confirm_no_show(job_id=job.pk, actor=self._ops(), reason="Reported by the client", now=now)
        self.report.events["no-show"] += 1

    # --- the house ------------------------------------------------------------------------------------------

    def sweep(self, now: datetime) -> None:
        """What beat does in real life, for this market's clock."""
        lapsed = orders.lapse_offers(now=now)
        orders.expire_orders(now=now)
        ratings.publish_due(now=now)
        compliance.review_due(now=now)
        if lapsed:
            for order in Order.objects.searching().filter(city=self.cast.city).order_by("id"):
                self._plan_answers(order, now)

    def nightly(self, now: datetime) -> None:
        billing.post_completed(now=now)
        try:
            compliance.assess_city(city=self.cast.city, as_of=now, dry_run=False)
        except compliance.EarlierThanLatestAssessment:
            self.report.refusals["EarlierThanLatestAssessment"] += 1

    def close(self) -> None:
        """Leave nothing due behind at the end."""
        with transaction.atomic():
            self.sweep(self.until)
            self.nightly(self.until)

    def _customer_of(self, order: Order) -> Customer:
        return self._customers[order.client_id]

    @property
    def _customers(self) -> dict[int, Customer]:
        if not hasattr(self, "_by_user"):
            self._by_user = {customer.user.pk: customer for customer in self.cast.customers}
        return self._by_user

    def _ops(self) -> User:
        """The member of staff who decides in the simulation."""
        if not hasattr(self, "_staff"):
            email = "ops-simulation@mila.example"
            self._staff, _ = User.objects.get_or_create(
                email=email, defaults={"is_staff": True, "language": "en"}
            )
        return self._staff
