"""The demo's mailbox keeps every mail once."""

from datetime import UTC, datetime

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection, send_mail

from mila.notifications.models import Mail

BACKEND = "mila.notifications.mailbox.MailboxBackend"
pytestmark = pytest.mark.django_db


def message(message_id: str) -> EmailMultiAlternatives:
    headers = {"Message-ID": message_id, "Date": "Mon, 02 Mar 2026 09:00:00 +0000"}
    mail = EmailMultiAlternatives("Hello", "text", to=["a@example.org"], headers=headers)
    mail.attach_alternative("<p>html</p>", "text/html")
    return mail


def test_mail_is_kept_with_text_html_and_its_own_date() -> None:
    get_connection(BACKEND).send_messages([message("<1@mila>")])
    kept = Mail.objects.get()
    assert (kept.to, kept.subject, kept.text, kept.html) == ("a@example.org", "Hello", "text", "<p>html</p>")
    assert kept.sent_at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_same_message_id_is_one_mail() -> None:
    for _ in range(2):
        get_connection(BACKEND).send_messages([message("<1@mila>"), message("<2@mila>")])
    assert Mail.objects.count() == 2


def test_mail_without_an_id_is_kept_every_time() -> None:
    for _ in range(2):
        send_mail("Hello", "text", None, ["a@example.org"], connection=get_connection(BACKEND))
    assert Mail.objects.count() == 2
