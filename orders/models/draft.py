"""A booking that somebody has begun and not yet sent."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from orders.booking.policy import SOON, Progress
from orders.models.service import Service
from orders.slots import PartOfDay
from partners.models import Partner, Place

# A half hour or a part of the day, as the pages write them, or as soon as possible; empty: not chosen yet.
TIME_PATTERN = rf"^(|(0[7-9]|1[0-9]):[03]0|20:00|{'|'.join(PartOfDay)}|{SOON})$"


class BookingDraftQuerySet(models.QuerySet["BookingDraft"]):
    def alive(self, now: datetime) -> "BookingDraftQuerySet":
        return self.filter(expires_at__gt=now)

    def seen_by(self, *, client: User | None, token: str) -> "BookingDraftQuerySet":
        """Of an account and of the browser that holds the token; one that belongs to an account, to nobody else."""
        nobodys = Q(client__isnull=True, token=token) if token else Q(pk__in=())
        return self.filter(nobodys if client is None else nobodys | Q(client=client))


class BookingDraft(models.Model):
    """What has been said so far, step by step; becomes one order and is then deleted."""

    token = models.CharField(max_length=43, unique=True, help_text=_("Of the browser; unguessable."))
    client = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("client"),
    )
    submission_key = models.UUIDField(unique=True, help_text=_("Of the order that it becomes."))
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("service")
    )
    details = models.TextField(blank=True, verbose_name=_("what the client says"))
    is_described = models.BooleanField(
        default=False, help_text=_("The client has seen the question what we should know.")
    )
    place = models.ForeignKey(
        Place, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("place")
    )
    street = models.CharField(max_length=120, blank=True, verbose_name=_("street"))
    first_name = models.CharField(max_length=60, blank=True, verbose_name=_("first name"))
    phone = models.CharField(max_length=20, blank=True, verbose_name=_("phone"))
    day = models.DateField(
        null=True, blank=True, help_text=_("None: as soon as possible."), verbose_name=_("day")
    )
    time = models.CharField(
        max_length=9,
        blank=True,
        help_text=_("10:00, a part of the day, or as soon as possible."),
        verbose_name=_("arrival"),
    )
    partner = models.ForeignKey(
        Partner,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("partner asked for"),
    )
    asks_anybody = models.BooleanField(default=False, help_text=_("Whoever is free first shall come."))
    created_at = models.DateTimeField(verbose_name=_("begun on"))
    changed_at = models.DateTimeField(verbose_name=_("last changed on"))
    expires_at = models.DateTimeField(verbose_name=_("kept until"))

    objects = BookingDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("unfinished booking")
        verbose_name_plural = _("unfinished bookings")
        indexes = [
            models.Index(fields=["expires_at"], name="booking_drafts_by_expiry"),
            models.Index(
                fields=["changed_at"],
                name="booking_drafts_to_anonymise",
                condition=Q(client__isnull=True) & ~Q(street="", first_name="", phone=""),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["client"], name="one_booking_draft_per_client"),
            models.CheckConstraint(
                condition=Q(time="")
                | Q(time=SOON, day__isnull=True)
                | (~Q(time=SOON) & Q(day__isnull=False)),
                name="booking_draft_time_has_its_day",
            ),
            models.CheckConstraint(condition=Q(time__regex=TIME_PATTERN), name="booking_draft_time_is_known"),
            models.CheckConstraint(
                condition=Q(partner__isnull=True) | Q(asks_anybody=False),
                name="booking_draft_asks_one_or_anybody",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("changed_at")), name="booking_draft_is_kept_for_a_while"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def progress(self, *, name_is_known: bool) -> Progress:
        """`name_is_known`: the client's account has the first name already."""
        return Progress(
            is_described=self.service_id is not None and self.is_described,
            has_address=bool(self.place_id and self.street and (self.first_name or name_is_known)),
            has_time=bool(self.time),
            has_decided_who=self.asks_anybody or self.partner_id is not None,
        )
