"""The e-mail backend of the demo: mails land in a table that ops read in the admin."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import make_msgid, parsedate_to_datetime

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from mila.notifications.models import Mail


class MailboxBackend(BaseEmailBackend):
    """Keeps every mail once, by its Message-ID: a mail sent twice doubles nothing."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        rows = [_kept(message) for message in email_messages if message.recipients()]
        Mail.objects.bulk_create(rows, ignore_conflicts=True)
        return len(rows)


def _kept(message: EmailMessage) -> Mail:
    return Mail(
        message_id=str(message.extra_headers.get("Message-ID") or make_msgid(domain="localhost")),
        sent_at=_date_of(message),
        to=", ".join(message.recipients())[:254],
        subject=str(message.subject)[:300],
        text=str(message.body),
        html=_html_of(message),
    )


def _date_of(message: EmailMessage) -> datetime:
    """The mail's own date: in a simulated market it is not today's."""
    date = message.extra_headers.get("Date")
    return parsedate_to_datetime(str(date)) if date else timezone.now()


def _html_of(message: EmailMessage) -> str:
    if not isinstance(message, EmailMultiAlternatives):
        return ""
    return next((str(content) for content, mimetype in message.alternatives if mimetype == "text/html"), "")
