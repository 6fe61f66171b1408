"""The versioned rules of each city."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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

    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="policies", verbose_name=_("city"))
    in_force_from = models.DateTimeField(verbose_name=_("in force from"))
    min_rating = models.DecimalField(
        max_digits=3, decimal_places=2, default=DEFAULTS.min_rating, verbose_name=_("minimum average")
    )
    rating_margin = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        default=DEFAULTS.rating_margin,
        verbose_name=_("margin above the minimum"),
    )
    min_rated_jobs = models.PositiveSmallIntegerField(
        default=DEFAULTS.min_rated_jobs, verbose_name=_("ratings needed")
    )
    min_accepted_jobs = models.PositiveSmallIntegerField(
        default=DEFAULTS.min_accepted_jobs, verbose_name=_("accepted jobs needed")
    )
    cancellation_factor = models.DecimalField(
        max_digits=4,
        decimal_places=2,
        default=DEFAULTS.cancellation_factor,
        verbose_name=_("factor of the cancellation limit"),
    )
    cancellation_floor = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=DEFAULTS.cancellation_floor,
        verbose_name=_("lowest cancellation limit"),
    )
    cancellation_ceiling = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=DEFAULTS.cancellation_ceiling,
        verbose_name=_("highest cancellation limit"),
    )
    notices_before_suspension = models.PositiveSmallIntegerField(
        default=DEFAULTS.notices_before_suspension, verbose_name=_("notices before a suspension")
    )
    notice_interval_days = models.PositiveSmallIntegerField(
        default=DEFAULTS.notice_interval_days, verbose_name=_("days between two notices")
    )
    notice_interval_jobs = models.PositiveSmallIntegerField(
        default=DEFAULTS.notice_interval_jobs, verbose_name=_("jobs between two notices")
    )
    notice_validity_days = models.PositiveSmallIntegerField(
        default=DEFAULTS.notice_validity_days, verbose_name=_("days for which a notice counts")
    )
    automatic_suspension = models.BooleanField(
        default=DEFAULTS.automatic_suspension, verbose_name=_("automatic suspension")
    )
    reason = models.TextField(blank=True, verbose_name=_("reason"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("entered by"),
    )

    objects = CityPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("city policy")
        verbose_name_plural = _("city policies")
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
        day = date_format(localtime(self.in_force_from), "SHORT_DATE_FORMAT")
        return gettext("%(city)s from %(day)s") % {"city": self.city, "day": day}

    @property
    def parameters(self) -> PolicyParameters:
        """The version as the pure rules take it."""
        return PolicyParameters(**{name: getattr(self, name) for name in DEFAULTS.__dataclass_fields__})
