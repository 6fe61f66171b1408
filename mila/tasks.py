"""Tasks that need several apps at once."""

from celery import shared_task

from mila.mails import render
from mila.notifications.services import send_due
from mila.sweeps.services import run_sweep


@shared_task(name="mila.tasks.send_notifications", ignore_result=True)
def send_notifications() -> int:
    """Send what is due in the outbox."""
    return run_sweep("notifications", lambda now: send_due(now=now, render=render))
