"""Proposals for a city's day are computed: who could do the open orders. In the worker only."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from mila.lib.geo import Point
from orders.models import DayProposal, Offer, Order, ProposedVisit
from orders.planning.assigning import Candidate, DayRoutes, OpenOrder, OwnVisit, propose
from orders.planning.policy import STAYS_FROM
from orders.planning.proposals import due_proposals, note_failure
from orders.planning.snapshot import bounds_of, home_of
from orders.policy import OfferStatus
from orders.schedule.policy import Day
from orders.schedule.services import days_of, pace_of
from orders.schedule.wanted import Wanted
from orders.services.candidates import able_partners
from partners.models import Partner

logger = structlog.get_logger(__name__)

# Said no, did not answer, or had the job and left it: not asked again.
ASKED_BEFORE = (OfferStatus.DECLINED, OfferStatus.LAPSED, OfferStatus.ACCEPTED)


def compute_due_proposals(*, clock: Callable[[], datetime]) -> int:
    """Compute what ops asked for; returns how many were computed. One that fails keeps no other waiting."""
    done = 0
    for proposal in due_proposals(now=clock()):
        try:
            done += compute_proposal(proposal=proposal, now=clock().replace(microsecond=0))
        except Exception as error:
            # Of whatever kind.
            logger.exception("day_not_proposed", proposal_id=proposal.pk, error=type(error).__name__)
            note_failure(proposal=proposal, now=clock().replace(microsecond=0))
    return done


def compute_proposal(*, proposal: DayProposal, now: datetime) -> bool:
    """Compute one proposal and keep it; False if somebody else has done so meanwhile."""
    orders = _open_orders(proposal, now)
    routes = propose(
        [_as_open(order, now) for order in orders], _candidates(proposal, orders), pace=pace_of(proposal.city)
    )
    with transaction.atomic():
        held = DayProposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
        if held.due_at is None or held.due_at != proposal.due_at:
            return False
        _write(held, routes)
        held.planned_at, held.due_at, held.attempts, held.open_orders = now, None, 0, len(orders)
        held.save()
    return True


def _write(proposal: DayProposal, routes: DayRoutes) -> None:
    proposal.visits.all().delete()
    ProposedVisit.objects.bulk_create(
        ProposedVisit(
            proposal=proposal,
            order_id=one.order_id,
            partner_id=one.partner_id,
            arrives_at=one.arrives_at,
            travel_seconds=one.leg.seconds,
            travel_metres=one.leg.metres,
        )
        for one in routes.proposed
    )
    proposal.travel_seconds, proposal.travel_metres = routes.seconds, routes.metres


def _open_orders(proposal: DayProposal, now: datetime) -> list[Order]:
    """Those that search and can still be planned: their latest arrival leaves time to answer and to come."""
    start, end = bounds_of(proposal.day, proposal.city)
    searching = Order.objects.searching().filter(
        city=proposal.city, slot__startswith__gte=start, slot__startswith__lt=end, search_until__gt=now
    )
    found = searching.select_related("service", "city").order_by("booked_at", "pk")
    return [order for order in found if order.arrives_until > now + STAYS_FROM]


def _as_open(order: Order, now: datetime) -> OpenOrder:
    return OpenOrder(
        order_id=order.pk,
        at=Point(order.latitude, order.longitude),
        earliest=max(order.arrives_from, now + STAYS_FROM),
        latest=order.arrives_until,
        duration=order.ends_at - order.starts_at,
    )


def _candidates(proposal: DayProposal, orders: Sequence[Order]) -> list[Candidate]:
    may_do = _permissions(orders)
    partners = list(Partner.objects.able_to_work().filter(pk__in=may_do).by_reference())
    start, end = bounds_of(proposal.day, proposal.city)
    days = days_of(partners, city=proposal.city, start=start, end=end - timedelta(seconds=1))
    return [
        _candidate(partner, days[partner.pk], start, end, frozenset(may_do[partner.pk]))
        for partner in partners
    ]


def _candidate(
    partner: Partner, day: Day, start: datetime, end: datetime, may_do: frozenset[int]
) -> Candidate:
    own = [visit for visit in day.visits if start <= visit.start < end and visit.at is not None]
    return Candidate(
        partner_id=partner.pk,
        home=home_of(partner),
        around=Day(day.windows, [visit for visit in day.visits if visit not in own], day.buffer),
        visits=tuple(OwnVisit(visit.start, visit.end, visit.at) for visit in own if visit.at is not None),
        may_do=may_do,
    )


def _permissions(orders: Sequence[Order]) -> dict[int, set[int]]:
    """The orders that each partner may be asked about, by partner id: skill, area, and nobody twice (C1, C2)."""
    asked = _asked_before([order.pk for order in orders])
    requested = _waiting_for_the_requested([order.pk for order in orders])
    may_do: dict[int, set[int]] = defaultdict(set)
    for order in orders:
        able = able_partners(Wanted.of(order)).exclude(user=order.client_id)
        for partner_id in able.values_list("pk", flat=True):
            only = requested.get(order.pk)
            if partner_id not in asked[order.pk] and only in (None, partner_id):
                may_do[partner_id].add(order.pk)
    return may_do


def _asked_before(order_ids: Collection[int]) -> dict[int, set[int]]:
    asked: dict[int, set[int]] = defaultdict(set)
    offers = Offer.objects.filter(order__in=order_ids, status__in=ASKED_BEFORE)
    for order_id, partner_id in offers.values_list("order_id", "partner_id"):
        asked[order_id].add(partner_id)
    return asked


def _waiting_for_the_requested(order_ids: Collection[int]) -> dict[int, int | None]:
    """Clients who asked for somebody, and whose answer is still open."""
    waiting = Order.objects.filter(pk__in=order_ids, requested_partner__isnull=False).filter(
        offers__status=OfferStatus.OPEN
    )
    return dict(waiting.values_list("pk", "requested_partner_id"))
