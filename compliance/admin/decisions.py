"""Notices and sanctions with what they were based on; people withdraw and decide here (C12, C29, C30)."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.enums import ActionVariant

from compliance import services
from compliance.models import Grounds, Notice, Sanction
from compliance.models.decision import SanctionStatus
from compliance.policy import NoticeKind, Rule, SanctionKind
from mila.accounts.models import User
from mila.lib.admin import ReadOnlyAdmin, acting_now, column, decision, link_to, percent_column, toned
from mila.lib.templatetags.mila import percent, rating
from orders.models import Job

NOTICE_LABELS = {NoticeKind.ADVICE: "info", NoticeKind.WARNING: "warning", NoticeKind.FINAL_WARNING: "danger"}
SANCTION_LABELS = {
    SanctionStatus.PROPOSED: "warning",
    SanctionStatus.IN_FORCE: "danger",
    SanctionStatus.LIFTED: "success",
}
PROPOSED_FIRST = Case(When(status=SanctionStatus.PROPOSED, then=Value(0)), default=Value(1)).asc()
FIGURES = (
    ("figures_shown", "city_average", "limit_shown"),
    ("accepted", "cancelled", "no_shows", "rate"),
    ("jobs_in_window", "rated_in_window", "stars_in_window", "average_stars"),
    "jobs_shown",
)


class GroundsAdmin(ReadOnlyAdmin):
    """What notices and sanctions have in common."""

    list_select_related: tuple[str, ...] = ("partner__city", "policy__city")
    search_fields = ("partner__reference", "partner__first_name", "partner__user__email")
    readonly_fields: tuple[str, ...] = (
        "partner_link", "figures_shown", "jobs_shown", "rate", "city_average", "limit_shown"
    )  # fmt: skip
    rate = percent_column("cancellation_rate", _l("cancellation rate"))
    city_average = percent_column("city_cancellation_average", _l("city's cancellation average"))

    @column(description=_l("limit"))
    def limit_shown(self, grounds: Grounds) -> str:
        """Stars, a rate, or a number of no-shows, as the rule counts."""
        if grounds.limit is None or grounds.rule == Rule.CANCELLATION:
            return percent(grounds.limit)
        return rating(grounds.limit) if grounds.rule == Rule.RATING else f"{grounds.limit:.0f}"

    @column(description=_l("Partner"))
    def partner_link(self, grounds: Grounds) -> SafeString | str:
        return link_to(grounds.partner, f"{grounds.partner} ({grounds.partner.reference})")

    @column(description=_l("City"), ordering="partner__city")
    def city(self, grounds: Grounds) -> str:
        return grounds.partner.city.name

    @column(description=_l("Figures"))
    def figures_shown(self, grounds: Grounds) -> str:
        return f"{rating(grounds.average_stars)} ★ · {percent(grounds.cancellation_rate)}"

    @column(description=_l("Jobs counted"))
    def jobs_shown(self, grounds: Grounds) -> SafeString:
        jobs = Job.objects.filter(pk__in=grounds.job_ids).in_bulk()
        links = [(link_to(jobs[pk], f"#{pk}"),) for pk in grounds.job_ids if pk in jobs]
        listed = format_html_join(", ", "{}", links)
        return format_html(
            '<div class="max-h-40 overflow-y-auto leading-relaxed">{}: {}</div>', len(links), listed
        )


class WithdrawnFilter(admin.SimpleListFilter):
    title = _l("validity")
    parameter_name = "withdrawn"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", _("stands")), ("yes", _("withdrawn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        if self.value() is None:
            return queryset
        return queryset.filter(withdrawn_at__isnull=self.value() == "no")


def _what_withdrawing_does(notice: Notice) -> str:
    """A withdrawal does not touch the figures, and the rules look at them again."""
    instead = {
        Rule.RATING: _("A rating that should not count is ruled out on the page of the rating."),
        Rule.CANCELLATION: _("A cancellation that should not count is excused on the page of the job."),
        Rule.NO_SHOW: _("A no-show that should not count is excused on the page of the job."),
    }
    return " ".join(
        (
            _("From now on the notice no longer counts. It stays on record, and the partner is told."),
            _(
                "The figures stay as they are: if they still call for a notice, the next review issues one again."
            ),
            instead[Rule(notice.rule)],
        )
    )


@admin.register(Notice)
class NoticeAdmin(GroundsAdmin):
    list_display = ("kind_shown", "rule", "partner", "city", "figures_shown", "issued_at", "withdrawn_at")
    list_filter = ("kind", "rule", WithdrawnFilter, "partner__city", ("issued_at", admin.DateFieldListFilter))
    ordering = ("-issued_at", "-pk")
    fields = (
        ("partner_link", "kind_shown", "rule"),
        ("issued_at", "policy"),
        *FIGURES,
        ("withdrawn_at", "withdrawn_by", "withdrawn_reason"),
    )
    readonly_fields = (*GroundsAdmin.readonly_fields, "kind_shown")
    decisions = ("withdraw",)

    @column(description=_l("Kind"), label=NOTICE_LABELS, ordering="kind")
    def kind_shown(self, notice: Notice) -> str:
        return toned(notice.kind, notice.get_kind_display())

    @decision(
        description=_l("Withdraw"),
        consequence=_what_withdrawing_does,
        read_by=_l(
            "It becomes part of the record, and the partner reads it in an e-mail and on the page of the notice."
        ),
        done=_l("The notice is withdrawn."),
        obstacle=lambda notice, _actor: services.withdrawing_refusal(notice),
        variant=ActionVariant.DANGER,
    )
    def withdraw(self, actor: User, notice: Notice, reason: str) -> None:
        services.withdraw_notice(notice_id=notice.pk, actor=actor, reason=reason, now=acting_now())


def _what_approving_does(sanction: Sanction) -> str:
    if sanction.kind != SanctionKind.EXCLUSION:
        return _("The suspension comes into force at once: the partner gets no more offers and is told.")
    if sanction.decided_by_id is None:
        return _(
            "You are the first of two: nothing changes before a second member of staff has approved, too."
        )
    return _("You are the second of two: the partner is excluded at once and is told.")


def _who_reads_an_approval(sanction: Sanction) -> str:
    if sanction.kind != SanctionKind.EXCLUSION:
        return _(
            "It becomes part of the record, and the partner reads it in an e-mail and in the statement of reasons."
        )
    return _(
        "It becomes part of the record. When two have approved, the partner reads both reasons in an e-mail and in the "
        "statement of reasons."
    )


@admin.register(Sanction)
class SanctionAdmin(GroundsAdmin):
    """What waits for a decision comes first."""

    list_display = (
        "status_shown",
        "kind",
        "rule",
        "partner",
        "city",
        "figures_shown",
        "issued_at",
        "waits_for",
    )
    list_filter = ("status", "kind", "rule", "partner__city", ("issued_at", admin.DateFieldListFilter))
    list_select_related = (*GroundsAdmin.list_select_related, "decided_by")
    ordering = (PROPOSED_FIRST, "-issued_at", "-pk")
    fields = (
        ("partner_link", "kind", "rule", "status_shown"),
        ("issued_at", "policy", "suspends_access", "waits_for"),
        *FIGURES,
        ("imposed_by", "imposed_reason"),
        ("decided_at", "decided_by", "decided_reason"),
        ("confirmed_at", "confirmed_by", "confirmed_reason"),
        ("ended_at", "ended_by", "ended_reason"),
    )
    readonly_fields = (*GroundsAdmin.readonly_fields, "status_shown", "waits_for")
    decisions = ("approve", "decline")

    @column(description=_l("Status"), label=SANCTION_LABELS, ordering="status")
    def status_shown(self, sanction: Sanction) -> str:
        return toned(sanction.status, sanction.get_status_display())

    @column(description=_l("Waits for"))
    def waits_for(self, sanction: Sanction) -> str:
        if sanction.status != SanctionStatus.PROPOSED:
            return "–"
        if sanction.kind == SanctionKind.EXCLUSION and sanction.decided_by:
            return _("a second person beside %(name)s") % {"name": sanction.decided_by}
        return _("a decision")

    @decision(
        description=_l("Approve"),
        consequence=_what_approving_does,
        read_by=_who_reads_an_approval,
        done=_l("Your decision is recorded."),
        obstacle=services.approving_refusal,
        variant=ActionVariant.DANGER,
    )
    def approve(self, actor: User, sanction: Sanction, reason: str) -> None:
        services.decide_sanction(
            sanction_id=sanction.pk, actor=actor, approve=True, reason=reason, now=acting_now()
        )

    @decision(
        description=_l("Decline"),
        consequence=_l("The proposal is dismissed, and access comes back if nothing else holds it."),
        read_by=_l("It becomes part of the record, and the partner reads it in the statement of reasons."),
        done=_l("The proposal is dismissed."),
        obstacle=lambda sanction, _actor: services.declining_refusal(sanction),
    )
    def decline(self, actor: User, sanction: Sanction, reason: str) -> None:
        services.decide_sanction(
            sanction_id=sanction.pk, actor=actor, approve=False, reason=reason, now=acting_now()
        )
