"""Services, orders and jobs as ops see them: everything to look at, two decisions about a job."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.enums import ActionVariant

from mila.accounts.models import User
from mila.lib.admin import (
    EditableAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    StepsInline,
    acting_now,
    column,
    decision,
    link_to,
    toned,
)
from mila.lib.templatetags.mila import money
from orders import services
from orders.labels import JOB_STATES, ORDER_STATES
from orders.models import Job, JobTransition, Offer, Order, OrderTransition, Service
from orders.planning.admin import DayProposalAdmin, RoutePlanAdmin
from orders.policy import NO_SHOW_AFTER_START, JobState, OrderStatus, can_search_again

__all__ = ["DayProposalAdmin", "JobAdmin", "OrderAdmin", "RoutePlanAdmin", "ServiceAdmin"]

ORDER_LABELS = {
    OrderStatus.SEARCHING: "warning",
    OrderStatus.CONFIRMED: "info",
    OrderStatus.IN_PROGRESS: "info",
    OrderStatus.COMPLETED: "success",
    OrderStatus.FAILED: "danger",
}
JOB_LABELS = {
    JobState.ACCEPTED: "info",
    JobState.CHECKED_IN: "info",
    JobState.COMPLETED: "success",
    JobState.CANCELLED: "danger",
    JobState.NO_SHOW: "danger",
}


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


class JobsOfOrder(ReadOnlyInline):
    model = Job
    fields = (
        "partner",
        "accepted_at",
        "checked_in_at",
        "outcome",
        "outcome_at",
        "excused_at",
        "client_stars",
    )
    ordering = ("-accepted_at",)
    show_change_link = True
    tab = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        jobs: QuerySet[Job] = super().get_queryset(request)
        return jobs.select_related("partner")


class OffersOfOrder(ReadOnlyInline):
    model = Offer
    fields = ("partner", "status", "offered_at", "expires_at", "answered_at")
    ordering = ("-offered_at",)
    tab = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Offer]:
        offers: QuerySet[Offer] = super().get_queryset(request)
        return offers.select_related("partner", "order")


class OrderHistory(StepsInline):
    model = OrderTransition
    labels = ORDER_STATES
    tab = False


class JobHistory(StepsInline):
    model = JobTransition
    labels = JOB_STATES
    tab = False


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("reference", "state", "service", "begins", "place", "client", "price_shown", "booked_at")
    list_filter = ("status", "city", "is_urgent", "service", ("booked_at", admin.DateFieldListFilter))
    list_select_related = ("service", "client", "city")
    search_fields = ("reference", "postcode__startswith", "town__istartswith", "client__email")
    ordering = ("-booked_at", "-pk")
    inlines: ClassVar[list[type[ReadOnlyInline]]] = [JobsOfOrder, OffersOfOrder, OrderHistory]
    fieldsets = (
        (
            None,
            {"fields": (("reference", "status", "is_urgent"), ("service", "client", "requested_partner"))},
        ),
        (
            _l("Where and when"),
            {"fields": (("begins", "ends"), ("street", "postcode", "town", "city"), "details")},
        ),
        (
            _l("Money and deadlines"),
            {"fields": (("price_shown", "booked_at"), ("search_until", "posting_due_at"))},
        ),
    )
    readonly_fields = ("begins", "ends", "price_shown")

    @column(description=_l("State"), label=ORDER_LABELS, ordering="status")
    def state(self, order: Order) -> str:
        return toned(order.status, order.get_status_display())

    @column(description=_l("Begins"), ordering="slot")
    def begins(self, order: Order) -> str:
        return date_format(localtime(order.starts_at), "DATETIME_FORMAT")

    @column(description=_l("Ends"))
    def ends(self, order: Order) -> str:
        return date_format(localtime(order.ends_at), "DATETIME_FORMAT")

    @column(description=_l("Place"), ordering="postcode")
    def place(self, order: Order) -> str:
        return f"{order.postcode} {order.town}"

    @column(description=_l("Price"), ordering="price")
    def price_shown(self, order: Order) -> str:
        return money(order.price, order.currency)


class AttentionFilter(admin.SimpleListFilter):
    """Jobs that began without a check-in: perhaps a no-show."""

    title = _l("attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", _("Begun without check-in")), ("running", _("Without outcome"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if self.value() == "overdue":
            return queryset.filter(
                outcome__isnull=True,
                checked_in_at__isnull=True,
                slot__startswith__lte=now() - NO_SHOW_AFTER_START,
            )
        return queryset.filter(outcome__isnull=True) if self.value() == "running" else queryset


def _what_excusing_does(job: Job) -> str:
    """A visit still to come, or under way, changes hands; an outcome of the past only stops counting."""
    if job.outcome or job.starts_at is None:
        return _("From now on the job counts as excused, not against the partner. What was recorded stays.")
    if can_search_again(slot_start=job.starts_at, now=acting_now()):
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
    inlines: ClassVar[list[type[ReadOnlyInline]]] = [JobHistory]
    fields = (
        ("partner_link", "order_link", "client"),
        ("state_shown", "begins", "accepted_at"),
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
