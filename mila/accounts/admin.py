"""People who can log in, and what staff have done. Rights follow from being staff: there are no groups to keep."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from mila.accounts.models import User
from mila.lib.admin import EditableAdmin, ReadOnlyAdmin, ReadOnlyInline, column, toned

for model in (Group, EmailAddress, Authenticator):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


ROLES = {"ops": "danger", "partner": "info", "client": "success"}


class EmailAddresses(ReadOnlyInline):
    model = EmailAddress
    fields = ("email", "verified", "primary")
    ordering = ("pk",)


@admin.register(User)
class UserAdmin(EditableAdmin):
    """Only a superuser says who is staff."""

    list_display = ("email", "name", "role", "language", "is_active", "joined_at", "last_login")
    list_filter = ("is_staff", "is_active", "language")
    list_select_related = ("partner",)
    search_fields = ("email", "first_name", "last_name", "phone")
    ordering = ("-joined_at", "-pk")
    inlines = (EmailAddresses,)
    fields = (
        ("email", "role"),
        ("first_name", "last_name", "phone"),
        ("language", "time_zone"),
        ("is_active", "is_staff", "is_superuser"),
        ("joined_at", "last_login"),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        always = ("email", "role", "time_zone", "joined_at", "last_login")
        if request.user.is_superuser:
            return always
        rights = ("is_staff", "is_superuser")
        return (*always, *rights, "is_active") if obj and obj.is_staff else (*always, *rights)

    @column(description=_l("Name"), ordering="last_name")
    def name(self, user: User) -> str:
        return user.get_full_name() or "–"

    @column(description=_l("Role"), label=ROLES)
    def role(self, user: User) -> str:
        if user.is_staff:
            return toned("ops", _("staff"))
        if user.is_partner:
            return toned("partner", _("partner"))
        return toned("client", _("client"))


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What members of staff have done in the admin."""

    list_display = ("action_time", "user", "content_type", "object_repr", "message")
    list_filter = ("content_type", ("action_time", admin.DateFieldListFilter))
    list_select_related = ("user", "content_type")
    search_fields = ("user__email", "object_repr", "change_message")
    fields = ("action_time", "user", "content_type", "object_repr", "message")
    readonly_fields = ("message",)

    @column(description=_l("What was done"))
    def message(self, entry: LogEntry) -> SafeString | str:
        return entry.get_change_message() or entry.get_action_flag_display()
