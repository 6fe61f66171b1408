"""Stored figures: a cache of the facts that `verify` can rebuild."""

from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from compliance.models.rules import CityPolicy
from partners.models import City, Partner


class Figures(models.Model):
    """The columns of a standing, as `ratings.policy.Standing` counts them and pages show them."""

    accepted = models.PositiveIntegerField(default=0, verbose_name=_("jobs accepted"))
    cancelled = models.PositiveIntegerField(default=0, verbose_name=_("jobs cancelled"))
    no_shows = models.PositiveIntegerField(default=0, verbose_name=_("no-shows"))
    cancellation_rate = models.DecimalField(
        max_digits=5, decimal_places=4, null=True, blank=True, verbose_name=_("cancellation rate")
    )
    jobs_in_window = models.PositiveSmallIntegerField(default=0, verbose_name=_("jobs in the window"))
    rated_in_window = models.PositiveSmallIntegerField(default=0, verbose_name=_("ratings in the window"))
    stars_in_window = models.PositiveSmallIntegerField(
        default=0, help_text=_("Sum of the counted stars."), verbose_name=_("stars in the window")
    )
    average_stars = models.DecimalField(
        max_digits=3, decimal_places=2, null=True, blank=True, verbose_name=_("average of the stars")
    )

    class Meta:
        abstract = True


class Standing(Figures):
    """A partner's latest computed standing."""

    partner = models.OneToOneField(
        Partner,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="standing",
        verbose_name=_("partner"),
    )
    computed_at = models.DateTimeField(
        help_text=_("The T at which these figures were computed, when they last changed."),
        verbose_name=_("computed on"),
    )

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")

    def __str__(self) -> str:
        return gettext("standing of %(partner)s") % {"partner": self.partner}


class CityAssessment(models.Model):
    """A run of `assess` over a whole city: what the average was, under which policy."""

    city = models.ForeignKey(
        City, on_delete=models.PROTECT, related_name="assessments", verbose_name=_("city")
    )
    as_of = models.DateTimeField(verbose_name=_("as of"))
    policy = models.ForeignKey(
        CityPolicy, on_delete=models.PROTECT, related_name="+", verbose_name=_("version of the rules")
    )
    city_cancellation_average = models.DecimalField(
        max_digits=5, decimal_places=4, null=True, blank=True, verbose_name=_("city's cancellation average")
    )
    star_mean = models.DecimalField(
        max_digits=3, decimal_places=2, null=True, blank=True,
        help_text=_("Mean of all stars in the windows; the city's mean of search ranks until the next assessment."),
    verbose_name=_("mean of all stars"))  # fmt: skip
    partners_assessed = models.PositiveIntegerField(default=0, verbose_name=_("partners assessed"))
    partners_changed = models.PositiveIntegerField(default=0, verbose_name=_("partners changed"))

    class Meta:
        verbose_name = _("assessment of a city")
        verbose_name_plural = _("assessments of cities")
        ordering = ["-as_of", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["city", "as_of"], name="one_assessment_of_a_city_at_an_instant")
        ]

    def __str__(self) -> str:
        return f"{self.city}, {date_format(localtime(self.as_of), 'SHORT_DATETIME_FORMAT')}"
