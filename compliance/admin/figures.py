"""Stored figures: to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _l

from compliance.models import CityAssessment, Standing
from mila.lib.admin import ReadOnlyAdmin, percent_column


@admin.register(Standing)
class StandingAdmin(ReadOnlyAdmin):
    list_display = (
        "partner", "average_stars", "rated_in_window", "jobs_in_window", "rate", "accepted",
        "cancelled", "no_shows", "computed_at",
    )  # fmt: skip
    fields = (
        ("partner", "computed_at"),
        ("accepted", "cancelled", "no_shows", "rate"),
        ("jobs_in_window", "rated_in_window", "stars_in_window", "average_stars"),
    )
    readonly_fields = ("rate",)
    rate = percent_column("cancellation_rate", _l("cancellation rate"))
    list_filter = ("partner__city", "partner__status")
    list_select_related = ("partner",)
    search_fields = ("partner__reference", "partner__first_name", "partner__user__email")
    ordering = ("partner",)


@admin.register(CityAssessment)
class CityAssessmentAdmin(ReadOnlyAdmin):
    list_display = (
        "city",
        "as_of",
        "average",
        "partners_assessed",
        "partners_changed",
        "policy",
    )
    fields = (
        ("city", "as_of", "policy"),
        ("average", "star_mean"),
        ("partners_assessed", "partners_changed"),
    )
    readonly_fields = ("average",)
    average = percent_column("city_cancellation_average", _l("city's cancellation average"))
    list_filter = ("city", ("as_of", admin.DateFieldListFilter))
    list_select_related = ("city", "policy__city")
