"""The thread, and the first contact that it makes."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from mila.accounts.models import User
from mila.notifications.models import Notification
from orders import services
from orders.models import Job, Message
from orders.visits import services as visits
from partners.models import Partner
from partners.policy import PartnerStatus
from partners.services import change_status
from tests.factories import NOW
from tests.orders.conftest import START, accept, book

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DUE = NOW + timedelta(hours=12)


def say(job: Job, author: User | None, body: str = "Hello", now: datetime = NOW, **changes: Any) -> Message:
    assert author is not None
    key = changes.pop("submission_key", None) or uuid4()
    return visits.send_message(job_id=job.pk, author=author, body=body, submission_key=key, now=now)


def mails() -> list[tuple[int, datetime]]:
    told = Notification.objects.filter(kind="message_received").order_by("pk")
    return list(told.values_list("recipient", "due_at"))


def test_both_sides_write_and_the_other_is_told(job: Job, partner: Partner, client_user: User) -> None:
    say(job, client_user, "Second floor.")
    say(job, partner.user, "Thank you!")
    assert list(job.messages.values_list("author", "body")) == [
        (client_user.pk, "Second floor."),
        (partner.user_id, "Thank you!"),
    ]
    assert mails() == [(partner.user_id, NOW), (client_user.pk, NOW)]


def test_nobody_else_writes(job: Job, ops: User) -> None:
    with pytest.raises(services.NotYourJob):
        say(job, ops)
    assert not Message.objects.exists()


def test_the_same_form_sent_twice_is_one_message(job: Job, client_user: User) -> None:
    key = uuid4()
    first = say(job, client_user, submission_key=key)
    assert say(job, client_user, submission_key=key, now=NOW + MINUTE) == first
    assert len(mails()) == 1


def test_a_chat_is_one_mail_in_ten_minutes_and_the_last_word_is_told(
    job: Job, partner: Partner, client_user: User
) -> None:
    for minutes in (0, 1, 9, 12):
        say(job, client_user, now=NOW + minutes * MINUTE)
    assert mails() == [
        (partner.user_id, NOW),
        (partner.user_id, NOW + 10 * MINUTE),
        (partner.user_id, NOW + 20 * MINUTE),
    ]


def test_the_thread_closes_for_writing_with_the_job(
    checked_in: Job, partner: Partner, client_user: User
) -> None:
    say(checked_in, client_user)
    services.check_out(job_id=checked_in.pk, partner=partner, now=START)
    for author in (client_user, partner.user):
        with pytest.raises(services.JobOver):
            say(checked_in, author)
    assert checked_in.messages.count() == 1


def test_who_is_excluded_writes_no_more(job: Job, partner: Partner) -> None:
    change_status(partner=partner, new=PartnerStatus.EXCLUDED, actor=None, reason="test", now=NOW)
    with pytest.raises(services.PartnerExcluded):
        say(job, partner.user)


# --- The first contact --------------------------------------------------------------------------------------


def contact_of(job: Job) -> tuple[datetime | None, datetime | None, datetime | None]:
    job.refresh_from_db()
    return job.contact_due_at, job.contact_overdue_at, job.first_contact_at


def test_the_acceptance_starts_the_clock(job: Job) -> None:
    assert contact_of(job) == (DUE, None, None)


def test_the_clock_ends_with_the_beginning_of_the_visit(client_user: User, partner: Partner) -> None:
    start = NOW + timedelta(hours=5)
    assert contact_of(accept(book(client_user, slot_start=start), partner))[0] == start


def test_a_message_of_the_partner_is_contact_and_one_of_the_client_is_not(
    job: Job, partner: Partner, client_user: User
) -> None:
    say(job, client_user)
    assert contact_of(job) == (DUE, None, None)
    say(job, partner.user, now=NOW + MINUTE)
    say(job, partner.user, now=NOW + 2 * MINUTE)
    assert contact_of(job) == (None, None, NOW + MINUTE)


def test_what_is_missing_is_noted_and_told_once(job: Job, partner: Partner) -> None:
    assert visits.note_missing_contacts(now=DUE - timedelta(microseconds=1)) == 0
    assert visits.note_missing_contacts(now=DUE) == 1
    assert visits.note_missing_contacts(now=DUE + MINUTE) == 0
    assert contact_of(job) == (None, DUE, None)
    assert job.lacks_contact
    assert list(Job.objects.without_contact()) == [job]
    told = Notification.objects.filter(kind="first_contact_overdue")
    assert [row.recipient_id for row in told] == [partner.user_id]


def test_contact_that_comes_late_leaves_the_record_and_ends_the_reminder(job: Job, partner: Partner) -> None:
    visits.note_missing_contacts(now=DUE)
    say(job, partner.user, now=DUE + MINUTE)
    assert contact_of(job) == (None, DUE, DUE + MINUTE)
    assert not job.lacks_contact
    assert not Job.objects.without_contact().exists()


def test_nothing_is_missing_once_the_job_has_ended(job: Job, partner: Partner) -> None:
    services.cancel_job(job_id=job.pk, partner=partner, reason="ill", now=NOW)
    assert contact_of(job)[0] is None
    assert visits.note_missing_contacts(now=DUE) == 0


def test_whoever_is_there_is_not_reminded_to_write(job: Job, partner: Partner) -> None:
    services.check_in(job_id=job.pk, partner=partner, now=START)
    assert contact_of(job)[0] is None
    assert visits.note_missing_contacts(now=START) == 0


def test_whoever_comes_without_a_word_is_no_longer_reminded(job: Job, partner: Partner) -> None:
    visits.note_missing_contacts(now=DUE)
    services.check_in(job_id=job.pk, partner=partner, now=START)
    job.refresh_from_db()
    assert (job.lacks_contact, Job.objects.without_contact().exists()) == (False, False)


def test_it_never_counts(job: Job, partner: Partner) -> None:
    before = partner.tally.accepted
    visits.note_missing_contacts(now=DUE)
    partner.refresh_from_db()
    assert (partner.tally.accepted, partner.tally.cancelled, partner.tally.no_shows) == (before, 0, 0)


def test_one_job_that_fails_does_not_keep_the_others_waiting(
    client_user: User, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [
        accept(book(client_user, slot_start=START + day * timedelta(days=1)), partner) for day in range(2)
    ]
    original = visits.contact._note_missing

    def fail_first(job_id: int, now: datetime) -> int:
        if job_id == jobs[0].pk:
            raise RuntimeError
        return original(job_id, now)

    monkeypatch.setattr(visits.contact, "_note_missing", fail_first)
    assert visits.note_missing_contacts(now=DUE) == 1
    assert [contact_of(job)[1] for job in jobs] == [None, DUE]
