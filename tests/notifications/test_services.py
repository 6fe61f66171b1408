"""The outbox: written once, sent once, tried three times."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from mila.accounts.models import User
from mila.notifications import services
from mila.notifications.models import Notification

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("a@example.org", language="de")


def render(notification: Notification) -> services.Message:
    zone = timezone.get_current_timezone_name()
    return services.Message(f"{notification.kind}\n{get_language()}", f"text {zone}", "<p>html</p>")


def fail(notification: Notification) -> services.Message:
    raise ConnectionRefusedError("to secret@example.org")


def write(person: User | None, key: str = "k", now: datetime = NOW, **fields: datetime) -> None:
    services.notify(recipient=person, kind="hello", payload={"id": 1}, key=key, now=now, **fields)


def send(
    now: datetime = NOW, how: Callable[[Notification], services.Message] = render, limit: int = 9
) -> int:
    return services.send_due(now=now, render=how, limit=limit)


def test_same_key_is_one_message(person: User) -> None:
    write(person)
    write(person, now=NOW + timedelta(hours=1))
    assert Notification.objects.get().created_at == NOW


def test_nobody_to_tell_is_no_message() -> None:
    write(None)
    assert not Notification.objects.exists()


def test_writing_rings_the_bell_once_after_the_commit(
    person: User, bells: list[str], django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        write(person, "a")
        write(person, "b")
        assert bells == []
    assert bells == ["notifications"]


def test_message_of_a_rolled_back_transaction_does_not_exist(person: User) -> None:
    with transaction.atomic():
        write(person)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()


def test_mail_goes_out_once_in_the_language_and_zone_of_the_recipient(person: User) -> None:
    write(person)
    assert send() == 1
    assert send() == 0
    [sent] = mail.outbox
    assert sent.to == ["a@example.org"]
    assert sent.subject == "hello de"
    assert sent.body == "text Europe/Zurich"
    assert sent.alternatives[0].content == "<p>html</p>"  # type: ignore[attr-defined]
    row = Notification.objects.get()
    assert (row.sent_at is not None, row.attempts, row.last_error) == (True, 1, "")


def test_message_id_is_derived_from_the_notification(person: User) -> None:
    write(person)
    send()
    row = Notification.objects.get()
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<notification-{row.pk}@localhost>"
    assert mail.outbox[0].extra_headers["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"


def test_nothing_is_sent_before_it_is_due(person: User) -> None:
    write(person, due_at=NOW + timedelta(hours=1))
    assert send() == 0
    assert send(NOW + timedelta(hours=1)) == 1


def test_limit_bounds_one_run_and_the_most_overdue_comes_first(person: User) -> None:
    for number in (3, 1, 2):
        write(person, str(number), now=NOW + timedelta(minutes=number))
    assert send(NOW + timedelta(hours=1), limit=2) == 2
    assert Notification.objects.get(sent_at=None).key == "3"


def test_failure_is_tried_again_after_a_while_and_given_up_after_three(person: User) -> None:
    write(person)
    for attempt, later in ((1, 0), (2, 1), (3, 11)):
        moment = NOW + timedelta(minutes=later, seconds=30 * attempt)
        assert send(moment, fail) == 0
        assert send(moment, fail) == 0
        row = Notification.objects.get()
        assert (row.attempts, row.last_error) == (attempt, "ConnectionRefusedError")
        assert (row.dead_at is None) == (attempt < 3)
    assert send(NOW + timedelta(days=9)) == 0


def test_failure_of_one_does_not_keep_the_next(person: User) -> None:
    write(person, "a")
    write(person, "b", now=NOW + timedelta(seconds=1))

    def fail_first(notification: Notification) -> services.Message:
        return fail(notification) if notification.key == "a" else render(notification)

    assert send(NOW + timedelta(seconds=2), fail_first) == 1
    assert Notification.objects.get(sent_at=None).key == "a"


def test_dead_message_is_given_another_three_attempts(person: User) -> None:
    write(person)
    Notification.objects.update(dead_at=NOW, attempts=3)
    [pk] = Notification.objects.values_list("pk", flat=True)
    assert services.retry(notification_ids=[pk], now=NOW) == 1
    assert services.retry(notification_ids=[pk], now=NOW) == 0
    assert send() == 1


def test_message_of_a_dead_worker_is_sent_again_with_the_same_id(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(person)
    real = EmailMessage.send

    def send_and_die(message: EmailMessage, fail_silently: bool = False) -> int:
        real(message, fail_silently)
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", send_and_die)
        with pytest.raises(SystemExit):
            send()
    assert Notification.objects.get().sent_at is None
    assert send(NOW + timedelta(seconds=59)) == 0
    assert send(NOW + timedelta(seconds=61)) == 1
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_message_that_kills_its_worker_is_buried_after_three_attempts(person: User) -> None:
    write(person)

    def die(notification: Notification) -> services.Message:
        raise SystemExit

    for attempt in range(3):
        with pytest.raises(SystemExit):
            send(NOW + timedelta(minutes=2 * attempt), die)
    assert send(NOW + timedelta(hours=1), die) == 0
    row = Notification.objects.get()
    assert (row.dead_at is not None, row.last_error) == (True, "WorkerLost")
