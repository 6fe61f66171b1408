"""Jobs, with two decisions about them, and the queue of hand-overs."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.enums import ActionVariant

from mila.accounts.models import User
from mila.lib.admin import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    StepsInline,
    acting_now,
    column,
    decision,
    link_to,
    toned,
)
from orders import services
from orders.dispatch.policy import can_search_again
from orders.labels import HAND_OVER_STATES, JOB_STATES
from orders.models import Extra, HandOver, Job, JobTransition, VisitMove
from orders.models.job import WITHOUT_CONTACT
from orders.policy import NO_SHOW_AFTER_START, HandOverStatus, JobState

HAND_OVER_LABELS = {
    HandOverStatus.OPEN: "warning",
    HandOverStatus.NOT_FOUND: "danger",
    HandOverStatus.REPLACED: "success",
    HandOverStatus.SETTLED: "info",
}
JOB_LABELS = {
    JobState.ACCEPTED: "info",
    JobState.CHECKED_IN: "info",
    JobState.COMPLETED: "success",
    JobState.CANCELLED: "danger",
    JobState.NO_SHOW: "danger",
}


class HandOversOfJob(ReadOnlyInline):
    model = HandOver
    fk_name = "job"
    fields = ("asked_at", "reason", "status", "ended_at", "replacement", "note")
    ordering = ("-asked_at",)
    show_change_link = True
    tab = False


class JobHistory(StepsInline):
    model = JobTransition
    labels = JOB_STATES
    tab = False


class ExtrasOfJob(ReadOnlyInline):
    model = Extra
    fields = ("text", "price", "currency", "status", "proposed_at", "answered_at")
    ordering = ("pk",)
    tab = False


class MovesOfJob(ReadOnlyInline):
    model = VisitMove
    fields = ("old_slot", "new_slot", "actor", "moved_at")
    ordering = ("pk",)
    tab = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[VisitMove]:
        moves: QuerySet[VisitMove] = super().get_queryset(request)
        return moves.select_related("actor")


class AttentionFilter(admin.SimpleListFilter):
    """Jobs that began without a check-in, perhaps a no-show; partners who have not said a word to their client."""

    title = _l("attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("overdue", _("Begun without check-in")),
            ("no_contact", _("First contact overdue")),
            ("running", _("Without outcome")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if self.value() == "overdue":
            return queryset.filter(
                outcome__isnull=True,
                checked_in_at__isnull=True,
                slot__startswith__lte=now() - NO_SHOW_AFTER_START,
            )
        if self.value() == "no_contact":
            return queryset.filter(WITHOUT_CONTACT)
        return queryset.filter(outcome__isnull=True) if self.value() == "running" else queryset


def _what_excusing_does(job: Job) -> str:
    """A visit still to come, or under way, changes hands; an outcome of the past only stops counting."""
    if job.outcome or job.order is None:
        return _("From now on the job counts as excused, not against the partner. What was recorded stays.")
    if can_search_again(arrives_until=job.order.arrives_until, now=acting_now()):
        return _(
            "This visit is taken from the partner: it leaves the partner's calendar and does not count against the "
            "partner. The order goes back to the search for somebody else. Partner and client are told by e-mail."
        )
    return _(
        "This visit is taken from the partner and does not count against the partner. It is too late to find somebody "
        "else: the order ends. Partner and client are told by e-mail."
    )


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "state_shown",
        "partner",
        "order",
        "begins",
        "accepted_at",
        "contact",
        "outcome_at",
        "client_stars",
    )
    list_filter = (AttentionFilter, "outcome", "partner__city", "client_stars")
    list_select_related = ("partner", "order")
    search_fields = (
        "order__reference",
        "order__postcode",
        "order__client__email",
        "partner__reference",
        "=import_reference",
    )
    search_help_text = _l(
        "Reference or postcode of the order, e-mail of the client, reference of the partner."
    )
    ordering = ("-pk",)
    inlines: ClassVar[list[type[ReadOnlyInline]]] = [HandOversOfJob, ExtrasOfJob, MovesOfJob, JobHistory]
    fields = (
        ("partner_link", "order_link", "client"),
        ("state_shown", "begins", "accepted_at"),
        ("contact_due_at", "contact_overdue_at", "first_contact_at", "time_confirmed_at"),
        ("expected_at", "on_the_way_at"),
        ("checked_in_at", "outcome", "outcome_at", "excused_at"),
        ("client_stars", "stars_published_at", "stars_ruled_out_at"),
        "import_reference",
    )
    readonly_fields = ("partner_link", "order_link", "client", "state_shown", "begins")
    decisions = ("confirm_no_show", "excuse")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        jobs: QuerySet[Job] = super().get_queryset(request)
        return jobs.select_related("partner", "order__client")

    @column(description=_l("State"), label=JOB_LABELS, ordering="outcome")
    def state_shown(self, job: Job) -> str:
        return toned(job.state, JOB_STATES[job.state])

    @column(description=_l("Begins"), ordering="slot")
    def begins(self, job: Job) -> str:
        return date_format(localtime(job.starts_at), "DATETIME_FORMAT") if job.starts_at else "–"

    @column(description=_l("First contact"), label={"overdue": "danger", "made": "success"})
    def contact(self, job: Job) -> str:
        if job.lacks_contact:
            return toned("overdue", _l("overdue"))
        return toned("made", _l("made")) if job.first_contact_at else "–"

    @column(description=_l("Partner"))
    def partner_link(self, job: Job) -> SafeString | str:
        return link_to(job.partner)

    @column(description=_l("Order"))
    def order_link(self, job: Job) -> SafeString | str:
        return link_to(job.order)

    @column(description=_l("Client"))
    def client(self, job: Job) -> User | str:
        return job.order.client if job.order else "–"

    @decision(
        description=_l("Confirm no-show"),
        consequence=_l("The job counts as a no-show, the order ends, and the partner is assessed again."),
        done=_l("The no-show is confirmed."),
        read_by=_l("It becomes part of the record, and the partner reads it on the page of the job."),
        obstacle=lambda job, _actor: services.no_show_refusal(job, acting_now()),
        variant=ActionVariant.DANGER,
    )
    def confirm_no_show(self, actor: User, job: Job, reason: str) -> None:
        services.confirm_no_show(job_id=job.pk, actor=actor, reason=reason, now=acting_now())

    @decision(
        description=_l("Excuse"),
        consequence=_what_excusing_does,
        read_by=_l(
            "It becomes part of the record, and the partner reads it in an e-mail and on the page of the job."
        ),
        done=_l("The job is excused."),
        obstacle=lambda job, _actor: services.excuse_refusal(job),
    )
    def excuse(self, actor: User, job: Job, reason: str) -> None:
        services.excuse_job(job_id=job.pk, actor=actor, reason=reason, now=acting_now())


class QueueFilter(admin.SimpleListFilter):
    title = _l("what to do")
    parameter_name = "queue"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _l("in the queue"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[HandOver]) -> QuerySet[HandOver]:
        if self.value() != "waiting":
            return queryset
        return queryset.filter(status__in=(HandOverStatus.OPEN, HandOverStatus.NOT_FOUND))


@admin.register(HandOver)
class HandOverAdmin(ReadOnlyAdmin):
    """The queue of visits whose partner needs help; the next visit first."""

    # The first column leads to the hand-over: no link of its own.
    list_display = ("begins", "state", "job_link", "partner", "order", "asked_at", "short_reason")
    list_filter = (QueueFilter, "status", "job__partner__city")
    list_select_related = ("job__partner", "job__order", "replacement__partner")
    search_fields = ("job__order__reference", "job__partner__reference__istartswith")
    ordering = ("job__slot", "pk")
    fieldsets = (
        (None, {"fields": (("job_link", "partner", "order"), ("state", "begins"), "reason")}),
        (
            _l("How it ended"),
            {"fields": (("ended_at", "ended_by", "taken_over_by"), "note", ("asked_at", "asked_by"))},
        ),
    )
    readonly_fields = ("job_link", "partner", "order", "state", "begins", "taken_over_by")
    decisions = ("settle",)

    @column(description=_l("State"), label=HAND_OVER_LABELS, ordering="status")
    def state(self, asked: HandOver) -> str:
        return toned(asked.status, HAND_OVER_STATES[asked.status])

    @column(description=_l("Job"))
    def job_link(self, asked: HandOver) -> SafeString | str:
        return link_to(asked.job)

    @column(description=_l("Begins"), ordering="job__slot")
    def begins(self, asked: HandOver) -> str:
        return date_format(localtime(asked.job.starts_at), "DATETIME_FORMAT") if asked.job.starts_at else "–"

    @column(description=_l("Partner"))
    def partner(self, asked: HandOver) -> SafeString | str:
        return link_to(asked.job.partner)

    @column(description=_l("Order"))
    def order(self, asked: HandOver) -> SafeString | str:
        return link_to(asked.job.order)

    @column(description=_l("taken over by"))
    def taken_over_by(self, asked: HandOver) -> SafeString | str:
        return link_to(asked.replacement.partner if asked.replacement else None)

    @column(description=_l("Reason"))
    def short_reason(self, asked: HandOver) -> str:
        return Truncator(asked.reason).chars(60)

    @decision(
        description=_l("Settle"),
        consequence=_l(
            "The hand-over leaves the queue; nobody is asked any more to take over. The job stays as it is."
        ),
        done=_l("The hand-over is settled."),
        read_by=_l("How it was settled; it stays in the record."),
        obstacle=lambda asked, _actor: (
            None
            if asked.ended_at is None or asked.status == HandOverStatus.NOT_FOUND
            else services.HandOverSettled()
        ),
    )
    def settle(self, actor: User, asked: HandOver, reason: str) -> None:
        services.settle_hand_over(hand_over_id=asked.pk, actor=actor, note=reason, now=acting_now())
