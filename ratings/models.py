"""What the two sides say of each other after a job."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mila.lib import protection
from orders.models import Job


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
