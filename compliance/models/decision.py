"""Notices and sanctions, each with what it was based on (C12, C29)."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from compliance.models.figures import Figures
from compliance.models.rules import CityPolicy
from compliance.policy import NoticeKind, Rule, SanctionKind
from mila.accounts.models import User
from mila.lib import protection
from partners.models import Partner

GROUNDS = [
    "partner", "rule", "kind", "issued_at", "policy", "city_cancellation_average", "limit", "job_ids",
    "accepted", "cancelled", "no_shows", "cancellation_rate",
    "jobs_in_window", "rated_in_window", "stars_in_window", "average_stars",
]  # fmt: skip


class Grounds(Figures):
    """What every verdict stores: the figures, the policy version, the city's average, the limit, the jobs counted."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="%(class)ss")
    rule = models.CharField(max_length=12, choices=[(r.value, r.value) for r in Rule])
    issued_at = models.DateTimeField()
    policy = models.ForeignKey(CityPolicy, on_delete=models.PROTECT, related_name="+")
    city_cancellation_average = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    limit = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    job_ids = ArrayField(models.BigIntegerField(), default=list, help_text="The jobs counted, latest first.")

    class Meta:
        abstract = True


class NoticeQuerySet(models.QuerySet["Notice"]):
    def for_partner(self, partner: Partner) -> "NoticeQuerySet":
        return self.filter(partner=partner)

    def standing_at(self, at: datetime) -> "NoticeQuerySet":
        """Issued and not withdrawn, as known at `at`."""
        return self.filter(issued_at__lte=at).exclude(withdrawn_at__lte=at)


class Notice(Grounds):
    """An advice, a warning, or the final warning after a no-show."""

    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in NoticeKind])
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_reason = models.TextField(blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-id"]
        indexes = [models.Index(fields=["partner", "rule", "-issued_at"], name="notices_of_a_partner")]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "rule", "issued_at"], name="one_notice_per_rule_and_instant"
            ),
            models.UniqueConstraint(
                fields=["partner"],
                name="one_final_warning_at_a_time",
                condition=Q(kind=NoticeKind.FINAL_WARNING, withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True)
                | (Q(withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
                name="withdrawing_a_notice_names_who_and_why",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="notice_grounds_are_final", fields=GROUNDS),
            protection.never_deleted(),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.rule})"


class SanctionStatus(models.TextChoices):
    """`proposed` waits for a person · `in_force` · `lifted` was in force · `dismissed` a person said no."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    LIFTED = "lifted"
    DISMISSED = "dismissed"


class SanctionQuerySet(models.QuerySet["Sanction"]):
    def for_partner(self, partner: Partner) -> "SanctionQuerySet":
        return self.filter(partner=partner)

    def open(self) -> "SanctionQuerySet":
        return self.filter(status__in=[SanctionStatus.PROPOSED, SanctionStatus.IN_FORCE])

    def awaiting_decision(self) -> "SanctionQuerySet":
        return self.filter(status=SanctionStatus.PROPOSED)

    def visible_to(self, user: User) -> "SanctionQuerySet":
        return self.filter(partner__user=user)


class Sanction(Grounds):
    """A suspension or an exclusion, proposed or in force. An exclusion needs two members of staff (C30).

    `rule` is empty where no rule but a member of staff imposed it. `suspends_access` says how it began: a
    suspension that did not end access at once was proposed first; an exclusion is always proposed first.
    """

    rule = models.CharField(max_length=12, blank=True, choices=[(r.value, r.value) for r in Rule])
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in SanctionKind])
    status = models.CharField(max_length=10, choices=SanctionStatus.choices)
    suspends_access = models.BooleanField(help_text="Access ends now, pending the decision where one is due.")
    imposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="Empty: issued by rule.",
    )  # fmt: skip
    imposed_reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_reason = models.TextField(blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was lifted or dismissed.")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_reason = models.TextField(blank=True)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-id"]
        indexes = [
            models.Index(fields=["partner", "-issued_at"], name="sanctions_of_a_partner"),
            models.Index(
                fields=["issued_at"], name="sanctions_to_decide", condition=Q(status=SanctionStatus.PROPOSED)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "rule", "kind"],
                name="one_open_sanction_per_rule_and_kind",
                condition=Q(status__in=[SanctionStatus.PROPOSED, SanctionStatus.IN_FORCE]),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | (Q(ended_by__isnull=False) & ~Q(ended_reason="")),
                name="ending_a_sanction_names_who_and_why",
            ),
            models.CheckConstraint(
                condition=~Q(kind=SanctionKind.EXCLUSION, status=SanctionStatus.IN_FORCE)
                | (
                    Q(decided_by__isnull=False, confirmed_by__isnull=False) & ~Q(decided_by=F("confirmed_by"))
                ),
                name="an_exclusion_is_decided_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(rule__in=[r.value for r in Rule], imposed_by__isnull=True)
                | (Q(rule="", imposed_by__isnull=False) & ~Q(imposed_reason="")),
                name="a_sanction_is_imposed_by_a_rule_or_by_a_person_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[SanctionStatus.PROPOSED, SanctionStatus.IN_FORCE], ended_at__isnull=True
                )
                | Q(status__in=[SanctionStatus.LIFTED, SanctionStatus.DISMISSED], ended_at__isnull=False),
                name="a_sanction_that_is_over_has_ended",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="sanction_grounds_are_final", fields=GROUNDS),
            protection.never_deleted(),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.rule or 'staff'}, {self.status})"

    def status_at(self, at: datetime) -> SanctionStatus | None:
        """What the sanction was at `at`; None before it was issued."""
        if self.issued_at > at:
            return None
        if self.ended_at is not None and self.ended_at <= at:
            return SanctionStatus(self.status)
        began_proposed = self.kind == SanctionKind.EXCLUSION or not self.suspends_access
        in_force_from = self.confirmed_at if self.kind == SanctionKind.EXCLUSION else self.decided_at
        if began_proposed and (in_force_from is None or in_force_from > at):
            return SanctionStatus.PROPOSED
        return SanctionStatus.IN_FORCE
