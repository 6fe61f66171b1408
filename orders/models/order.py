"""What a client asks for, and who was asked to do it."""

from datetime import datetime
from typing import cast

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib import protection
from mila.lib.choices import choices_of
from mila.lib.money import CURRENCY
from mila.lib.transitions import Transition
from orders.labels import OFFER_STATES, ORDER_STATES
from orders.models.service import Service
from orders.policy import OFFER_TRANSITIONS, ORDER_TRANSITIONS, OfferStatus, OrderStatus
from partners.models import City, Partner


class OrderQuerySet(models.QuerySet["Order"]):
    def for_client(self, user: User) -> "OrderQuerySet":
        return self.filter(client=user)

    def searching(self) -> "OrderQuerySet":
        return self.filter(status=OrderStatus.SEARCHING)

    def newest_first(self) -> "OrderQuerySet":
        return self.order_by("-booked_at", "-id")


class Order(models.Model):
    """One booking: service, place, time, and the price fixed when it was booked."""

    reference = models.CharField(
        max_length=12, unique=True, help_text=_("Public and unguessable."), verbose_name=_("reference")
    )
    submission_key = models.UUIDField(help_text=_("Of the form: the same form sent twice is one order."))
    client = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders", verbose_name=_("client")
    )
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="orders", verbose_name=_("city"))
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="orders", verbose_name=_("service")
    )
    requested_partner = models.ForeignKey(
        Partner,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="requests",
        verbose_name=_("partner asked for"),
    )
    status = models.CharField(
        max_length=12,
        choices=choices_of(OrderStatus, ORDER_STATES),
        default=OrderStatus.SEARCHING,
        verbose_name=_("status"),
    )
    is_urgent = models.BooleanField(default=False, verbose_name=_("urgent"))
    slot = DateTimeRangeField(
        help_text=_("From the arrival to the planned end, [start, end)."), verbose_name=_("time of the visit")
    )
    arrival_window = DateTimeRangeField(  # type: ignore[misc]  # of the stubs
        null=True,
        blank=True,
        default_bounds="[]",
        help_text=_("When the visit may begin, [first, last]; none: exactly at the beginning of its time."),
        verbose_name=_("arrival window"),
    )
    street = models.CharField(max_length=120, verbose_name=_("street"))
    postcode = models.CharField(max_length=4, verbose_name=_("postcode"))
    town = models.CharField(max_length=80, verbose_name=_("town"))
    latitude = models.FloatField()
    longitude = models.FloatField()
    details = models.TextField(blank=True, verbose_name=_("what the client says"))
    price = models.DecimalField(max_digits=8, decimal_places=2, verbose_name=_("price"))
    currency = models.CharField(max_length=3, default=CURRENCY, verbose_name=_("currency"))
    booked_at = models.DateTimeField(verbose_name=_("booked on"))
    search_until = models.DateTimeField(
        help_text=_("When the search for a partner gives up."), verbose_name=_("search ends")
    )
    posting_due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("Completed and not yet in the ledger; cleared by the posting."),
        verbose_name=_("posting due"),
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes = [
            models.Index(fields=["client", "-booked_at"], name="orders_of_a_client"),
            models.Index(
                fields=["search_until"],
                name="orders_still_searching",
                condition=Q(status=OrderStatus.SEARCHING),
            ),
            models.Index(
                fields=["posting_due_at"], name="orders_to_post", condition=Q(posting_due_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["client", "submission_key"], name="one_order_per_submission"),
            models.CheckConstraint(condition=Q(price__gt=0), name="order_price_is_positive"),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in OrderStatus]), name="order_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(slot__isempty=False, slot__lower_inf=False, slot__upper_inf=False),
                name="order_slot_is_bounded",
            ),
            models.CheckConstraint(
                condition=Q(arrival_window__isnull=True)
                | Q(
                    arrival_window__lower_inf=False,
                    arrival_window__upper_inf=False,
                    arrival_window__contains=F("slot__startswith"),
                ),
                name="order_begins_in_its_arrival_window",
            ),
        ]
        triggers = [
            protection.legal_transitions("status", ORDER_TRANSITIONS),
            protection.never_deleted(),
            pgtrigger.ReadOnly(
                name="price_is_fixed", fields=["price", "currency", "client", "service", "city"]
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def starts_at(self) -> datetime:
        return cast("datetime", self.slot.lower)

    @property
    def ends_at(self) -> datetime:
        return cast("datetime", self.slot.upper)

    @property
    def arrives_from(self) -> datetime:
        """The earliest arrival that the client agreed to."""
        return cast("datetime", (self.arrival_window or self.slot).lower)

    @property
    def arrives_until(self) -> datetime:
        """The latest arrival that the client agreed to; the same as the earliest where a time was booked."""
        window: DateTimeTZRange | None = self.arrival_window
        return self.starts_at if window is None else cast("datetime", window.upper)

    @property
    def is_flexible(self) -> bool:
        """Whether the arrival may move within its window."""
        return self.arrives_from < self.arrives_until


class OrderTransition(Transition):
    """Every change of an order's status, the booking included."""

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="transitions", verbose_name=_("order")
    )

    class Meta(Transition.Meta):
        verbose_name = _("step of an order")
        verbose_name_plural = _("steps of an order")
        triggers = [protection.append_only()]


class OfferQuerySet(models.QuerySet["Offer"]):
    def for_partner(self, partner: Partner) -> "OfferQuerySet":
        return self.filter(partner=partner)

    def open_at(self, now: datetime) -> "OfferQuerySet":
        return self.filter(status=OfferStatus.OPEN, expires_at__gt=now)

    def overdue(self, now: datetime) -> "OfferQuerySet":
        return self.filter(status=OfferStatus.OPEN, expires_at__lte=now)


class Offer(models.Model):
    """An order offered to one partner until a deadline. Declining or ignoring it never counts (C1)."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="offers", verbose_name=_("order"))
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="offers", verbose_name=_("partner")
    )
    status = models.CharField(
        max_length=12,
        choices=choices_of(OfferStatus, OFFER_STATES),
        default=OfferStatus.OPEN,
        verbose_name=_("status"),
    )
    offered_at = models.DateTimeField(verbose_name=_("offered on"))
    expires_at = models.DateTimeField(verbose_name=_("answer until"))
    answered_at = models.DateTimeField(null=True, blank=True, verbose_name=_("answered on"))

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        indexes = [
            models.Index(
                fields=["expires_at"], name="offers_open_by_deadline", condition=Q(status=OfferStatus.OPEN)
            ),
            models.Index(fields=["partner", "-offered_at"], name="offers_of_a_partner"),
        ]
        constraints = [
            # An offer that was withdrawn before it was answered may be made again.
            models.UniqueConstraint(
                fields=["order", "partner"],
                name="an_order_is_offered_once_to_a_partner",
                condition=~Q(status=OfferStatus.WITHDRAWN),
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in OfferStatus]), name="offer_status_is_known"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("offered_at")), name="offer_can_be_answered"),
        ]
        triggers = [protection.legal_transitions("status", OFFER_TRANSITIONS), protection.never_deleted()]

    def __str__(self) -> str:
        return f"{self.order} → {self.partner}"


class OfferTransition(Transition):
    """Every answer to an offer, or its lapse."""

    offer = models.ForeignKey(
        Offer, on_delete=models.PROTECT, related_name="transitions", verbose_name=_("offer")
    )

    class Meta(Transition.Meta):
        verbose_name = _("step of an offer")
        verbose_name_plural = _("steps of an offer")
        triggers = [protection.append_only()]
