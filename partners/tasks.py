"""Work of partners that is due by the clock."""

from datetime import datetime

from celery import shared_task

from mila.sweeps.services import run_sweep
from partners.interest.services import forget_old_interests, tell_interested


@shared_task
def tell_whom_it_interests() -> int:
    """Tell those to whom somebody comes by now, and forget those who need not be told any more."""
    return run_sweep("interests", _tell_and_forget)


def _tell_and_forget(now: datetime) -> int:
    return tell_interested(now=now) + forget_old_interests(now=now)
