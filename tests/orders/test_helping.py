"""Help with a visit: given back in time, taken over, nobody found, and a day of illness (C6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from mila.accounts.models import User
from mila.notifications.models import Notification
from orders import services
from orders.models import HandOver, Job, Offer, Order, TimeProposal
from orders.policy import HandOverStatus, OfferStatus, OrderStatus, Outcome
from orders.verification import differences
from orders.visits.services import propose_times
from partners.models import DayOff, Partner
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START, accept, book
from tests.orders.test_leaving import counts

pytestmark = pytest.mark.django_db
NEAR = START - timedelta(hours=6)


@pytest.fixture
def other(db: None) -> Partner:
    return factories.PartnerFactory.create(first_name="Other")


def ask(job: Job, now: datetime = NEAR) -> HandOver:
    return services.ask_for_help(job_id=job.pk, partner=job.partner, reason=" too hard ", now=now)


def fresh(job: Job) -> tuple[Job, Order]:
    found = Job.objects.select_related("order").get(pk=job.pk)
    assert found.order is not None
    return found, found.order


def nothing_wrong() -> None:
    assert list(differences(timezone.now())) == []


def sent(kind: str) -> Sequence[User]:
    return [row.recipient for row in Notification.objects.filter(kind=kind).order_by("pk")]


@pytest.fixture
def job(client_user: User, partner: Partner, other: Partner) -> Job:
    """Accepted by `partner`; `other` could do it, too."""
    return accept(book(client_user, requested_partner=partner), partner)


def test_a_day_before_the_job_is_given_back_at_once(job: Job, other: Partner) -> None:
    asked = ask(job, now=START - timedelta(hours=24))
    left, order = fresh(job)
    assert (left.outcome, order.status, order.replacement_for) == (
        Outcome.EXCUSED,
        OrderStatus.SEARCHING,
        None,
    )
    assert (asked.status, asked.reason) == (HandOverStatus.OPEN, "too hard")
    assert order.offers.get(status=OfferStatus.OPEN).partner == other
    assert counts(job.partner) == (1, 0, 0)
    taken = accept(order, other, START - timedelta(hours=23))
    asked.refresh_from_db()
    assert (asked.status, asked.replacement) == (HandOverStatus.REPLACED, taken)
    nothing_wrong()


def test_later_the_partner_keeps_the_job_until_somebody_takes_over(
    job: Job, other: Partner, client_user: User
) -> None:
    asked = ask(job)
    kept, order = fresh(job)
    assert (kept.outcome, order.status, order.replacement_for) == (None, OrderStatus.CONFIRMED, job)
    assert sent("replacement_sought") == [client_user]
    nothing_wrong()

    taken = accept(order, other, NEAR + timedelta(minutes=2))

    left, order = fresh(job)
    asked.refresh_from_db()
    assert (left.outcome, taken.partner, order.status) == (Outcome.EXCUSED, other, OrderStatus.CONFIRMED)
    assert (order.replacement_for, order.next_wave_at) == (None, None)
    assert (asked.status, asked.replacement) == (HandOverStatus.REPLACED, taken)
    assert (counts(job.partner), counts(other)) == ((1, 0, 0), (1, 0, 0))
    assert sent("job_taken_over") == [job.partner.user]
    assert sent("order_confirmed") == [client_user, client_user]
    nothing_wrong()


def test_when_nobody_takes_over_the_job_stays_and_ops_see_it(
    job: Job, other: Partner, client_user: User
) -> None:
    asked = ask(job)
    over = NEAR + timedelta(hours=12)
    services.lapse_offers(now=over)
    services.expire_orders(now=over)
    kept, order = fresh(job)
    asked.refresh_from_db()
    assert (kept.outcome, order.status, order.replacement_for) == (None, OrderStatus.CONFIRMED, None)
    assert asked.status == HandOverStatus.NOT_FOUND
    assert list(HandOver.objects.in_queue()) == [asked]
    assert set(sent("replacement_not_found")) == {client_user, job.partner.user}
    assert not Offer.objects.filter(status=OfferStatus.OPEN).exists()
    nothing_wrong()


def test_without_anybody_to_ask_it_is_known_at_once(client_user: User, partner: Partner) -> None:
    asked = ask(accept(book(client_user), partner))
    asked.refresh_from_db()
    assert asked.status == HandOverStatus.NOT_FOUND


def test_shortly_before_the_visit_only_the_team_can_help(job: Job) -> None:
    asked = ask(job, now=START - timedelta(minutes=30))
    assert asked.status == HandOverStatus.NOT_FOUND
    assert fresh(job)[1].replacement_for is None
    nothing_wrong()


def test_once_work_has_begun_the_team_is_asked(job: Job, ops: User) -> None:
    services.check_in(job_id=job.pk, partner=job.partner, now=START)
    asked = ask(job, now=START + timedelta(minutes=5))
    assert (asked.status, fresh(job)[1].replacement_for) == (HandOverStatus.OPEN, None)
    assert list(HandOver.objects.in_queue()) == [asked]
    nothing_wrong()
    services.check_out(job_id=job.pk, partner=job.partner, now=START + timedelta(hours=1))
    asked.refresh_from_db()
    assert asked.status == HandOverStatus.WITHDRAWN


def test_whoever_can_do_it_after_all_takes_it_back(job: Job, other: Partner) -> None:
    asked = ask(job)
    offer = Offer.objects.get(partner=other)
    services.withdraw_help(job_id=job.pk, partner=job.partner, now=NEAR)
    asked.refresh_from_db()
    assert asked.status == HandOverStatus.WITHDRAWN
    with pytest.raises(services.OfferGone):
        services.accept_offer(offer_id=offer.pk, partner=other, now=NEAR)
    with pytest.raises(services.NoHelpAsked):
        services.withdraw_help(job_id=job.pk, partner=job.partner, now=NEAR)
    nothing_wrong()
    assert ask(job).status == HandOverStatus.OPEN


def test_asking_twice_is_refused(job: Job) -> None:
    ask(job)
    with pytest.raises(services.HelpAsked):
        ask(job)
    with pytest.raises(services.ReasonMissing):
        services.ask_for_help(job_id=job.pk, partner=job.partner, reason=" ", now=NEAR)


def test_only_ones_own_job_is_helped_with(job: Job, other: Partner) -> None:
    with pytest.raises(services.NotYourJob):
        services.ask_for_help(job_id=job.pk, partner=other, reason="mine", now=NEAR)


@pytest.mark.parametrize("step", ["check_in", "cancel_job", "cancel_order", "no_show", "excuse"])
def test_whatever_happens_to_the_job_ends_the_search_for_a_replacement(
    job: Job, other: Partner, client_user: User, ops: User, step: str
) -> None:
    asked = ask(job)
    partner, order = job.partner, fresh(job)[1]
    if step == "check_in":
        services.check_in(job_id=job.pk, partner=partner, now=START)
    elif step == "cancel_job":
        services.cancel_job(job_id=job.pk, partner=partner, reason="ill", now=NEAR)
    elif step == "cancel_order":
        services.cancel_order(order_id=order.pk, client=client_user, now=NEAR)
    elif step == "no_show":
        services.confirm_no_show(job_id=job.pk, actor=ops, reason="x", now=START + timedelta(minutes=20))
    else:
        services.excuse_job(job_id=job.pk, actor=ops, reason="x", now=NEAR)
    asked.refresh_from_db()
    order = fresh(job)[1]
    expected = HandOverStatus.OPEN if step == "excuse" else HandOverStatus.WITHDRAWN
    assert (asked.status, order.replacement_for) == (expected, None)
    is_open = order.offers.filter(status=OfferStatus.OPEN).exists()
    assert is_open == (order.status == OrderStatus.SEARCHING) == (step in ("cancel_job", "excuse"))
    nothing_wrong()


def test_the_team_settles_what_is_in_the_queue(job: Job, ops: User) -> None:
    asked = ask(job)
    services.settle_hand_over(hand_over_id=asked.pk, actor=ops, note="called", now=NEAR)
    asked.refresh_from_db()
    assert (asked.status, asked.note, asked.ended_by) == (HandOverStatus.SETTLED, "called", ops)
    assert fresh(job)[1].replacement_for is None
    with pytest.raises(services.HandOverSettled):
        services.settle_hand_over(hand_over_id=asked.pk, actor=ops, note="again", now=NEAR)
    nothing_wrong()


def test_a_sick_day_hands_over_every_visit_of_the_day_and_no_other(
    client_user: User, partner: Partner, other: Partner
) -> None:
    times = [START + timedelta(hours=hours) for hours in (-30, 0, 4, 26)]
    jobs = [accept(book(client_user, slot_start=time, requested_partner=partner), partner) for time in times]
    waiting = book(client_user, slot_start=START + timedelta(hours=2), requested_partner=partner)
    day = START.astimezone(ZoneInfo("Europe/Zurich")).date()
    now = START - timedelta(hours=21)

    def report() -> services.SickDay:
        return services.report_sick_day(
            partner_id=partner.pk, day=day, reason="flu", actor=partner.user, now=now
        )

    found = report()

    assert (found.given_back, found.help_asked) == (1, 1)
    assert [fresh(job)[0].outcome for job in jobs] == [None, None, Outcome.EXCUSED, None]
    assert [fresh(job)[1].replacement_for for job in jobs] == [None, jobs[1], None, None]
    assert DayOff.objects.get(partner=partner).first == day
    assert waiting.offers.filter(partner=partner, status=OfferStatus.OPEN).count() == 0
    assert counts(partner) == (4, 0, 0)
    nothing_wrong()
    again = report()
    assert (again.given_back, again.help_asked) == (0, 0)


def test_a_day_that_is_over_cannot_be_sick(partner: Partner) -> None:
    with pytest.raises(services.SickDayOver):
        services.report_sick_day(
            partner_id=partner.pk,
            day=(NOW - timedelta(days=1)).date(),
            reason="flu",
            actor=partner.user,
            now=NOW,
        )


def flexible(client: User, partner: Partner) -> Job:
    """An arrival within four hours; the partner's day has room from the third on."""
    accept(book(client, slot_start=START, requested_partner=partner), partner)
    order = book(
        client, slot_start=START, arrives_until=START + timedelta(hours=4), requested_partner=partner
    )
    return accept(order, partner)


def test_who_takes_over_comes_at_the_time_that_was_planned(
    client_user: User, partner: Partner, other: Partner
) -> None:
    job = flexible(client_user, partner)
    planned, order = fresh(job)[0].starts_at, fresh(job)[1]
    assert planned > order.arrives_from
    ask(job)
    assert accept(order, other, NEAR).starts_at == planned
    nothing_wrong()


def test_after_nobody_was_found_the_job_can_be_handed_over_and_help_asked_again(
    client_user: User, partner: Partner
) -> None:
    job = accept(book(client_user), partner)
    first = ask(job)
    assert first.status == HandOverStatus.NOT_FOUND
    second = ask(job)
    first.refresh_from_db()
    assert (first.status, second.status) == (HandOverStatus.WITHDRAWN, HandOverStatus.NOT_FOUND)
    services.hand_over_job(job_id=job.pk, partner=partner, reason="away", now=START - timedelta(hours=25))
    assert fresh(job)[0].outcome == Outcome.EXCUSED
    assert list(HandOver.objects.in_queue().values_list("reason", flat=True)) == ["away"]
    nothing_wrong()


def test_found_later_after_all_it_leaves_the_queue(client_user: User, partner: Partner, ops: User) -> None:
    job = accept(book(client_user), partner)
    asked = ask(job)
    late_comer = factories.PartnerFactory.create()
    services.excuse_job(job_id=job.pk, actor=ops, reason="x", now=NEAR)
    accept(fresh(job)[1], late_comer, NEAR)
    asked.refresh_from_db()
    assert asked.status == HandOverStatus.REPLACED
    nothing_wrong()


def test_a_proposal_of_another_time_lapses_when_help_is_asked(job: Job) -> None:
    propose_times(job_id=job.pk, partner=job.partner, starts=[START + timedelta(days=1)], note="", now=NOW)
    ask(job)
    assert TimeProposal.objects.get().status == "lapsed"


def test_the_client_hears_that_the_first_one_comes_after_all(job: Job, client_user: User) -> None:
    ask(job)
    services.withdraw_help(job_id=job.pk, partner=job.partner, now=NEAR)
    assert sent("order_confirmed") == [client_user, client_user]


def test_a_sick_day_is_within_two_weeks(partner: Partner) -> None:
    with pytest.raises(services.SickDayFar):
        services.report_sick_day(
            partner_id=partner.pk,
            day=(NOW + timedelta(days=16)).date(),
            reason="flu",
            actor=partner.user,
            now=NOW,
        )
