"""A partner gives a visit back, or asks for help with it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mila.lib import protection
from mila.lib.choices import choices_of
from orders.labels import HAND_OVER_STATES
from orders.models.job import Job
from orders.policy import HAND_OVER_TRANSITIONS, HandOverStatus


class HandOverQuerySet(models.QuerySet["HandOver"]):
    def in_queue(self) -> "HandOverQuerySet":
        """What ops should look at: the search for somebody else is on, or has found nobody."""
        return self.filter(status__in=(HandOverStatus.OPEN, HandOverStatus.NOT_FOUND))

    def replaced(self) -> "HandOverQuerySet":
        return self.filter(status=HandOverStatus.REPLACED)

    def open(self) -> "HandOverQuerySet":
        return self.filter(status=HandOverStatus.OPEN)


class HandOver(models.Model):
    """Why a partner can't do a job, and what came of the search for somebody else (C6)."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="hand_overs", verbose_name=_("job"))
    reason = models.TextField(verbose_name=_("reason"))
    asked_at = models.DateTimeField(verbose_name=_("asked on"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("asked by"),
    )
    status = models.CharField(
        max_length=12,
        choices=choices_of(HandOverStatus, HAND_OVER_STATES),
        default=HandOverStatus.OPEN,
        verbose_name=_("status"),
    )
    ended_at = models.DateTimeField(null=True, blank=True, verbose_name=_("ended on"))
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("ended by"),
    )
    note = models.TextField(blank=True, verbose_name=_("note of the team"))
    replacement = models.ForeignKey(
        Job,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("taken over as"),
    )

    objects = HandOverQuerySet.as_manager()

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="hand_overs_in_queue",
                condition=Q(status__in=(HandOverStatus.OPEN.value, HandOverStatus.NOT_FOUND.value)),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["job"],
                name="one_open_hand_over_per_job",
                condition=Q(status__in=(HandOverStatus.OPEN.value, HandOverStatus.NOT_FOUND.value)),
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in HandOverStatus]), name="hand_over_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status=HandOverStatus.OPEN, ended_at__isnull=True)
                | (~Q(status=HandOverStatus.OPEN) & Q(ended_at__isnull=False)),
                name="hand_over_has_an_end_unless_open",
            ),
            models.CheckConstraint(
                condition=Q(status=HandOverStatus.REPLACED, replacement__isnull=False)
                | (~Q(status=HandOverStatus.REPLACED) & Q(replacement__isnull=True)),
                name="hand_over_names_the_job_that_replaced_it",
            ),
        ]
        triggers = [
            protection.legal_transitions("status", HAND_OVER_TRANSITIONS),
            protection.never_deleted(),
        ]

    def __str__(self) -> str:
        return gettext("hand-over of job %(number)s") % {"number": self.job_id}
