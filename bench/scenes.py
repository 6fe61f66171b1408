"""What the pages of `bench/web.py` show: partners with comments, visits to come, offers, and clients about to act.

Rows as the services leave them behind, made in bulk. Every client who books or rates does so once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bench.neighbourhood import build_neighbourhood
from mila.accounts.models import User
from orders.models import BookingDraft, Job, Message, Offer, Order, OrderTransition, Service
from orders.policy import OfferStatus, OrderStatus, Outcome
from orders.schedule.wanted import Wanted
from orders.services import Match, candidates
from partners.models import City, Partner, Place
from ratings.models import Rating, Side

CITY, POSTCODE = "zurich", "8001"
# Of so many partners and clients each page is asked for, one after the other.
SHOWN = 20
PAST_VISITS = 60
COMMENTS = 50
VISITS_TO_COME = 6
OFFERS = 3
MESSAGES = 4
WORDS = "Everything works again, and it was explained so that we understood it. Thank you!"

# Each partner can log in, has a name, languages, and the standing of somebody who works well.
PROFILES = """
INSERT INTO accounts_user (
       password, is_superuser, is_staff, is_active, email, first_name, last_name, phone, language, time_zone, joined_at)
SELECT '!', false, false, true, reference || '@mila.example', '', '', '', 'fr', 'Europe/Zurich', %(now)s
  FROM partners_partner;
UPDATE partners_partner
   SET user_id = accounts_user.id, first_name = 'Partner ' || partners_partner.id, languages = '{de,fr,en}',
       about = 'Networks, computers and phones, patiently explained.', verified_at = %(now)s
  FROM accounts_user WHERE accounts_user.email = reference || '@mila.example';
INSERT INTO compliance_standing (
       partner_id, accepted, cancelled, no_shows, cancellation_rate, jobs_in_window, rated_in_window, stars_in_window,
       average_stars, computed_at)
SELECT partner_id, accepted, 0, 0, 0, 50, 50, 238, 4.76, %(now)s FROM orders_partnertally;
"""


class Scenes:
    """The market, and the people of each page in turn. `actions`: how many book, and how many rate."""

    def __init__(self, *, partners: int, actions: int, now: datetime) -> None:
        self.now = now
        self.city = City.objects.get(slug=CITY)
        self.place = Place.objects.filter(postcode=POSTCODE).order_by("name")[0]
        self.services = list(Service.objects.filter(is_active=True).order_by("pk"))
        nobody = User.objects.create_user("bench@mila.example")
        build_neighbourhood(
            partners=partners, orders=0, client_id=nobody.pk, service_id=self.services[0].pk, now=now
        )
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(PROFILES, {"now": now})
            cursor.execute("SET session_replication_role = origin")
        here = Partner.objects.filter(city=self.city, hours_set_at__isnull=False).select_related("user")
        known = list(here.order_by("reference")[: 2 * SHOWN])
        self.partners, self.rated_partners = known[:SHOWN], known[SHOWN:]
        self.clients = self._people("client", SHOWN)
        for partner in self.partners:
            self._give_past(partner)
        self.orders = [order for partner in self.partners for order in self._give_visits(partner)]
        self._offer()
        self.bookers = self._people("booker", actions)
        self.drafts = self._drafts()
        self.raters = self._people("rater", actions)
        self.rated = self._unrated()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

    def tomorrow_at(self, hour: int, *, days: int = 1) -> datetime:
        """On the city's clock."""
        local = self.now.astimezone(ZoneInfo(self.city.time_zone))
        return local.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days)

    def _people(self, name: str, number: int) -> list[User]:
        people = [
            User(email=f"{name}{n}@mila.example", password="!", first_name=f"Client {n}", phone="0440000000")
            for n in range(number)
        ]
        return User.objects.bulk_create(people)

    def _order(self, client: User, number: int, start: datetime, status: OrderStatus) -> Order:
        service = self.services[number % len(self.services)]
        return Order(
            reference=uuid4().hex[:12].upper(),
            submission_key=uuid4(),
            client=client,
            city=self.city,
            service=service,
            status=status,
            slot=DateTimeTZRange(start, start + timedelta(minutes=service.duration_minutes)),
            street=f"Lindenhof {number}",
            postcode=self.place.postcode,
            town=self.place.name,
            latitude=self.place.latitude,
            longitude=self.place.longitude,
            details="The third floor; please ring twice.",
            price=service.price,
            currency=service.currency,
            booked_at=min(start, self.now) - timedelta(days=3),
            search_until=start,
        )

    def _jobs(self, partners: Sequence[Partner], orders: Sequence[Order], **more: Any) -> list[Job]:
        """One of each order, which are recorded with them."""
        Order.objects.bulk_create(orders)
        return Job.objects.bulk_create(
            Job(
                partner=partner,
                order=order,
                accepted_at=order.booked_at + timedelta(hours=1),
                slot=order.slot,
                first_contact_at=order.booked_at + timedelta(hours=2),
                outcome_at=order.ends_at if "outcome" in more else None,
                **more,
            )
            for partner, order in zip(partners, orders, strict=True)
        )

    def _give_past(self, partner: Partner) -> None:
        orders = [
            self._order(self.clients[n % SHOWN], n, self.tomorrow_at(17, days=-20 - n), OrderStatus.COMPLETED)
            for n in range(PAST_VISITS)
        ]
        jobs = self._jobs([partner] * PAST_VISITS, orders, outcome=Outcome.COMPLETED)
        ratings = []
        for number, job in enumerate(jobs[:COMMENTS]):
            at = orders[number].ends_at + timedelta(days=1)
            job.client_stars, job.stars_published_at = 5 - (number % 5 == 0), at
            ratings.append(
                Rating(
                    job=job,
                    side=Side.CLIENT,
                    author=orders[number].client,
                    stars=job.client_stars,
                    comment=WORDS,
                    submitted_at=at,
                    reveal_due_at=at,
                    published_at=at,
                )
            )
        Job.objects.bulk_update(jobs[:COMMENTS], ["client_stars", "stars_published_at"])
        Rating.objects.bulk_create(ratings)

    def _give_visits(self, partner: Partner) -> list[Order]:
        """The first of each client's is the one whose page is asked for."""
        number = self.partners.index(partner)
        orders = [
            self._order(
                self.clients[(number + n) % SHOWN],
                n,
                self.tomorrow_at(18, days=1 + n),
                OrderStatus.CONFIRMED,
            )
            for n in range(VISITS_TO_COME)
        ]
        jobs = self._jobs([partner] * VISITS_TO_COME, orders)
        for order, job in zip(orders, jobs, strict=True):
            at = order.booked_at
            OrderTransition.objects.bulk_create(
                [
                    OrderTransition(order=order, old="", new="searching", actor=order.client, at=at),
                    OrderTransition(
                        order=order, old="searching", new="confirmed", actor=partner.user, at=job.accepted_at
                    ),
                ]
            )
            others = [partner, *(one for one in self.partners if one != partner)][:OFFERS]
            Offer.objects.bulk_create(
                Offer(
                    order=order,
                    partner=one,
                    status=OfferStatus.ACCEPTED if one == partner else OfferStatus.WITHDRAWN,
                    offered_at=at,
                    expires_at=at + timedelta(hours=2),
                    answered_at=job.accepted_at,
                )
                for one in others
            )
            Message.objects.bulk_create(
                Message(
                    job=job,
                    author=order.client if n % 2 else partner.user,
                    submission_key=uuid4(),
                    body="Is there somewhere to park near the house?",
                    sent_at=at + timedelta(hours=2, minutes=n),
                    mail_due_at=at + timedelta(hours=3),
                )
                for n in range(MESSAGES)
            )
        return orders[:1]

    def _offer(self) -> None:
        """Open orders that each partner has been asked about."""
        orders = [
            self._order(self.clients[n], n, self.tomorrow_at(10, days=8 + n), OrderStatus.SEARCHING)
            for n in range(OFFERS)
        ]
        Order.objects.bulk_create(orders)
        Offer.objects.bulk_create(
            Offer(
                order=order,
                partner=partner,
                offered_at=self.now,
                expires_at=self.now + timedelta(hours=10),
            )
            for order in orders
            for partner in self.partners
        )

    def _drafts(self) -> list[BookingDraft]:
        """Complete; every other one asks a person who is free then."""
        drafts = []
        for number, (booker, (service, start, free)) in enumerate(
            zip(self.bookers, self._wishes(), strict=False)
        ):
            asked = free[number % len(free)].partner_id if number % 2 else None
            drafts.append(
                BookingDraft(
                    token=uuid4().hex,
                    client=booker,
                    submission_key=uuid4(),
                    service=service,
                    details="The router stands in the cellar.",
                    is_described=True,
                    place=self.place,
                    street="Lindenhof 4",
                    day=start.date(),
                    time=f"{start:%H:%M}",
                    partner_id=asked,
                    asks_anybody=asked is None,
                    created_at=self.now,
                    changed_at=self.now,
                    expires_at=self.now + timedelta(days=7),
                )
            )
        return BookingDraft.objects.bulk_create(drafts)

    def _wishes(self) -> Iterator[tuple[Service, datetime, Sequence[Match]]]:
        """A service and an arrival at which some are free, spread over two weeks."""
        number = 0
        while True:
            service = self.services[number % len(self.services)]
            start = self.tomorrow_at(9 + number % 7, days=1 + number % 14)
            wanted = Wanted.there(
                service=service, city=self.city, place=self.place, arrives_from=start, arrives_until=start
            )
            if free := candidates(wanted, limit=SHOWN, now=self.now):
                yield service, start, free
            number += 1

    def _unrated(self) -> list[Order]:
        """Done yesterday, by others than those whose pages are asked for; every other partner has rated already."""
        partners = [self.rated_partners[n % SHOWN] for n in range(len(self.raters))]
        orders = [
            self._order(
                rater, n, self.tomorrow_at(7, days=-1) - timedelta(hours=n // SHOWN), OrderStatus.COMPLETED
            )
            for n, rater in enumerate(self.raters)
        ]
        jobs = self._jobs(partners, orders, outcome=Outcome.COMPLETED)
        Rating.objects.bulk_create(
            Rating(
                job=job,
                side=Side.PARTNER,
                author=job.partner.user,
                stars=5,
                submitted_at=self.now,
                reveal_due_at=self.now + timedelta(days=14),
            )
            for job in jobs[::2]
        )
        return orders
