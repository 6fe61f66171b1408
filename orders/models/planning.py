"""The planned day of a partner, the feed of it, and what ops propose for a whole city."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mila.lib.choices import choices_of
from orders.labels import PLAN_RESULTS
from orders.models.job import Job
from orders.models.order import Offer, Order
from orders.planning.policy import PlanResult
from partners.models import City, Partner


class RoutePlan(models.Model):
    """One partner's day on the city's clock: planned when something of it changes, and shown as a suggestion."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="plans", db_index=False, verbose_name=_("partner")
    )
    day = models.DateField(verbose_name=_("day"))
    due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("Something changed since it was planned; cleared by the planning."),
        verbose_name=_("planning due"),
    )
    attempts = models.PositiveSmallIntegerField(default=0, verbose_name=_("failed attempts"))
    planned_at = models.DateTimeField(null=True, blank=True, verbose_name=_("planned on"))
    result = models.CharField(
        max_length=12,
        blank=True,
        choices=choices_of(PlanResult, PLAN_RESULTS),
        verbose_name=_("result"),
    )
    travel_seconds = models.PositiveIntegerField(default=0, verbose_name=_("way in seconds"))
    travel_metres = models.PositiveIntegerField(default=0, verbose_name=_("way in metres"))

    class Meta:
        verbose_name = _("planned day")
        verbose_name_plural = _("planned days")
        indexes = [
            models.Index(fields=["due_at"], name="plans_due", condition=Q(due_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["partner", "day"], name="one_plan_for_a_partners_day"),
            models.CheckConstraint(
                condition=Q(planned_at__isnull=True, result="")
                | Q(planned_at__isnull=False, result__in=[r.value for r in PlanResult]),
                name="a_planned_day_has_a_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.day}"


class RouteStop(models.Model):
    """A visit of a planned day, and the way to it from the place before."""

    plan = models.ForeignKey(RoutePlan, on_delete=models.CASCADE, related_name="stops", db_index=False)
    position = models.PositiveSmallIntegerField(verbose_name=_("position"))
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="stops", verbose_name=_("job"))
    arrives_at = models.DateTimeField(verbose_name=_("arrival"))
    travel_seconds = models.PositiveIntegerField(verbose_name=_("way in seconds"))
    travel_metres = models.PositiveIntegerField(verbose_name=_("way in metres"))

    class Meta:
        verbose_name = _("stop of a planned day")
        verbose_name_plural = _("stops of a planned day")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="one_stop_for_a_position"),
            models.UniqueConstraint(fields=["plan", "job"], name="a_job_is_one_stop_of_a_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.job_id}"


class CalendarFeed(models.Model):
    """The address of a partner's feed: whoever has it can read it, so it can be renewed."""

    partner = models.OneToOneField(
        Partner, on_delete=models.PROTECT, primary_key=True, related_name="calendar_feed"
    )
    token = models.CharField(max_length=64, unique=True, help_text=_("Unguessable."))
    renewed_at = models.DateTimeField(verbose_name=_("renewed on"))

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return f"feed of {self.partner_id}"


class DayProposal(models.Model):
    """Who could do the open orders of a city on one day, as computed for ops; nobody is asked until they send it."""

    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="+", verbose_name=_("city"))
    day = models.DateField(verbose_name=_("day"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    asked_at = models.DateTimeField(verbose_name=_("asked for on"))
    due_at = models.DateTimeField(
        null=True, blank=True, help_text=_("To be computed; cleared by it."), verbose_name=_("planning due")
    )
    attempts = models.PositiveSmallIntegerField(default=0, verbose_name=_("failed attempts"))
    planned_at = models.DateTimeField(null=True, blank=True, verbose_name=_("planned on"))
    sent_at = models.DateTimeField(null=True, blank=True, verbose_name=_("sent on"))
    open_orders = models.PositiveIntegerField(default=0, verbose_name=_("open orders"))
    travel_seconds = models.PositiveIntegerField(default=0, verbose_name=_("way in seconds"))
    travel_metres = models.PositiveIntegerField(default=0, verbose_name=_("way in metres"))

    class Meta:
        verbose_name = _("proposal for a day")
        verbose_name_plural = _("proposals for a day")
        indexes = [
            models.Index(fields=["due_at"], name="proposals_due", condition=Q(due_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(planned_at__isnull=False),
                name="only_a_computed_proposal_is_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city} {self.day}"


class ProposedVisit(models.Model):
    """One order of a proposal, with the partner who could do it and when; `offer` once it was made."""

    proposal = models.ForeignKey(DayProposal, on_delete=models.CASCADE, related_name="visits", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", verbose_name=_("order"))
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("partner")
    )
    arrives_at = models.DateTimeField(verbose_name=_("arrival"))
    travel_seconds = models.PositiveIntegerField(verbose_name=_("way in seconds"))
    travel_metres = models.PositiveIntegerField(verbose_name=_("way in metres"))
    offer = models.ForeignKey(
        Offer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("offer"),
    )
    refusal = models.CharField(max_length=200, blank=True, verbose_name=_("why no offer was made"))

    class Meta:
        verbose_name = _("proposed visit")
        verbose_name_plural = _("proposed visits")
        ordering = ["partner", "arrives_at"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "order"], name="an_order_is_proposed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.order} → {self.partner}"
