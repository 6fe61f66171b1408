"""The Celery app: which task answers which doorbell, and the static schedule that sweeps for the same work."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import before_task_publish, setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu import Connection, pools
from kombu.exceptions import KombuError
from kombu.utils import uuid
from redis.exceptions import RedisError

from mila.lib import doorbell

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mila.settings")

HOUR = 3600


@dataclass(frozen=True)
class Sweep:
    """A periodic task. `late_after` is the age in seconds of its last run from which `/readyz` complains."""

    task: str
    schedule: float | crontab
    late_after: int
    # Nobody gains from an old sweep message when the next one is due.
    expires: int


def every(seconds: int, task: str) -> Sweep:
    return Sweep(task=task, schedule=float(seconds), late_after=3 * seconds + 60, expires=2 * seconds)


# Doorbells have the names of their sweeps. The nightly run is offered several times and claims its day once.
SWEEPS = {
    "review": every(10, "compliance.tasks.review_due_partners"),
    "notifications": every(5, "mila.tasks.send_notifications"),
    "postings": every(30, "billing.tasks.post_completed_jobs"),
    "publication": every(60, "ratings.tasks.publish_due"),
    "offers": every(10, "orders.tasks.expire_due"),
    "contacts": every(60, "orders.tasks.note_contacts"),
    "plans": every(30, "orders.tasks.plan_days"),
    "interests": every(300, "partners.tasks.tell_whom_it_interests"),
    "drafts": every(600, "orders.tasks.forget_old_drafts"),
    "sessions": every(HOUR, "mila.tasks.forget_old_sessions"),
    "nightly": Sweep(
        task="compliance.tasks.nightly",
        schedule=crontab(hour="1-4", minute="15"),
        late_after=26 * HOUR,
        expires=HOUR // 2,
    ),
}
BELLS = {name: sweep.task for name, sweep in SWEEPS.items() if name != "nightly"}

app = Celery("mila")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    name: {"task": sweep.task, "schedule": sweep.schedule, "options": {"expires": sweep.expires}}
    for name, sweep in SWEEPS.items()
}
QUEUE = app.conf.task_default_queue
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """Being connected is enough: Celery then leaves the logging that the settings made."""


def send_bell(name: str) -> None:
    """Send the bell's task with short timeouts and no second try.

    The message is that of `app.send_task` (a test compares them) which goes through all settings to make anew what is
    the same each time. It belongs to no other task, whoever rings.
    """
    number, message = uuid(), _message_of(name)
    until = (datetime.now(UTC) + timedelta(seconds=HOUR)).isoformat()
    headers = message.headers | {"id": number, "root_id": number, "expires": until}
    before_task_publish.send(sender=BELLS[name], body=message.body, headers=headers, routing_key=QUEUE)
    with pools.producers[_bell_wire()].acquire(block=True, timeout=BELL_SECONDS) as producer:
        producer.publish(
            message.body,
            routing_key=QUEUE,
            correlation_id=number,
            headers=headers,
            expiration=HOUR,
            serializer="json",
            retry=False,
        )


@cache
def _message_of(name: str) -> Any:
    # Of results the task itself says what becomes of them; `send_task` passes the same.
    results: Any = None
    return app.amqp.as_task_v2("", BELLS[name], ignore_result=results)


BELL_SECONDS = 0.3


def _bell_wire() -> Connection:
    return Connection(
        app.conf.broker_url,
        connect_timeout=BELL_SECONDS,
        transport_options={
            "socket_timeout": BELL_SECONDS,
            "socket_connect_timeout": BELL_SECONDS,
            "max_retries": 0,
        },
    )


doorbell.answer_with(send_bell, names=BELLS, failures=(OSError, KombuError, RedisError))
