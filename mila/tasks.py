"""Tasks that need several apps at once."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from mila.mails import render
from mila.notifications.services import send_due
from mila.sweeps.services import run_sweep


@shared_task(name="mila.tasks.send_notifications", ignore_result=True)
def send_notifications() -> int:
    """Send what is due in the outbox."""
    return run_sweep("notifications", lambda now: send_due(now=now, render=render))


@shared_task(name="mila.tasks.forget_old_sessions", ignore_result=True)
def forget_old_sessions() -> int:
    """Delete the sessions that have expired, with whatever visitors had typed and not sent (`mila.unsent`)."""
    return run_sweep("sessions", lambda _now: _delete_expired())


def _delete_expired() -> int:
    SessionStore.clear_expired()
    return 0
