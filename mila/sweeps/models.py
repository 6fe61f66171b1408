"""When each periodic job last ran, and which periods are already done."""

from django.db import models


class SweepRun(models.Model):
    """The latest run of one sweep; `/readyz` shows its age."""

    name = models.CharField(max_length=60, primary_key=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    ok = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0, help_text="Rows that the run dealt with.")
    error = models.CharField(max_length=300, blank=True)

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
