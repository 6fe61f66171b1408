"""Running a sweep so that its last run can be seen."""

from collections.abc import Callable
from datetime import date, datetime

from django.utils import timezone

from mila.sweeps.models import SweepPeriod, SweepRun


def run_sweep(name: str, work: Callable[[datetime], int]) -> int:
    """Call `work(now)`, which returns the number of rows it dealt with, and note start, end and failure."""
    now = timezone.now()
    SweepRun.objects.update_or_create(
        name=name, defaults={"started_at": now}, create_defaults={"started_at": now}
    )
    try:
        done = work(now)
    except Exception as error:
        # The class only: a message could carry personal data.
        _finish(name, ok=False, done=0, error=type(error).__name__)
        raise
    _finish(name, ok=True, done=done, error="")
    return done


def _finish(name: str, *, ok: bool, done: int, error: str) -> None:
    SweepRun.objects.filter(name=name).update(finished_at=timezone.now(), ok=ok, done=done, error=error)


def claim_period(*, name: str, period: date, now: datetime) -> bool:
    """Whether this caller is the first to claim `name` for `period`; call it in the work's transaction."""
    _, created = SweepPeriod.objects.get_or_create(name=name, period=period, defaults={"claimed_at": now})
    return created
