"""What the mails say about a visit that is to come or under way."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core import mail
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from mila.mails import render
from mila.notifications.models import Notification
from mila.notifications.services import send_due
from orders.models import Job, Order, VisitMove
from orders.visits import services as visits
from partners.models import Partner
from tests.factories import NOW, BookedJobFactory, PartnerFactory
from tests.mila.test_mails import sent

pytestmark = pytest.mark.django_db
START = NOW + timedelta(days=2)
PAST_MAILS = NOW + timedelta(hours=1)


@pytest.fixture
def partner() -> Partner:
    return PartnerFactory.create(first_name="Robin")


@pytest.fixture
def job(partner: Partner) -> Job:
    return BookedJobFactory.create(partner=partner)


def mailed(now=NOW) -> list[tuple[str, str, str]]:
    """Recipient, subject and body of what is due."""
    mail.outbox.clear()
    send_due(now=now, render=render)
    assert not Notification.objects.exclude(last_error="").exists()
    return [(message.to[0], message.subject, str(message.body)) for message in mail.outbox]


def say(job: Job, author, body: str, minutes: int) -> None:
    visits.send_message(
        job_id=job.pk,
        author=author,
        body=body,
        submission_key=uuid4(),
        now=NOW + timedelta(minutes=minutes),
    )


def test_a_mail_carries_every_message_that_gathered_for_it(job: Job) -> None:
    client = job.order.client
    say(job, client, "Second floor.\nRing twice.", 0)
    [(to, subject, body)] = mailed()
    assert to == job.partner.user.email
    assert subject == "Alex has written to you: Home Wi-Fi, Wednesday 3 June"
    assert "Second floor.\n" in body
    assert "Ring twice." in body
    assert f"/partner/jobs/{job.pk}" in body
    say(job, client, "The dog is friendly.", 2)
    say(job, client, "Really.", 3)
    assert mailed(NOW + timedelta(minutes=9)) == []
    [(_to, _subject, later)] = mailed(NOW + timedelta(minutes=10))
    assert "The dog is friendly." in later
    assert "Really." in later
    assert "Second floor." not in later


def test_to_the_client_the_link_leads_to_the_booking(job: Job) -> None:
    say(job, job.partner.user, "See you then!", 0)
    [(to, subject, body)] = mailed()
    assert (to, subject) == (
        job.order.client.email,
        "Robin has written to you: Home Wi-Fi, Wednesday 3 June",
    )
    assert f"/orders/{job.order.reference}" in body


def test_a_partner_who_said_nothing_is_reminded_without_a_threat(job: Job) -> None:
    message = sent(job.partner.user, "first_contact_overdue", job_id=job.pk)
    assert message.subject == "Please write to Alex: Home Wi-Fi, Wednesday 3 June"
    assert "does not count against you" in message.body


def test_proposed_times_are_named_and_what_happens_without_an_answer(job: Job, partner: Partner) -> None:
    starts = [START + timedelta(hours=hours) for hours in (2, 4)]
    visits.propose_times(job_id=job.pk, partner=partner, starts=starts, note="My train is late.", now=NOW)
    [(to, subject, body)] = mailed()
    assert to == job.order.client.email
    assert subject == "Robin proposes another time: Home Wi-Fi, Wednesday 3 June"
    assert "Proposed: Wednesday 3 June, 12:00" in body
    assert "Proposed: Wednesday 3 June, 14:00" in body
    assert "My train is late." in body
    assert "Without an answer the booked time stays." in body


def test_both_learn_of_the_new_time(job: Job, partner: Partner) -> None:
    proposal = visits.propose_times(
        job_id=job.pk, partner=partner, starts=[START + timedelta(days=1)], note="", now=NOW
    )
    mailed()
    visits.accept_time(option_id=proposal.options.get().pk, client=job.order.client, now=NOW)
    told = mailed()
    assert [to for to, _subject, _body in told] == [job.order.client.email, partner.user.email]
    for _to, subject, body in told:
        assert subject == "New time: Home Wi-Fi, Thursday 4 June at 10:00"
        assert "from Wednesday 3 June, 10:00 to Thursday 4 June, 10:00" in body


def test_declined_times_say_when_the_partner_is_expected(job: Job, partner: Partner) -> None:
    proposal = visits.propose_times(
        job_id=job.pk, partner=partner, starts=[START + timedelta(days=1)], note="", now=NOW
    )
    mailed()
    visits.decline_times(proposal_id=proposal.pk, client=job.order.client, now=NOW)
    [(to, _subject, body)] = mailed()
    assert to == partner.user.email
    assert "You are expected as booked: Wednesday 3 June at 10:00." in body


def test_an_extra_names_its_price_and_that_nothing_is_charged_without_a_yes(
    job: Job, partner: Partner
) -> None:
    visits.propose_extra(
        job_id=job.pk,
        partner=partner,
        text="Cable <3 m>",
        price=Decimal(25),
        submission_key=uuid4(),
        now=NOW,
    )
    [(to, subject, body)] = mailed()
    assert to == job.order.client.email
    assert subject == "Robin proposes an extra: Cable <3 m>, 25.00\N{NO-BREAK SPACE}CHF"
    assert "Without your approval nothing is charged" in body


def test_on_the_way_and_late_name_the_arrival(job: Job, partner: Partner) -> None:
    visits.set_off(job_id=job.pk, partner=partner, now=START - timedelta(hours=1))
    [(_to, subject, body)] = mailed(START)
    assert subject == "Robin is on the way to you"
    assert "expects to be with you at 10:00" in body
    visits.report_late(job_id=job.pk, partner=partner, expected_at=START + timedelta(minutes=20), now=START)
    [(to, subject, body)] = mailed(START)
    assert (to, subject) == (job.order.client.email, "Robin is running late and comes at 10:20")
    assert "the visit agreed for 10:00 begins at about 10:20" in body


def test_a_planned_move_says_when_and_that_the_window_holds(job: Job) -> None:
    window = DateTimeTZRange(START, START + timedelta(hours=4), "[]")
    Order.objects.filter(pk=job.order_id).update(arrival_window=window)
    later = DateTimeTZRange(START + timedelta(hours=2), START + timedelta(hours=3))
    move = VisitMove.objects.create(job=job, old_slot=job.slot, new_slot=later, moved_at=NOW)
    for person in (job.order.client, job.partner.user):
        message = sent(person, "visit_replanned", move_id=move.pk)
        assert message.subject == "Now planned for 12:00: Home Wi-Fi, Wednesday 3 June"
        assert "was planned for 10:00 and is now planned for 12:00" in message.body
        assert "at any rate between 10:00 and 14:00" in message.body
        mail.outbox.clear()
