"""What is sold, and how orders are offered around."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _l

from mila.lib.admin import (
    EditableAdmin,
    column,
)
from orders.models import DispatchRule, Service


@admin.register(Service)
class ServiceAdmin(EditableAdmin):
    """A new price holds for new orders; the price of an order was fixed when it was booked."""

    list_display = ("name_en", "slug", "skill", "price", "duration_minutes", "is_active", "position")
    list_filter = ("is_active", "skill")
    list_select_related = ("skill",)
    search_fields = ("slug", "name_en", "name_fr", "name_de", "name_it")

    def get_readonly_fields(self, request: HttpRequest, obj: Service | None = None) -> tuple[str, ...]:
        return ("slug", "currency") if obj else ("currency",)

    def has_add_permission(self, request: HttpRequest, obj: Service | None = None) -> bool:
        return self.has_view_permission(request)


@admin.register(DispatchRule)
class DispatchRuleAdmin(EditableAdmin):
    """How orders are offered around; a change holds from the next wave on."""

    list_display = (
        "holds_for",
        "first_size",
        "first_radius_km",
        "urgent_search_minutes",
        "urgent_wave_minutes",
        "planned_search_minutes",
        "planned_wave_minutes",
    )
    list_select_related = ("city", "service")
    list_filter = ("city", "service")
    fieldsets = (
        (_l("Where it holds"), {"fields": (("city", "service"),)}),
        (
            _l("How many, how far"),
            {"fields": (("first_size", "size_growth"), ("first_radius_km", "radius_growth"))},
        ),
        (
            _l("How fast"),
            {
                "fields": (
                    ("urgent_search_minutes", "urgent_wave_minutes"),
                    ("planned_search_minutes", "planned_wave_minutes"),
                )
            },
        ),
    )

    @column(description=_l("Where it holds"))
    def holds_for(self, rule: DispatchRule) -> str:
        return str(rule)

    def get_readonly_fields(self, request: HttpRequest, obj: DispatchRule | None = None) -> tuple[str, ...]:
        return ("city", "service") if obj else ()

    def has_add_permission(self, request: HttpRequest, obj: DispatchRule | None = None) -> bool:
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: DispatchRule | None = None) -> bool:
        return self.has_view_permission(request)
