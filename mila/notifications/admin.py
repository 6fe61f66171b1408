"""The outbox, with its dead letters, and the mailbox of the demo."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import escape, format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from mila.lib.admin import ReadOnlyAdmin, acting_now, column, toned
from mila.notifications import services
from mila.notifications.labels import KINDS
from mila.notifications.models import Mail, Notification

LABELS = {"sent": "success", "waiting": "info", "dead": "danger"}


class StateFilter(admin.SimpleListFilter):
    title = _l("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", _("waiting")), ("sent", _("sent")), ("dead", _("given up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        match self.value():
            case "waiting":
                return queryset.filter(sent_at__isnull=True, dead_at__isnull=True)
            case "sent":
                return queryset.filter(sent_at__isnull=False)
            case "dead":
                return queryset.filter(dead_at__isnull=False)
        return queryset


class KindFilter(admin.SimpleListFilter):
    title = _l("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, str(words)) for kind, words in KINDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = (
        "kind_shown",
        "addressee",
        "state",
        "created_at",
        "due_at",
        "sent_at",
        "attempts",
        "last_error",
    )
    list_filter = (StateFilter, KindFilter, "channel")
    list_select_related = ("recipient",)
    search_fields = ("recipient__email", "email", "key")
    ordering = ("-created_at", "-pk")
    actions = ("send_again",)

    @column(description=_l("kind"), ordering="kind")
    def kind_shown(self, notification: Notification) -> str:
        return str(KINDS.get(notification.kind, notification.kind))

    @column(description=_l("recipient"), ordering="recipient")
    def addressee(self, notification: Notification) -> str:
        return notification.email or str(notification.recipient)

    @column(description=_l("State"), label=LABELS)
    def state(self, notification: Notification) -> str:
        if notification.dead_at:
            return toned("dead", _("given up"))
        if notification.sent_at:
            return toned("sent", _("sent"))
        return toned("waiting", _("waiting"))

    @admin.action(description=_l("Try again what was given up"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        dead = list(queryset.dead())  # type: ignore[attr-defined]  # it is our queryset
        revived = services.retry(notification_ids=[each.pk for each in dead], now=acting_now())
        for notification in dead:
            self.log_change(request, notification, str(_l("Try again what was given up")))
        told = ngettext("%(number)s message is tried again.", "%(number)s messages are tried again.", revived)
        messages.success(request, told % {"number": revived})


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """Mails as they would have left the house. The HTML stands in a frame that may do nothing."""

    list_display = ("subject", "to", "sent_at")
    search_fields = ("to", "subject")
    list_filter = (("sent_at", admin.DateFieldListFilter),)
    fields = (("to", "sent_at"), "subject", "readable", "as_text", "message_id")
    readonly_fields: ClassVar[tuple[str, ...]] = ("readable", "as_text")

    @column(description=_l("Mail"))
    def readable(self, mail: Mail) -> SafeString | str:
        if not mail.html:
            return "–"
        return format_html(
            '<iframe sandbox="" srcdoc="{}" title="{}" class="w-full bg-white rounded-default" height="640"></iframe>',
            mail.html,
            mail.subject,
        )

    @column(description=_l("As text"))
    def as_text(self, mail: Mail) -> SafeString:
        linked = mark_safe(urlize(escape(mail.text), nofollow=True))  # noqa: S308 - escaped before
        return format_html('<div class="leading-relaxed" style="white-space: pre-wrap">{}</div>', linked)
