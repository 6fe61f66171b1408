"""The first contact: due within hours of the acceptance, noted when it is made, and when it is missing (C5).

It never counts against a figure: the partner is reminded once, and ops see it.
"""

from datetime import datetime

import structlog

from mila.lib.locks import locking
from mila.lib.watching import tell_watchers
from mila.notifications.services import notify
from orders.models import Job

logger = structlog.get_logger(__name__)

# Rows of one sweep; what is left over is for the next one, a minute later.
SWEEP_LIMIT = 500


def note_contact(job: Job, *, now: datetime) -> None:
    """The partner has said something to the client. The job is locked; only the first time is noted."""
    if job.first_contact_at is not None:
        return
    job.first_contact_at, job.contact_due_at = now, None
    job.save(update_fields=["first_contact_at", "contact_due_at"])


def note_missing_contacts(*, now: datetime) -> int:
    """Note the jobs whose first contact did not come in time and remind their partners; returns how many."""
    due = Job.objects.alive().filter(contact_due_at__lte=now).order_by("contact_due_at", "pk")
    done = 0
    for job_id in list(due.values_list("pk", flat=True)[:SWEEP_LIMIT]):
        try:
            done += _note_missing(job_id, now)
        except Exception as error:
            # Of whatever kind: one job must not keep the others waiting.
            logger.exception("contact_not_swept", job_id=job_id, error=type(error).__name__)
    return done


def _note_missing(job_id: int, now: datetime) -> int:
    """A job that somebody holds waits for the next sweep: perhaps the contact is being made."""
    with locking():
        free = Job.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        job = free.select_related("partner__user").filter(pk=job_id, contact_due_at__lte=now).first()
        if job is None or job.outcome is not None:
            return 0
        job.contact_overdue_at, job.contact_due_at = now, None
        job.save(update_fields=["contact_overdue_at", "contact_due_at"])
        if job.order_id is not None:
            tell_watchers("order", job.order_id)
        notify(
            recipient=job.partner.user,
            kind="first_contact_overdue",
            payload={"job_id": job.pk},
            key=f"first_contact_overdue:{job.pk}",
            now=now,
        )
    return 1
