"""The time is confirmed, or moved to one that both agree on."""

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from mila.accounts.models import User
from mila.notifications.models import Notification
from orders import services
from orders.models import Job, Order, TimeProposal, VisitMove
from orders.verification import differences
from orders.visits import services as visits
from orders.visits.policy import ProposalStatus
from partners.models import Partner
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START, accept, book

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
OTHER = START + 3 * HOUR


def propose(job: Job, partner: Partner, *starts, note: str = "", now=NOW) -> TimeProposal:
    return visits.propose_times(job_id=job.pk, partner=partner, starts=starts or (OTHER,), note=note, now=now)


def take(proposal: TimeProposal, client: User, place: int = 0, now=NOW) -> None:
    visits.accept_time(option_id=list(proposal.options.all())[place].pk, client=client, now=now)


def status(proposal: TimeProposal) -> str:
    proposal.refresh_from_db()
    return proposal.status


def told(kind: str) -> list[int]:
    return list(Notification.objects.filter(kind=kind).order_by("pk").values_list("recipient", flat=True))


def test_confirming_is_contact_and_twice_is_once(job: Job, partner: Partner) -> None:
    for minutes in (0, 5):
        visits.confirm_time(job_id=job.pk, partner=partner, now=NOW + timedelta(minutes=minutes))
    job.refresh_from_db()
    assert (job.time_confirmed_at, job.first_contact_at, job.contact_due_at) == (NOW, NOW, None)


def test_proposing_is_contact_and_tells_the_client(job: Job, partner: Partner, client_user: User) -> None:
    proposal = propose(job, partner, OTHER, OTHER + HOUR, note="My train is late.")
    job.refresh_from_db()
    assert (job.first_contact_at, job.time_confirmed_at) == (NOW, None)
    assert [option.starts_at for option in proposal.options.all()] == [OTHER, OTHER + HOUR]
    assert told("times_proposed") == [client_user.pk]


def test_the_time_that_the_client_takes_moves_order_and_job_together(
    job: Job, partner: Partner, client_user: User
) -> None:
    proposal = propose(job, partner, OTHER, OTHER + HOUR)
    take(proposal, client_user, place=1, now=NOW + HOUR)
    moved = DateTimeTZRange(OTHER + HOUR, OTHER + 2 * HOUR)
    order = Order.objects.get(jobs=job)
    job.refresh_from_db()
    assert (job.slot, order.slot, order.arrival_window) == (moved, moved, None)
    assert job.time_confirmed_at == NOW + HOUR
    move = VisitMove.objects.get()
    assert (move.job, move.actor, move.moved_at) == (job, client_user, NOW + HOUR)
    assert (move.old_slot.lower, move.new_slot) == (START, moved)
    assert told("visit_moved") == [client_user.pk, partner.user_id]
    assert status(proposal) == ProposalStatus.ACCEPTED
    assert list(differences(NOW)) == []


def test_a_window_of_arrival_ends_with_the_move(client_user: User, partner: Partner) -> None:
    order = book(client_user)
    Order.objects.filter(pk=order.pk).update(arrival_window=DateTimeTZRange(START, START + 2 * HOUR, "[]"))
    take(propose(accept(order, partner), partner), client_user)
    order.refresh_from_db()
    assert (order.arrival_window, order.starts_at) == (None, OTHER)


def test_taking_it_twice_is_once(job: Job, partner: Partner, client_user: User) -> None:
    proposal = propose(job, partner)
    for _ in range(2):
        take(proposal, client_user)
    assert VisitMove.objects.count() == 1
    assert len(told("visit_moved")) == 2


def test_the_visit_may_move_by_less_than_its_length(job: Job, partner: Partner, client_user: User) -> None:
    take(propose(job, partner, START + HOUR / 2), client_user)
    job.refresh_from_db()
    assert job.starts_at == START + HOUR / 2


def test_declined_the_booked_time_stays_and_the_partner_is_told(
    job: Job, partner: Partner, client_user: User
) -> None:
    proposal = propose(job, partner)
    for _ in range(2):
        visits.decline_times(proposal_id=proposal.pk, client=client_user, now=NOW)
    job.refresh_from_db()
    assert (status(proposal), job.starts_at) == (ProposalStatus.DECLINED, START)
    assert told("times_declined") == [partner.user_id]


def test_what_is_withdrawn_cannot_be_taken(job: Job, partner: Partner, client_user: User) -> None:
    proposal = propose(job, partner)
    for _ in range(2):
        visits.withdraw_times(proposal_id=proposal.pk, partner=partner, now=NOW)
    with pytest.raises(visits.ProposalAnswered):
        take(proposal, client_user)
    with pytest.raises(visits.ProposalAnswered):
        visits.decline_times(proposal_id=proposal.pk, client=client_user, now=NOW)


def test_what_was_taken_is_not_withdrawn(job: Job, partner: Partner, client_user: User) -> None:
    proposal = propose(job, partner)
    take(proposal, client_user)
    with pytest.raises(visits.ProposalAnswered):
        visits.withdraw_times(proposal_id=proposal.pk, partner=partner, now=NOW)


def test_a_new_proposal_replaces_the_open_one_and_the_same_one_does_not(job: Job, partner: Partner) -> None:
    first = propose(job, partner)
    assert propose(job, partner) == first
    second = propose(job, partner, OTHER + HOUR)
    assert (status(first), status(second)) == (ProposalStatus.REPLACED, ProposalStatus.OPEN)
    assert len(told("times_proposed")) == 2


def test_confirming_takes_an_open_proposal_back(job: Job, partner: Partner) -> None:
    proposal = propose(job, partner)
    visits.confirm_time(job_id=job.pk, partner=partner, now=NOW)
    assert status(proposal) == ProposalStatus.WITHDRAWN


@pytest.mark.parametrize(
    ("starts", "refusal"),
    [
        ((OTHER, OTHER), visits.WrongNumberOfTimes),
        (tuple(OTHER + number * HOUR for number in range(4)), visits.WrongNumberOfTimes),
        ((START,), visits.SameTime),
        ((OTHER + timedelta(minutes=10),), visits.TimeNotBookable),
        ((NOW + HOUR / 2,), visits.TimeNotBookable),
        ((NOW + timedelta(days=91),), visits.TimeNotBookable),
        ((START + timedelta(hours=15),), visits.TimeNotBookable),
    ],
)
def test_times_that_cannot_be_proposed(job: Job, partner: Partner, starts, refusal) -> None:
    with pytest.raises(refusal):
        propose(job, partner, *starts)
    assert not TimeProposal.objects.exists()
    job.refresh_from_db()
    assert job.first_contact_at is None


def test_the_partners_other_visits_are_in_the_way(job: Job, partner: Partner, client_user: User) -> None:
    accept(book(client_user, slot_start=OTHER), partner)
    with pytest.raises(services.SlotTaken):
        propose(job, partner, OTHER + HOUR / 2)


def test_what_has_become_impossible_since_is_refused_with_words(
    job: Job, partner: Partner, client_user: User
) -> None:
    proposal = propose(job, partner, OTHER, OTHER + 4 * HOUR)
    accept(book(client_user, slot_start=OTHER), partner)
    with pytest.raises(visits.OptionImpossible):
        take(proposal, client_user)
    assert status(proposal) == ProposalStatus.OPEN
    take(proposal, client_user, place=1)
    assert status(proposal) == ProposalStatus.ACCEPTED


def test_a_time_that_is_over_is_not_taken(job: Job, partner: Partner, client_user: User) -> None:
    early = START - timedelta(hours=24)
    proposal = propose(job, partner, early)
    with pytest.raises(visits.OptionImpossible):
        take(proposal, client_user, now=early - HOUR / 2)


def test_nobody_else_proposes_or_takes(job: Job, partner: Partner, client_user: User, ops: User) -> None:
    stranger = factories.PartnerFactory.create()
    with pytest.raises(services.NotYourJob):
        propose(job, stranger)
    proposal = propose(job, partner)
    for attempt in (
        lambda: take(proposal, ops),
        lambda: visits.decline_times(proposal_id=proposal.pk, client=ops, now=NOW),
        lambda: visits.withdraw_times(proposal_id=proposal.pk, partner=stranger, now=NOW),
    ):
        with pytest.raises(services.NotYourJob):
            attempt()


def test_on_the_way_the_time_is_fixed_and_open_proposals_lapse(
    job: Job, partner: Partner, client_user: User
) -> None:
    proposal = propose(job, partner)
    visits.set_off(job_id=job.pk, partner=partner, now=START - HOUR)
    assert status(proposal) == ProposalStatus.LAPSED
    for attempt in (
        lambda: propose(job, partner, now=START - HOUR),
        lambda: visits.confirm_time(job_id=job.pk, partner=partner, now=START - HOUR),
    ):
        with pytest.raises(visits.TimeFixed):
            attempt()


def test_checked_in_and_ended_the_time_is_fixed(job: Job, partner: Partner) -> None:
    proposal = propose(job, partner)
    services.check_in(job_id=job.pk, partner=partner, now=START)
    assert status(proposal) == ProposalStatus.LAPSED
    with pytest.raises(visits.TimeFixed):
        propose(job, partner, now=START)
    services.check_out(job_id=job.pk, partner=partner, now=START)
    with pytest.raises(services.JobOver):
        propose(job, partner, now=START)


def test_a_client_who_cancels_leaves_no_proposal_open(job: Job, partner: Partner, client_user: User) -> None:
    proposal = propose(job, partner)
    services.cancel_order(order_id=job.order_id or 0, client=client_user, now=NOW)
    assert status(proposal) == ProposalStatus.LAPSED
    assert list(differences(NOW)) == []
