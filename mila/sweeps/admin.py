"""When the sweeps last ran; `/readyz` says the same for machines."""

from django.contrib import admin

from mila.lib.admin import ReadOnlyAdmin, column
from mila.sweeps.models import SweepRun


@admin.register(SweepRun)
class SweepRunAdmin(ReadOnlyAdmin):
    list_display = ("name", "succeeded", "started_at", "finished_at", "done", "error")
    ordering = ("name",)

    @column(description="ok", boolean=True)
    def succeeded(self, run: SweepRun) -> bool:
        return run.ok
