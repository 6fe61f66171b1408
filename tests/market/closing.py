"""Runs a market's clock on until nothing is left to happen: the sweeps keep their times, whoever is awaited comes."""

from datetime import datetime, timedelta

from django.db.models import Min

from orders import services as orders
from orders.models import Job, Offer, Order
from tests.market.oracle import instants
from tests.market.player import Player

MOST_STEPS = 5000


def close(player: Player) -> None:
    """Sweep whenever something is due, and finish every visit in its turn; then look at everything."""
    for _step in range(MOST_STEPS):
        visit = Job.objects.filter(outcome=None).order_by("slot", "pk").first()
        due = _due()
        if visit is None and due is None:
            break
        if due is not None and (visit is None or due <= visit.slot.lower):
            player.now = max(player.now, due)
            for sweep in (orders.expire_orders, orders.lapse_offers, orders.widen_searches):
                sweep(now=player.now)
                player.checker.look(player.now)
        elif visit is not None:
            player.now = max(player.now, instants(visit.slot)[0])
            _finish(visit, player)
    player.look_at_everything()
    player.checker.look_at_the_end(player.now)


def _due() -> datetime | None:
    searching = Order.objects.searching()
    offers = Offer.objects.filter(status="open")
    found = [
        searching.aggregate(first=Min("search_until"))["first"],
        searching.aggregate(first=Min("next_wave_at"))["first"],
        offers.aggregate(first=Min("expires_at"))["first"],
    ]
    return min((instant for instant in found if instant is not None), default=None)


def _finish(visit: Job, player: Player) -> None:
    """Done mostly; a few find nobody, and a few are missed, or must be, as their partner is excluded."""
    fate = player.rng.random()
    if visit.partner.status == "excluded" or (fate < 0.05 and visit.checked_in_at is None):
        # Where the arrival was left open, its end has to pass.
        player.now = max(player.now, visit.order.arrives_until) + timedelta(minutes=20)
        act = orders.excuse_job if visit.checked_in_at else orders.confirm_no_show
        act(job_id=visit.pk, actor=player.world.ops, reason="did not come", now=player.now)
    elif fate > 0.95:
        player.now += timedelta(minutes=20)
        orders.report_client_absent(job_id=visit.pk, partner=visit.partner, now=player.now)
    else:
        if visit.checked_in_at is None:
            orders.check_in(job_id=visit.pk, partner=visit.partner, now=player.now)
        orders.check_out(job_id=visit.pk, partner=visit.partner, now=player.now)
    player.checker.look(player.now)
