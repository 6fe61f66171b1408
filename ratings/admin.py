"""Ratings as ops see them; one that should not count is ruled out, with a reason."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.enums import ActionVariant

from mila.accounts.models import User
from mila.lib.admin import ReadOnlyAdmin, acting_now, column, decision, link_to, toned
from ratings import services
from ratings.models import Rating

LABELS = {"published": "success", "hidden": "info", "ruled_out": "danger"}


class StateFilter(admin.SimpleListFilter):
    title = _l("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("hidden", _("hidden")), ("published", _("published")), ("ruled_out", _("ruled out"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Rating]) -> QuerySet[Rating]:
        match self.value():
            case "hidden":
                return queryset.filter(published_at__isnull=True)
            case "published":
                return queryset.filter(published_at__isnull=False, ruled_out_at__isnull=True)
            case "ruled_out":
                return queryset.filter(ruled_out_at__isnull=False)
        return queryset


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = (
        "stars",
        "side",
        "state",
        "about",
        "author",
        "comment_begins",
        "submitted_at",
        "published_at",
    )
    list_filter = (StateFilter, "side", "stars", "job__partner__city")
    list_select_related = ("job__partner", "job__order", "author")
    search_fields = ("job__order__reference", "job__partner__reference", "author__email", "comment")
    ordering = ("-submitted_at", "-pk")
    fields = (
        ("stars", "side", "state"),
        ("job_link", "partner_link", "order_link"),
        ("author", "submitted_at", "reveal_due_at", "published_at"),
        "comment",
        ("reply", "replied_at"),
        ("ruled_out_at", "ruled_out_by", "ruled_out_reason"),
    )
    readonly_fields = ("state", "job_link", "partner_link", "order_link")
    decisions = ("rule_out",)

    @column(description=_l("State"), label=LABELS)
    def state(self, rating: Rating) -> str:
        if rating.ruled_out_at:
            return toned("ruled_out", _("ruled out"))
        if rating.published_at:
            return toned("published", _("published"))
        return toned("hidden", _("hidden"))

    @column(description=_l("Partner"))
    def about(self, rating: Rating) -> str:
        return str(rating.job.partner)

    @column(description=_l("Comment"))
    def comment_begins(self, rating: Rating) -> str:
        return rating.comment[:60]

    @column(description=_l("Job"))
    def job_link(self, rating: Rating) -> SafeString | str:
        return link_to(rating.job)

    @column(description=_l("Partner"))
    def partner_link(self, rating: Rating) -> SafeString | str:
        return link_to(rating.job.partner)

    @column(description=_l("Order"))
    def order_link(self, rating: Rating) -> SafeString | str:
        return link_to(rating.job.order)

    @decision(
        description=_l("Rule out"),
        consequence=_l(
            "The rating is no longer counted or shown; the partner is assessed again. It stays on record."
        ),
        done=_l("The rating is ruled out."),
        read_by=_l(
            "It becomes part of the record. The client and the partner read it beside the rating, on their pages of "
            "the visit."
        ),
        obstacle=lambda rating, _actor: services.ruling_out_refusal(rating),
        variant=ActionVariant.DANGER,
    )
    def rule_out(self, actor: User, rating: Rating, reason: str) -> None:
        services.rule_out_rating(rating_id=rating.pk, actor=actor, reason=reason, now=acting_now())
