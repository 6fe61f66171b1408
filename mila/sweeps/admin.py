"""When the sweeps last ran; `/readyz` says the same for machines."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _l

from mila.lib.admin import ReadOnlyAdmin, column
from mila.sweeps.labels import SWEEP_NAMES
from mila.sweeps.models import SweepRun


@admin.register(SweepRun)
class SweepRunAdmin(ReadOnlyAdmin):
    list_display = ("sweep", "succeeded", "started_at", "finished_at", "done", "error")
    ordering = ("name",)

    @column(description=_l("sweep"), ordering="name")
    def sweep(self, run: SweepRun) -> str:
        return str(SWEEP_NAMES.get(run.name, run.name))

    @column(description=_l("succeeded"), boolean=True)
    def succeeded(self, run: SweepRun) -> bool:
        return run.ok
