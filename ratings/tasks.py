"""The sweep that ends the 14 days of blindness."""

from celery import shared_task

from mila.sweeps.services import run_sweep
from ratings import services


@shared_task(ignore_result=True)
def publish_due() -> int:
    """Publish the ratings whose 14 days are over."""
    return run_sweep("publication", lambda now: services.publish_due(now=now))
