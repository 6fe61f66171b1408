"""The versioned rules of each city."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from compliance.policy import PolicyParameters
from mila.lib import protection
from partners.models import City

DEFAULTS = PolicyParameters()


class CityPolicyQuerySet(models.QuerySet["CityPolicy"]):
    def in_force_at(self, at: datetime) -> "CityPolicyQuerySet":
        """The version in force at `at`, of each city."""
        return self.filter(in_force_from__lte=at).order_by("city_id", "-in_force_from").distinct("city_id")


class CityPolicy(models.Model):
    """One version of a city's thresholds; a change is a new version with a date from which it holds (C33)."""

    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="policies")
    in_force_from = models.DateTimeField()
    min_rating = models.DecimalField(max_digits=3, decimal_places=2, default=DEFAULTS.min_rating)
    rating_margin = models.DecimalField(max_digits=3, decimal_places=2, default=DEFAULTS.rating_margin)
    min_rated_jobs = models.PositiveSmallIntegerField(default=DEFAULTS.min_rated_jobs)
    min_accepted_jobs = models.PositiveSmallIntegerField(default=DEFAULTS.min_accepted_jobs)
    cancellation_factor = models.DecimalField(
        max_digits=4, decimal_places=2, default=DEFAULTS.cancellation_factor
    )
    cancellation_floor = models.DecimalField(
        max_digits=5, decimal_places=4, default=DEFAULTS.cancellation_floor
    )
    cancellation_ceiling = models.DecimalField(
        max_digits=5, decimal_places=4, default=DEFAULTS.cancellation_ceiling
    )
    notices_before_suspension = models.PositiveSmallIntegerField(default=DEFAULTS.notices_before_suspension)
    notice_interval_days = models.PositiveSmallIntegerField(default=DEFAULTS.notice_interval_days)
    notice_interval_jobs = models.PositiveSmallIntegerField(default=DEFAULTS.notice_interval_jobs)
    notice_validity_days = models.PositiveSmallIntegerField(default=DEFAULTS.notice_validity_days)
    automatic_suspension = models.BooleanField(default=DEFAULTS.automatic_suspension)
    reason = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = CityPolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "city policies"
        ordering = ["city", "-in_force_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["city", "in_force_from"], name="one_policy_of_a_city_from_an_instant"
            ),
            models.CheckConstraint(
                condition=Q(cancellation_floor__lte=F("cancellation_ceiling")),
                name="policy_floor_is_below_ceiling",
            ),
            models.CheckConstraint(condition=Q(min_rating__range=(1, 5)), name="policy_min_rating_is_stars"),
        ]
        triggers = [protection.append_only()]

    def __str__(self) -> str:
        return f"{self.city} from {self.in_force_from:%Y-%m-%d}"

    @property
    def parameters(self) -> PolicyParameters:
        """The version as the pure rules take it."""
        return PolicyParameters(**{name: getattr(self, name) for name in DEFAULTS.__dataclass_fields__})
