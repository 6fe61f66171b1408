"""Notices and sanctions, each with what it was based on (C12, C29)."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from compliance.labels import NOTICE_KINDS, RULES, SANCTION_KINDS
from compliance.models.figures import Figures
from compliance.models.rules import CityPolicy
from compliance.policy import NoticeKind, Rule, SanctionKind
from mila.accounts.models import User
from mila.lib import protection
from mila.lib.choices import choices_of
from partners.models import Partner

GROUNDS = [
    "partner", "rule", "kind", "issued_at", "policy", "city_cancellation_average", "limit", "job_ids",
    "accepted", "cancelled", "no_shows", "cancellation_rate",
    "jobs_in_window", "rated_in_window", "stars_in_window", "average_stars",
]  # fmt: skip


class Grounds(Figures):
    """What every verdict stores: the figures, the policy version, the city's average, the limit, the jobs counted."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="%(class)ss", verbose_name=_("partner")
    )
    rule = models.CharField(max_length=12, choices=choices_of(Rule, RULES), verbose_name=_("rule"))
    issued_at = models.DateTimeField(verbose_name=_("issued on"))
    policy = models.ForeignKey(
        CityPolicy, on_delete=models.PROTECT, related_name="+", verbose_name=_("version of the rules")
    )
    city_cancellation_average = models.DecimalField(
        max_digits=5, decimal_places=4, null=True, blank=True, verbose_name=_("city's cancellation average")
    )
    limit = models.DecimalField(
        max_digits=5, decimal_places=4, null=True, blank=True, verbose_name=_("limit")
    )
    job_ids = ArrayField(
        models.BigIntegerField(),
        default=list,
        help_text=_("The jobs counted, latest first."),
        verbose_name=_("jobs counted"),
    )

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

    kind = models.CharField(
        max_length=16, choices=choices_of(NoticeKind, NOTICE_KINDS), verbose_name=_("kind")
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, verbose_name=_("withdrawn on"))
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )
    withdrawn_reason = models.TextField(blank=True, verbose_name=_("reason of the withdrawal"))

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
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
        return f"{self.get_kind_display()} ({self.get_rule_display()})"


class SanctionStatus(models.TextChoices):
    """`proposed` waits for a person · `in_force` · `lifted` was in force · `dismissed` a person said no."""

    PROPOSED = "proposed", _("proposed")
    IN_FORCE = "in_force", _("in force")
    LIFTED = "lifted", _("lifted")
    DISMISSED = "dismissed", _("dismissed")


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

    rule = models.CharField(
        max_length=12, blank=True, choices=choices_of(Rule, RULES), verbose_name=_("rule")
    )
    kind = models.CharField(
        max_length=12, choices=choices_of(SanctionKind, SANCTION_KINDS), verbose_name=_("kind")
    )
    status = models.CharField(max_length=10, choices=SanctionStatus.choices, verbose_name=_("status"))
    suspends_access = models.BooleanField(
        help_text=_("Access ends now, pending the decision where one is due."),
        verbose_name=_("ends access at once"),
    )
    imposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text=_("Empty: issued by rule."),
    verbose_name=_("imposed by"))  # fmt: skip
    imposed_reason = models.TextField(blank=True, verbose_name=_("reason of the suspension"))
    decided_at = models.DateTimeField(null=True, blank=True, verbose_name=_("decided on"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_reason = models.TextField(blank=True, verbose_name=_("reason of the decision"))
    confirmed_at = models.DateTimeField(null=True, blank=True, verbose_name=_("confirmed on"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_reason = models.TextField(blank=True, verbose_name=_("reason of the confirmation"))
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it was lifted or dismissed."), verbose_name=_("ended on")
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("ended by"),
    )
    ended_reason = models.TextField(blank=True, verbose_name=_("reason of the end"))

    objects = SanctionQuerySet.as_manager()

    class Meta:
        verbose_name = _("sanction")
        verbose_name_plural = _("sanctions")
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
        by = self.get_rule_display() if self.rule else gettext("staff")
        return f"{self.get_kind_display()} ({by}, {self.get_status_display()})"

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
