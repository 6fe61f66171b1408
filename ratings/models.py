"""What the two sides say of each other after a job."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib import protection
from mila.lib.choices import choices_of
from orders.models import Job
from ratings.labels import FLAG_DECISIONS, FLAG_REASONS
from ratings.policy import FlagDecision, FlagReason


class Side(models.TextChoices):
    """Who wrote the rating."""

    CLIENT = "client", _("client")
    PARTNER = "partner", _("partner")


class RatingQuerySet(models.QuerySet["Rating"]):
    def published(self) -> "RatingQuerySet":
        return self.filter(published_at__isnull=False)

    def by_clients(self) -> "RatingQuerySet":
        return self.filter(side=Side.CLIENT)

    def by_partners(self) -> "RatingQuerySet":
        return self.filter(side=Side.PARTNER)

    def about(self, user: User) -> "RatingQuerySet":
        """Written by the other side of this person's jobs, as client or as partner; hidden ones too."""
        as_partner = Q(side=Side.CLIENT, job__partner__user=user)
        return self.filter(as_partner | Q(side=Side.PARTNER, job__order__client=user))

    def with_public_comment(self) -> "RatingQuerySet":
        """What everybody may read: published, not ruled out, with words that nobody has hidden."""
        shown = self.published().filter(ruled_out_at__isnull=True, hiding_flag__isnull=True)
        return shown.exclude(comment="")

    def to_publish(self, now: datetime) -> "RatingQuerySet":
        return self.filter(published_at__isnull=True, reveal_due_at__lte=now)


class Rating(models.Model):
    """One side's stars and comment for one job: hidden until published, immutable afterwards (C9)."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="ratings", verbose_name=_("job"))
    side = models.CharField(max_length=8, choices=Side.choices, verbose_name=_("written by"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="ratings_written",
        verbose_name=_("author"),
    )
    stars = models.PositiveSmallIntegerField(verbose_name=_("stars"))
    comment = models.TextField(blank=True, max_length=2000, verbose_name=_("comment"))
    submitted_at = models.DateTimeField(verbose_name=_("written on"))
    reveal_due_at = models.DateTimeField(
        help_text=_("The end of the 14 days, or at once when both sides have rated."),
        verbose_name=_("published at the latest"),
    )
    published_at = models.DateTimeField(null=True, blank=True, verbose_name=_("published on"))
    reply = models.TextField(blank=True, max_length=2000, verbose_name=_("reply"))
    replied_at = models.DateTimeField(null=True, blank=True, verbose_name=_("replied on"))
    ruled_out_at = models.DateTimeField(null=True, blank=True, verbose_name=_("ruled out on"))
    ruled_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("ruled out by"),
    )
    ruled_out_reason = models.TextField(blank=True, verbose_name=_("reason of the ruling out"))

    hiding_flag = models.ForeignKey(
        "ratings.RatingFlag",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("The report because of which the comment is hidden; the stars count all the same."),
        verbose_name=_("comment hidden by report"),
    )

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        indexes = [
            models.Index(
                fields=["reveal_due_at"], name="ratings_to_publish", condition=Q(published_at__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["job", "side"], name="one_rating_per_job_and_side"),
            models.CheckConstraint(condition=Q(stars__range=(1, 5)), name="rating_stars_are_one_to_five"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="rating_side_is_known"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(published_at__gte=F("submitted_at")),
                name="rating_is_published_after_it_is_written",
            ),
            models.CheckConstraint(
                condition=Q(ruled_out_at__isnull=True)
                | (Q(published_at__isnull=False) & Q(ruled_out_by__isnull=False) & ~Q(ruled_out_reason="")),
                name="ruling_out_names_who_and_why",
            ),
            models.CheckConstraint(
                condition=Q(hiding_flag__isnull=True) | (Q(published_at__isnull=False) & ~Q(comment="")),
                name="only_published_comments_are_hidden",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="rating_is_immutable", fields=["job", "side", "stars", "comment", "submitted_at"]
            ),
            protection.never_deleted(),
        ]

    def __str__(self) -> str:
        words = {"stars": self.stars, "side": self.get_side_display(), "job": self.job}
        return gettext("%(stars)s stars by %(side)s for %(job)s") % words

    @property
    def shown_comment(self) -> str:
        """The words that others see; empty without any, and when they are hidden or the rating is ruled out."""
        is_shown = self.ruled_out_at is None and self.hiding_flag_id is None
        return self.comment if is_shown else ""


class RatingFlagQuerySet(models.QuerySet["RatingFlag"]):
    def open(self) -> "RatingFlagQuerySet":
        return self.filter(decided_at__isnull=True)


class RatingFlag(models.Model):
    """A comment reported by the rated side as against the rules, and what ops decided. Neither changes afterwards."""

    rating = models.ForeignKey(
        Rating, on_delete=models.PROTECT, related_name="flags", verbose_name=_("rating")
    )
    flagged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("reported by"),
    )
    reason = models.CharField(
        max_length=12, choices=choices_of(FlagReason, FLAG_REASONS), verbose_name=_("reason")
    )
    words = models.TextField(blank=True, max_length=1000, verbose_name=_("in their words"))
    flagged_at = models.DateTimeField(verbose_name=_("reported on"))
    decision = models.CharField(
        max_length=4,
        blank=True,
        choices=choices_of(FlagDecision, FLAG_DECISIONS),
        verbose_name=_("decision"),
    )
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

    objects = RatingFlagQuerySet.as_manager()

    class Meta:
        verbose_name = _("reported comment")
        verbose_name_plural = _("reported comments")
        indexes = [
            models.Index(fields=["flagged_at"], name="flags_to_decide", condition=Q(decided_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rating", "flagged_by"],
                name="one_open_flag_per_rating_and_person",
                condition=Q(decided_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(reason__in=[reason.value for reason in FlagReason]), name="flag_reason_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(reason=FlagReason.OTHER.value) | ~Q(words=""),
                name="another_reason_is_put_in_words",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True, decided_reason="")
                | (
                    Q(decision__in=[decision.value for decision in FlagDecision])
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(decided_reason="")
                ),
                name="deciding_a_flag_names_what_who_and_why",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="flag_is_immutable", fields=["rating", "reason", "words", "flagged_at"]),
            pgtrigger.Protect(
                name="decision_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False)
                & (
                    pgtrigger.Q(old__decision__df=pgtrigger.F("new__decision"))
                    | pgtrigger.Q(old__decided_at__df=pgtrigger.F("new__decided_at"))
                    | pgtrigger.Q(old__decided_by__df=pgtrigger.F("new__decided_by"))
                    | pgtrigger.Q(old__decided_reason__df=pgtrigger.F("new__decided_reason"))
                ),
            ),
            protection.never_deleted(),
        ]

    def __str__(self) -> str:
        return gettext("report on %(rating)s") % {"rating": self.rating}
