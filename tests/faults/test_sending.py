"""A worker is killed (-9) while it sends: nothing is lost, nothing arrives twice."""

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils.timezone import now

from mila.accounts.models import User
from mila.notifications.models import Mail, Notification
from mila.notifications.services import Message, notify, send_due

pytestmark = pytest.mark.django_db(transaction=True)

# A worker that says where it is and then stays there until it is killed.
WORKER = """
import sys, time
import django
django.setup()
from django.utils.timezone import now
from mila.notifications import mailbox, services

def linger():
    print("here", flush=True)
    time.sleep(600)

class Backend(mailbox.MailboxBackend):
    def send_messages(self, messages):
        if "{moment}" == "before":
            linger()
        super().send_messages(messages)
        linger()

mailbox.MailboxBackend = Backend
render = lambda notification: services.Message("Hello", "text", "<p>html</p>")
services.send_due(now=now(), render=render)
"""


def render(notification: Notification) -> Message:
    return Message("Hello", "text", "<p>html</p>")


@pytest.fixture
def killed_at(process_environment: dict[str, str]) -> Callable[[str], None]:
    """Run a worker until it is before or after handing the mail over, and kill it there."""

    def kill(moment: str) -> None:
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER.replace("{moment}", moment)],
            env=process_environment | {"EMAIL_URL": ""},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdout is not None
        assert worker.stdout.readline() == "here\n"
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=30)

    return kill


@pytest.mark.parametrize(("moment", "kept"), [("before", 0), ("after", 1)])
def test_mail_of_a_killed_worker_arrives_once(
    killed_at: Callable[[str], None], settings: LazySettings, moment: str, kept: int
) -> None:
    settings.EMAIL_BACKEND = "mila.notifications.mailbox.MailboxBackend"
    person = User.objects.create_user("a@example.org")
    notify(recipient=person, kind="hello", payload={}, key="k", now=now() - timedelta(seconds=1))
    killed_at(moment)
    assert Mail.objects.count() == kept
    assert Notification.objects.get().sent_at is None
    assert send_due(now=now(), render=render) == 0, "another worker waits until the claim is void"
    assert send_due(now=now() + timedelta(seconds=61), render=render) == 1
    assert Mail.objects.count() == 1
    row = Notification.objects.get()
    assert (row.attempts, row.sent_at is not None) == (2, True)
