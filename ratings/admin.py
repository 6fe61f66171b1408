"""Ratings as ops see them: one that should not count is ruled out, a comment against the rules is hidden."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.enums import ActionVariant

from mila.accounts.models import User
from mila.lib.admin import ReadOnlyAdmin, acting_now, column, decision, link_to, toned
from ratings import services
from ratings.labels import FLAG_DECISIONS, FLAG_REASONS
from ratings.models import Rating, RatingFlag
from ratings.policy import FlagDecision

LABELS = {"published": "success", "hidden": "info", "ruled_out": "danger"}
FLAG_LABELS = {"open": "warning", "keep": "success", "hide": "danger"}


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
        "hidden_by",
    )
    readonly_fields = ("state", "job_link", "partner_link", "order_link", "hidden_by")
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

    @column(description=_l("Comment hidden by report"))
    def hidden_by(self, rating: Rating) -> SafeString | str:
        return link_to(rating.hiding_flag)

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


class DecisionFilter(admin.SimpleListFilter):
    title = _l("decision")
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("to decide")), *FLAG_DECISIONS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RatingFlag]) -> QuerySet[RatingFlag]:
        match self.value():
            case "open":
                return queryset.filter(decided_at__isnull=True)
            case FlagDecision.KEEP | FlagDecision.HIDE as decided:
                return queryset.filter(decision=decided)
        return queryset


@admin.register(RatingFlag)
class RatingFlagAdmin(ReadOnlyAdmin):
    """Comments reported as against the rules, the longest waiting first."""

    list_display = ("state", "why", "comment_begins", "stars", "side", "partner_link", "flagged_at")
    list_filter = (DecisionFilter, "reason", "rating__side", "rating__job__partner__city")
    list_select_related = ("rating__job__partner",)
    search_fields = (
        "rating__job__order__reference",
        "rating__job__partner__reference",
        "rating__comment",
        "words",
    )
    ordering = (F("decided_at").desc(nulls_first=True), "flagged_at", "pk")
    fields = (
        ("state", "why", "flagged_at", "flagged_by"),
        "words",
        ("stars", "side", "rating_link"),
        "comment",
        ("partner_link", "order_link"),
        ("decided_at", "decided_by", "decided_reason"),
    )
    readonly_fields = (
        "state",
        "why",
        "stars",
        "side",
        "rating_link",
        "comment",
        "partner_link",
        "order_link",
    )
    decisions = ("keep_comment", "hide_comment")

    @column(description=_l("State"), label=FLAG_LABELS)
    def state(self, flag: RatingFlag) -> str:
        if flag.decided_at is None:
            return toned("open", _("to decide"))
        return toned(flag.decision, FLAG_DECISIONS[flag.decision])

    @column(description=_l("What is said to be wrong"), ordering="reason")
    def why(self, flag: RatingFlag) -> str:
        return str(FLAG_REASONS[flag.reason])

    @column(description=_l("Stars"))
    def stars(self, flag: RatingFlag) -> int:
        return flag.rating.stars

    @column(description=_l("written by"))
    def side(self, flag: RatingFlag) -> str:
        return str(flag.rating.get_side_display())

    @column(description=_l("Comment"))
    def comment(self, flag: RatingFlag) -> str:
        return flag.rating.comment

    @column(description=_l("Comment"))
    def comment_begins(self, flag: RatingFlag) -> str:
        return flag.rating.comment[:60]

    @column(description=_l("Rating"))
    def rating_link(self, flag: RatingFlag) -> SafeString | str:
        return link_to(flag.rating)

    @column(description=_l("Partner"))
    def partner_link(self, flag: RatingFlag) -> SafeString | str:
        return link_to(flag.rating.job.partner)

    @column(description=_l("Order"))
    def order_link(self, flag: RatingFlag) -> SafeString | str:
        return link_to(flag.rating.job.order)

    @decision(
        description=_l("Keep the comment"),
        consequence=_l("The comment stays where it is. Both sides are told, with the reason."),
        done=_l("The comment stays."),
        read_by=_l("It becomes part of the record. Both sides read it in an e-mail and on their pages."),
        obstacle=services.decision_refusal,
    )
    def keep_comment(self, actor: User, flag: RatingFlag, reason: str) -> None:
        self._decide(actor, flag, FlagDecision.KEEP, reason)

    @decision(
        description=_l("Hide the comment"),
        consequence=_l(
            "Nobody but its author reads the comment any more. The stars stay and count as before. Both sides are "
            "told, with the reason."
        ),
        done=_l("The comment is hidden."),
        read_by=_l("It becomes part of the record. Both sides read it in an e-mail and on their pages."),
        obstacle=services.decision_refusal,
        variant=ActionVariant.DANGER,
    )
    def hide_comment(self, actor: User, flag: RatingFlag, reason: str) -> None:
        self._decide(actor, flag, FlagDecision.HIDE, reason)

    def _decide(self, actor: User, flag: RatingFlag, decided: FlagDecision, reason: str) -> None:
        services.decide_flag(flag_id=flag.pk, actor=actor, decision=decided, reason=reason, now=acting_now())
