"""What two people settle and announce between acceptance and the end of a visit, and the plans of their days."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from orders.models import Extra, Job, TimeOption, TimeProposal
from orders.planning.marking import mark_changed_availabilities
from orders.planning.replanning import plan_due_days
from orders.visits import services as visits


class Visits:
    """Events of a player; each says whether there was anything to call a service about."""

    rng: Random
    now: datetime

    def _any(self, likely: Any, whatever: Any) -> Any:
        raise NotImplementedError

    def _with_job(self, job: Job | None, act: Any) -> bool | None:
        raise NotImplementedError

    def _job(self) -> Job | None:
        raise NotImplementedError

    def _confirm_time(self) -> bool | None:
        return self._with_job(self._job(), visits.confirm_time)

    def _set_off(self) -> bool | None:
        soon = self.now + timedelta(hours=2)
        near = Job.objects.filter(outcome=None, checked_in_at=None, slot__startswith__lte=soon)
        return self._with_job(self._any(near, Job.objects.all()), visits.set_off)

    def _report_late(self) -> bool | None:
        soon = self.now + timedelta(hours=2)
        near = Job.objects.filter(outcome=None, checked_in_at=None, slot__startswith__lte=soon)
        job = self._any(near, near)
        if job is None:
            return False
        expected = job.slot.lower + timedelta(minutes=self.rng.choice((10, 30, 60)))
        visits.report_late(job_id=job.pk, partner=job.partner, expected_at=expected, now=self.now)
        return None

    def _propose_times(self) -> bool | None:
        job = self._job()
        if job is None:
            return False
        zone = ZoneInfo(job.partner.city.time_zone)
        day = self.now.astimezone(zone).date()
        starts = {
            datetime.combine(
                day + timedelta(days=self.rng.randint(0, 3)),
                time(self.rng.randint(7, 20), self.rng.choice((0, 30))),
                zone,
            )
            for _number in range(self.rng.randint(1, 3))
        }
        visits.propose_times(job_id=job.pk, partner=job.partner, starts=starts, note="", now=self.now)
        return None

    def _accept_time(self) -> bool | None:
        offered = TimeOption.objects.filter(proposal__status="open")
        option = self._any(offered, TimeOption.objects.all())
        if option is None:
            return False
        client = option.proposal.job.order.client
        visits.accept_time(option_id=option.pk, client=client, now=self.now)
        return None

    def _decline_times(self) -> bool | None:
        proposal = self._any(TimeProposal.objects.filter(status="open"), TimeProposal.objects.all())
        if proposal is None:
            return False
        visits.decline_times(proposal_id=proposal.pk, client=proposal.job.order.client, now=self.now)
        return None

    def _propose_extra(self) -> bool | None:
        job = self._job()
        if job is None:
            return False
        visits.propose_extra(
            job_id=job.pk,
            partner=job.partner,
            text="A cable",
            price=Decimal(self.rng.randint(1, 4000)) / 20,
            submission_key=UUID(int=self.rng.getrandbits(128)),
            now=self.now,
        )
        return None

    def _approve_extra(self) -> bool | None:
        extra = self._any(Extra.objects.filter(status="open"), Extra.objects.all())
        if extra is None:
            return False
        visits.answer_extra(
            extra_id=extra.pk,
            client=extra.job.order.client,
            approve=self.rng.random() < 0.7,
            now=self.now,
        )
        return None

    def _plan_days(self) -> None:
        mark_changed_availabilities(now=self.now)
        plan_due_days(clock=lambda: self.now)
