"""Writing messages into the outbox, and sending what is due.

A message is written in the transaction of the fact that causes it and is sent after that by a worker.
Delivery is at least once: a worker that dies between sending and noting it leaves the row to be sent again,
with the same Message-ID, by which mail programs know it is the same mail.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation

from mila.accounts.models import User
from mila.lib.doorbell import ring
from mila.notifications.models import Notification, NotificationQuerySet
from mila.notifications.policy import MAX_ATTEMPTS, claim_is_void_before, retry_at

Payload = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody who has no account, and the language that they read."""

    email: str
    language: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written into the outbox; `key` is unique for ever, the same key is one message."""

    recipient: User | Address | None
    kind: str
    key: str
    payload: Payload = field(default_factory=dict)
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """The words of one message, made in the recipient's language."""

    subject: str
    text: str
    html: str


Render = Callable[[Notification], Message]


def notify(
    *,
    recipient: User | None,
    kind: str,
    payload: Payload,
    key: str,
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Write one message, unless one with this key exists. Nobody to tell (an imported partner): nothing."""
    notify_many(drafts=[Draft(recipient, kind, key, payload, due_at)], now=now)


def notify_many(*, drafts: Iterable[Draft], now: datetime) -> None:
    """Write several messages in one statement; see `notify`."""
    rows = [
        Notification(
            **_addressee(draft.recipient),
            kind=draft.kind,
            payload=dict(draft.payload),
            key=draft.key,
            created_at=now,
            due_at=draft.due_at or now,
        )
        for draft in drafts
        if draft.recipient is not None
    ]
    if rows:
        Notification.objects.bulk_create(rows, ignore_conflicts=True)
        ring("notifications")


def send_due(*, now: datetime, render: Render, limit: int = 100) -> int:
    """Send up to `limit` messages that are due and return how many were sent. Call it outside a transaction.

    Each message is claimed by itself, so that a slow mail server never lets the claims of a batch run out.
    """
    started = monotonic()
    sent = 0
    _bury(now)
    for _ in range(limit):
        moment = now + timedelta(seconds=monotonic() - started)
        notification = _claim(moment)
        if notification is None:
            break
        sent += _deliver(notification, render, moment)
    return sent


def retry(*, notification_ids: Iterable[int], now: datetime) -> int:
    """Give dead messages another three attempts and return how many there were."""
    revived = (
        Notification.objects.dead()
        .filter(pk__in=list(notification_ids))
        .update(dead_at=None, attempts=0, claimed_at=None, due_at=now)
    )
    if revived:
        ring("notifications")
    return revived


def forget_address(*, email: str) -> None:
    """Erase what was and what would be written to somebody without an account."""
    Notification.objects.filter(email=email).delete()


def forget_addresses(*, kind: str, before: datetime) -> None:
    """Erase the messages of a kind to people without an account that were written before an instant."""
    Notification.objects.filter(~Q(email=""), kind=kind, created_at__lt=before).delete()


def _addressee(recipient: User | Address) -> dict[str, Any]:
    if isinstance(recipient, Address):
        return {"email": recipient.email, "language": recipient.language}
    return {"recipient": recipient}


def _claim(now: datetime) -> Notification | None:
    """Take the most overdue message that nobody else is sending, count the attempt, and commit."""
    with transaction.atomic(durable=True):
        notification = (
            _free_at(now)
            .filter(attempts__lt=MAX_ATTEMPTS)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("recipient")
            .order_by("due_at", "pk")
            .first()
        )
        if notification is not None:
            notification.claimed_at = now
            notification.attempts += 1
            notification.save(update_fields=["claimed_at", "attempts"])
        return notification


def _bury(now: datetime) -> None:
    """Give up messages over which three workers have died: they would take the next one with them, too."""
    _free_at(now).filter(attempts__gte=MAX_ATTEMPTS).update(dead_at=now, last_error="WorkerLost")


def _free_at(now: datetime) -> NotificationQuerySet:
    void = Q(claimed_at__isnull=True) | Q(claimed_at__lte=claim_is_void_before(now))
    return Notification.objects.to_send().filter(void, due_at__lte=now)


def _deliver(notification: Notification, render: Render, now: datetime) -> bool:
    mine = Notification.objects.to_send().filter(pk=notification.pk, claimed_at=notification.claimed_at)
    try:
        _mail(notification, render, now).send()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one message must not stop the others
        # The class only: a message could carry personal data.
        _note_failure(mine, notification, type(error).__name__, now)
        return False
    mine.update(sent_at=now, last_error="")
    return True


def _note_failure(mine: NotificationQuerySet, notification: Notification, error: str, now: datetime) -> None:
    again = retry_at(attempts=notification.attempts, now=now)
    if again is None:
        mine.update(dead_at=now, claimed_at=None, last_error=error)
    else:
        mine.update(due_at=again, claimed_at=None, last_error=error)


def _mail(notification: Notification, render: Render, now: datetime) -> EmailMultiAlternatives:
    recipient = notification.recipient
    language = notification.language if recipient is None else recipient.language
    zone = settings.TIME_ZONE if recipient is None else recipient.time_zone
    with translation.override(language), timezone.override(ZoneInfo(zone)):
        message = render(notification)
    mail = EmailMultiAlternatives(
        subject=" ".join(message.subject.splitlines()),
        body=message.text,
        to=[notification.email if recipient is None else recipient.email],
        headers={"Message-ID": message_id(notification), "Date": format_datetime(now)},
    )
    mail.attach_alternative(message.html, "text/html")
    return mail


def message_id(notification: Notification) -> str:
    """The same for the same notification, however often it is sent."""
    return f"<notification-{notification.pk}@{urlsplit(settings.SITE_URL).hostname}>"
