"""Cities, places, skills, applications to become a partner, and who waits for help where.

The page of a partner also shows what compliance knows: `compliance.admin`.
"""

from datetime import datetime
from typing import ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from mila.accounts.models import User
from mila.lib.admin import EditableAdmin, ReadOnlyAdmin, ReasonForm, acting_now, column, decision, toned
from partners.applying import services as applying
from partners.applying.policy import REST_AFTER_REFUSAL, ApplicationStatus
from partners.models import Application, City, CityInterest, Place, Skill
from partners.words import language_names, week_in_words

APPLICATION_TONES = {
    ApplicationStatus.SENT: "warning",
    ApplicationStatus.APPROVED: "success",
    ApplicationStatus.REFUSED: "danger",
}


@admin.register(City)
class CityAdmin(EditableAdmin):
    """A new city comes with a migration, because its first policy and commission rate belong to it."""

    list_display = ("name", "canton", "spoken", "speed_kmh", "detour_factor", "is_open")
    list_filter = ("is_open", "canton")
    search_fields = ("name", "slug")
    readonly_fields = ("slug", "canton", "latitude", "longitude", "time_zone")

    @column(description=_l("languages"))
    def spoken(self, city: City) -> str:
        return language_names(city.languages)


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


class RefusalForm(ReasonForm):
    """With the version that was read: what was taken back and sent anew meanwhile is to be read anew."""

    sent_at = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S.%f%z"], widget=forms.HiddenInput)


class WelcomeForm(RefusalForm):
    """To approve somebody needs no reason; a few words are welcome."""

    reason = forms.CharField(
        label=_l("A few words"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        max_length=2000,
        required=False,
    )


class ApplicationStatusFilter(admin.SimpleListFilter):
    """Without drafts, which are their authors' own."""

    title = _l("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        choices = Application._meta.get_field("status").flatchoices
        return [(str(value), str(words)) for value, words in choices if value != ApplicationStatus.DRAFT]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Application]) -> QuerySet[Application]:
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    """What was sent, and the two answers to it. The longest waiting stand first among those that wait."""

    list_display = ("first_name", "user", "city", "state", "sent_at", "decided_at", "decided_by")
    list_filter = (ApplicationStatusFilter, "home__city")
    list_select_related = ("user", "home__city", "decided_by")
    search_fields = ("user__email", "user__last_name", "first_name__istartswith")
    ordering = (F("decided_at").desc(nulls_first=True), "sent_at", "pk")
    fieldsets = (
        (None, {"fields": (("user", "state"), ("sent_at", "decided_at", "decided_by"), "reason")}),
        (_l("Profile"), {"fields": ("first_name", "spoken", "about", "skills_named")}),
        (
            _l("Hours and area"),
            {"fields": (("home", "city", "area"), "week", ("works_on_holidays", "buffer_minutes"))},
        ),
    )
    readonly_fields: ClassVar[tuple[str, ...]] = ("state", "city", "spoken", "skills_named", "area", "week")
    decisions = ("approve", "refuse")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        applications: QuerySet[Application] = super().get_queryset(request)
        return applications.exclude(status=ApplicationStatus.DRAFT)

    @column(description=_l("Status"), label=APPLICATION_TONES, ordering="status")
    def state(self, application: Application) -> str:
        return toned(application.status, application.get_status_display())

    @column(description=_l("City"), ordering="home__city")
    def city(self, application: Application) -> str:
        return str(application.home.city) if application.home else "–"

    @column(description=_l("languages"))
    def spoken(self, application: Application) -> str:
        return language_names(application.languages)

    @column(description=_l("skills"))
    def skills_named(self, application: Application) -> str:
        return ", ".join(sorted(skill.name for skill in application.skills.all()))

    @column(description=_l("Area"))
    def area(self, application: Application) -> str:
        return ", ".join(application.postcodes) or f"{application.radius_km} km"

    @column(description=_l("working hours"))
    def week(self, application: Application) -> SafeString | str:
        if application.week is None:
            return _("at any time")
        return format_html_join("", "<p>{}: {}</p>", week_in_words(application.week))

    @decision(
        description=_l("Approve"),
        consequence=_l(
            "The person becomes an active partner with these details, is found by clients and gets offers from now on."
        ),
        done=_l("The application is approved; the partner is active."),
        read_by=_l("The new partner reads them in the e-mail."),
        obstacle=applying.deciding_refusal,
        initial=lambda application: {"sent_at": application.sent_at.isoformat(timespec="microseconds")},
        variant=ActionVariant.PRIMARY,
        asks=WelcomeForm,
    )
    def approve(self, actor: User, application: Application, reason: str, sent_at: datetime) -> None:
        applying.approve_application(
            application_id=application.pk, actor=actor, reason=reason, sent_at=sent_at, now=acting_now()
        )

    @decision(
        description=_l("Refuse"),
        consequence=lambda _application: (
            _("The person is told why, and can apply again after %(days)s days.")
            % {"days": REST_AFTER_REFUSAL.days}
        ),
        done=_l("The application is refused."),
        read_by=_l("The person reads it in an e-mail and on the page of the application."),
        obstacle=applying.deciding_refusal,
        initial=lambda application: {"sent_at": application.sent_at.isoformat(timespec="microseconds")},
        variant=ActionVariant.DANGER,
        asks=RefusalForm,
    )
    def refuse(self, actor: User, application: Application, reason: str, sent_at: datetime) -> None:
        applying.refuse_application(
            application_id=application.pk, actor=actor, reason=reason, sent_at=sent_at, now=acting_now()
        )


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
