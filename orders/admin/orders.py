"""Orders with everything that belongs to them, to look at."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _l

from mila.lib.admin import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    StepsInline,
    column,
    toned,
)
from mila.lib.templatetags.mila import money
from orders.labels import ORDER_STATES
from orders.models import Job, Offer, Order, OrderTransition
from orders.policy import OrderStatus

ORDER_LABELS = {
    OrderStatus.SEARCHING: "warning",
    OrderStatus.CONFIRMED: "info",
    OrderStatus.IN_PROGRESS: "info",
    OrderStatus.COMPLETED: "success",
    OrderStatus.FAILED: "danger",
}


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
            {
                "fields": (
                    ("begins", "ends", "arrival_window"),
                    ("street", "postcode", "town", "city"),
                    "details",
                )
            },
        ),
        (
            _l("Money and deadlines"),
            {
                "fields": (
                    ("price_shown", "booked_at"),
                    ("search_until", "wave", "next_wave_at"),
                    "replacement_for",
                    "posting_due_at",
                )
            },
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
