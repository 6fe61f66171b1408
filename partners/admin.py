"""Cities, places, skills, and who waits for help where.

The page of a partner also shows what compliance knows: `compliance.admin`.
"""

from typing import ClassVar

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _l

from mila.lib.admin import EditableAdmin, ReadOnlyAdmin, column
from partners.models import City, CityInterest, Place, Skill


@admin.register(City)
class CityAdmin(EditableAdmin):
    """A new city comes with a migration, because its first policy and commission rate belong to it."""

    list_display = ("name", "canton", "languages", "speed_kmh", "detour_factor", "is_open")
    list_filter = ("is_open", "canton")
    search_fields = ("name", "slug")
    readonly_fields = ("slug", "canton", "latitude", "longitude", "time_zone")


@admin.register(Place)
class PlaceAdmin(EditableAdmin):
    list_display = ("postcode", "name", "canton", "city")
    list_filter = ("city", "canton")
    list_select_related = ("city",)
    search_fields = ("postcode__startswith", "search_name", "name")
    readonly_fields = ("postcode", "name", "search_name", "canton", "latitude", "longitude")


@admin.register(Skill)
class SkillAdmin(EditableAdmin):
    list_display = ("slug", "name_en", "name_fr", "name_de", "name_it")
    search_fields = ("slug", "name_en", "name_fr", "name_de", "name_it")

    def get_readonly_fields(self, request: HttpRequest, obj: Skill | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def has_add_permission(self, request: HttpRequest, obj: Skill | None = None) -> bool:
        return self.has_view_permission(request)


@admin.register(CityInterest)
class CityInterestAdmin(ReadOnlyAdmin):
    """Where help is missed: the filters count per city, canton and skill."""

    list_display = ("place", "city", "skill", "language", "created_at", "told_at")
    list_filter: ClassVar = (
        ("told_at", admin.EmptyFieldListFilter),
        "place__city",
        "place__canton",
        "skill",
        "language",
    )
    list_select_related = ("place__city", "skill")
    search_fields = ("email", "place__postcode__startswith", "place__search_name")
    show_facets = ShowFacets.ALWAYS
    ordering = ("-created_at", "-pk")

    @column(description=_l("city"), ordering="place__city")
    def city(self, interest: CityInterest) -> str:
        return "–" if interest.place.city is None else interest.place.city.name
