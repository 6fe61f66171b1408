"""When each periodic job last ran, and which periods are already done."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SweepRun(models.Model):
    """The latest run of one sweep; `/readyz` shows its age."""

    name = models.CharField(max_length=60, primary_key=True, verbose_name=_("sweep"))
    started_at = models.DateTimeField(verbose_name=_("begun on"))
    finished_at = models.DateTimeField(null=True, verbose_name=_("finished on"))
    ok = models.BooleanField(default=False, verbose_name=_("succeeded"))
    done = models.PositiveIntegerField(
        default=0, help_text=_("Rows that the run dealt with."), verbose_name=_("rows dealt with")
    )
    error = models.CharField(max_length=300, blank=True, verbose_name=_("error"))

    class Meta:
        verbose_name = _("run of a sweep")
        verbose_name_plural = _("runs of sweeps")

    def __str__(self) -> str:
        return self.name


class SweepPeriod(models.Model):
    """Claimed by inserting: of two beats, one gets the period and the other does nothing."""

    name = models.CharField(max_length=60)
    period = models.DateField()
    claimed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "period"], name="one_run_of_a_sweep_per_period")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.period}"
