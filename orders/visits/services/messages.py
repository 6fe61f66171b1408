"""The thread between the two people of a job: open while the job is alive, readable for both ever after."""

from datetime import datetime
from uuid import UUID

from mila.accounts.models import User
from mila.lib.locks import locking
from mila.notifications.services import notify
from orders.models import Job, Message
from orders.services.working import (
    BookedJob,
    NotYourJob,
    lock_booked_job,
    refuse_unless_alive,
    refuse_unless_working,
)
from orders.visits.policy import mail_due_at
from orders.visits.services.contact import note_contact


def send_message(*, job_id: int, author: User, body: str, submission_key: UUID, now: datetime) -> Message:
    """Write to the other side, who gets a mail at most every ten minutes. The same form sent twice is one message.

    Raises `JobOver`, `NotYourJob` (the author is neither side), `PartnerExcluded` and `Busy`.
    """
    with locking():
        held = lock_booked_job(job_id=job_id)
        by_partner = _side_of(held, author)
        earlier = Message.objects.filter(job=held.job, author=author, submission_key=submission_key).first()
        if earlier is not None:
            return earlier
        if by_partner:
            refuse_unless_working(held)
            note_contact(held.job, now=now)
        else:
            refuse_unless_alive(held.job)
        due_at = mail_due_at(latest=_latest_mail(held.job, author), now=now)
        message = Message.objects.create(
            job=held.job,
            author=author,
            submission_key=submission_key,
            body=body,
            sent_at=now,
            mail_due_at=due_at,
        )
        due = due_at.isoformat()
        notify(
            recipient=held.order.client if by_partner else held.partner.user,
            kind="message_received",
            payload={"job_id": held.job.pk, "author_id": author.pk, "due": due},
            key=f"message_received:{held.job.pk}:{'client' if by_partner else 'partner'}:{due}",
            now=now,
            due_at=due_at,
        )
    return message


def _side_of(held: BookedJob, author: User) -> bool:
    """Whether the author is the partner of the job; if not, they are its client. Raises `NotYourJob`."""
    if held.partner.user_id == author.pk:
        return True
    if held.order.client_id == author.pk:
        return False
    raise NotYourJob


def _latest_mail(job: Job, author: User) -> datetime | None:
    latest = Message.objects.filter(job=job, author=author).order_by("-pk")
    return latest.values_list("mail_due_at", flat=True).first()
