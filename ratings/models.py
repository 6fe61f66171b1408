"""What the two sides say of each other after a job."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from mila.lib import protection
from orders.models import Job


class Side(models.TextChoices):
    """Who wrote the rating."""

    CLIENT = "client", "client"
    PARTNER = "partner", "partner"


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

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="ratings")
    side = models.CharField(max_length=8, choices=Side.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="ratings_written"
    )
    stars = models.PositiveSmallIntegerField()
    comment = models.TextField(blank=True, max_length=2000)
    submitted_at = models.DateTimeField()
    reveal_due_at = models.DateTimeField(
        help_text="The end of the 14 days, or at once when both sides have rated."
    )
    published_at = models.DateTimeField(null=True, blank=True)
    reply = models.TextField(blank=True, max_length=2000)
    replied_at = models.DateTimeField(null=True, blank=True)
    ruled_out_at = models.DateTimeField(null=True, blank=True)
    ruled_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ruled_out_reason = models.TextField(blank=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
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
        return f"{self.stars} by {self.side} for {self.job}"
