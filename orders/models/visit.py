"""What partner and client say and settle between acceptance and check-out: messages, times, extras."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mila.lib import protection
from mila.lib.choices import choices_of
from mila.lib.money import CURRENCY
from mila.lib.transitions import Transition
from orders.labels import EXTRA_STATES, PROPOSAL_STATES
from orders.models.job import Job
from orders.visits.policy import (
    EXTRA_LENGTH,
    EXTRA_TRANSITIONS,
    HIGHEST_EXTRA,
    MESSAGE_LENGTH,
    NOTE_LENGTH,
    PROPOSAL_TRANSITIONS,
    ExtraStatus,
    ProposalStatus,
)


class Message(models.Model):
    """One message between the client and the partner of a job; nobody else reads it."""

    job = models.ForeignKey(
        Job, on_delete=models.PROTECT, related_name="messages", db_index=False, verbose_name=_("job")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    submission_key = models.UUIDField(help_text=_("Of the form: the same form sent twice is one message."))
    body = models.CharField(max_length=MESSAGE_LENGTH, verbose_name=_("text"))
    sent_at = models.DateTimeField(verbose_name=_("sent on"))
    mail_due_at = models.DateTimeField(
        help_text=_("When the mail that tells of it is due; several messages may share one."),
        verbose_name=_("mail due"),
    )

    class Meta:
        verbose_name = _("message of a visit")
        verbose_name_plural = _("messages of a visit")
        ordering = ["id"]
        indexes = [models.Index(fields=["job", "id"], name="messages_of_a_job")]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "author", "submission_key"], name="one_message_per_submission"
            ),
            models.CheckConstraint(condition=Q(body__regex=r"\S"), name="message_has_words"),
        ]
        triggers = [protection.append_only()]

    def __str__(self) -> str:
        return gettext("message of job %(number)s") % {"number": self.job_id}


class TimeProposal(models.Model):
    """Other times that the partner proposes instead of the booked one; the client takes one or none."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="proposals", verbose_name=_("job"))
    status = models.CharField(
        max_length=12,
        choices=choices_of(ProposalStatus, PROPOSAL_STATES),
        default=ProposalStatus.OPEN,
        verbose_name=_("status"),
    )
    note = models.CharField(max_length=NOTE_LENGTH, blank=True, verbose_name=_("note"))
    proposed_at = models.DateTimeField(verbose_name=_("proposed on"))
    answered_at = models.DateTimeField(null=True, blank=True, verbose_name=_("answered on"))

    class Meta:
        verbose_name = _("proposal of other times")
        verbose_name_plural = _("proposals of other times")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["job"],
                name="one_open_proposal_per_job",
                condition=Q(status=ProposalStatus.OPEN),
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in ProposalStatus]), name="proposal_status_is_known"
            ),
        ]
        triggers = [
            protection.legal_transitions("status", PROPOSAL_TRANSITIONS),
            pgtrigger.ReadOnly(name="proposal_is_fixed", fields=["job", "note", "proposed_at"]),
            protection.never_deleted(),
        ]

    def __str__(self) -> str:
        return gettext("proposal for job %(number)s") % {"number": self.job_id}


class TimeOption(models.Model):
    """One of the times of a proposal."""

    proposal = models.ForeignKey(
        TimeProposal, on_delete=models.PROTECT, related_name="options", verbose_name=_("proposal")
    )
    starts_at = models.DateTimeField(verbose_name=_("begins"))

    class Meta:
        verbose_name = _("proposed time")
        verbose_name_plural = _("proposed times")
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "starts_at"], name="a_proposal_names_each_time_once")
        ]
        triggers = [protection.append_only()]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class ProposalTransition(Transition):
    """Every step of a proposal, its making included."""

    proposal = models.ForeignKey(
        TimeProposal, on_delete=models.PROTECT, related_name="transitions", verbose_name=_("proposal")
    )

    class Meta(Transition.Meta):
        verbose_name = _("step of a proposal")
        verbose_name_plural = _("steps of a proposal")
        triggers = [protection.append_only()]


class VisitMove(models.Model):
    """A visit got another time: one that both agreed to, or one within its window that the plan of the day gave it.

    Of the latter there is neither an option nor an actor.
    """

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="moves", verbose_name=_("job"))
    option = models.OneToOneField(
        TimeOption,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="move",
        verbose_name=_("proposed time"),
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    old_slot = DateTimeRangeField(verbose_name=_("before"))
    new_slot = DateTimeRangeField(verbose_name=_("after"))
    moved_at = models.DateTimeField(verbose_name=_("when"))

    class Meta:
        verbose_name = _("move of a visit")
        verbose_name_plural = _("moves of a visit")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(old_slot=F("new_slot")), name="a_move_changes_the_time"),
            models.CheckConstraint(
                condition=Q(option__isnull=True, actor__isnull=True)
                | Q(option__isnull=False, actor__isnull=False),
                name="an_agreed_move_names_who_agreed",
            ),
        ]
        triggers = [protection.append_only()]

    def __str__(self) -> str:
        return gettext("move of job %(number)s") % {"number": self.job_id}


class ExtraQuerySet(models.QuerySet["Extra"]):
    def approved(self) -> "ExtraQuerySet":
        """Those that are billed once the job is completed."""
        return self.filter(status=ExtraStatus.APPROVED)

    def open(self) -> "ExtraQuerySet":
        return self.filter(status=ExtraStatus.OPEN)


class Extra(models.Model):
    """An extra service that the partner proposes at a price; billed if the client approves it."""

    job = models.ForeignKey(
        Job, on_delete=models.PROTECT, related_name="extras", db_index=False, verbose_name=_("job")
    )
    submission_key = models.UUIDField(help_text=_("Of the form: the same form sent twice is one extra."))
    text = models.CharField(max_length=EXTRA_LENGTH, verbose_name=_("what"))
    price = models.DecimalField(max_digits=8, decimal_places=2, verbose_name=_("price"))
    currency = models.CharField(max_length=3, default=CURRENCY, verbose_name=_("currency"))
    status = models.CharField(
        max_length=12,
        choices=choices_of(ExtraStatus, EXTRA_STATES),
        default=ExtraStatus.OPEN,
        verbose_name=_("status"),
    )
    proposed_at = models.DateTimeField(verbose_name=_("proposed on"))
    answered_at = models.DateTimeField(null=True, blank=True, verbose_name=_("answered on"))

    objects = ExtraQuerySet.as_manager()

    class Meta:
        verbose_name = _("extra")
        verbose_name_plural = _("extras")
        ordering = ["id"]
        constraints = [
            # Its index also finds the extras of a job.
            models.UniqueConstraint(fields=["job", "submission_key"], name="one_extra_per_submission"),
            models.CheckConstraint(
                condition=Q(price__gt=0, price__lte=HIGHEST_EXTRA), name="extra_price_is_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in ExtraStatus]), name="extra_status_is_known"
            ),
            models.CheckConstraint(condition=Q(text__regex=r"\S"), name="extra_has_words"),
        ]
        triggers = [
            protection.legal_transitions("status", EXTRA_TRANSITIONS),
            pgtrigger.ReadOnly(
                name="extra_is_fixed", fields=["job", "text", "price", "currency", "proposed_at"]
            ),
            protection.never_deleted(),
        ]

    def __str__(self) -> str:
        return self.text


class ExtraTransition(Transition):
    """Every step of an extra, its proposal included."""

    extra = models.ForeignKey(
        Extra, on_delete=models.PROTECT, related_name="transitions", verbose_name=_("extra")
    )

    class Meta(Transition.Meta):
        verbose_name = _("step of an extra")
        verbose_name_plural = _("steps of an extra")
        triggers = [protection.append_only()]
