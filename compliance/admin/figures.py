"""Stored figures: to look at."""

from django.contrib import admin

from compliance.models import CityAssessment, Standing
from mila.lib.admin import ReadOnlyAdmin


@admin.register(Standing)
class StandingAdmin(ReadOnlyAdmin):
    list_display = (
        "partner", "average_stars", "rated_in_window", "jobs_in_window", "cancellation_rate", "accepted",
        "cancelled", "no_shows", "computed_at",
    )  # fmt: skip
    list_filter = ("partner__city", "partner__status")
    list_select_related = ("partner",)
    search_fields = ("partner__reference", "partner__first_name", "partner__user__email")
    ordering = ("partner",)


@admin.register(CityAssessment)
class CityAssessmentAdmin(ReadOnlyAdmin):
    list_display = (
        "city",
        "as_of",
        "city_cancellation_average",
        "partners_assessed",
        "partners_changed",
        "policy",
    )
    list_filter = ("city", ("as_of", admin.DateFieldListFilter))
    list_select_related = ("city", "policy__city")
