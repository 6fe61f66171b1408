"""Tasks of the books."""

from celery import shared_task

from billing.services import post_completed
from mila.sweeps.services import run_sweep


@shared_task(name="billing.tasks.post_completed_jobs", ignore_result=True)
def post_completed_jobs() -> int:
    """Post what has been completed since."""
    return run_sweep("postings", lambda now: post_completed(now=now))
