"""Stored figures: a cache of the facts that `verify` can rebuild."""

from django.db import models

from compliance.models.rules import CityPolicy
from partners.models import City, Partner


class Figures(models.Model):
    """The columns of a standing, as `ratings.policy.Standing` counts them and pages show them."""

    accepted = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    no_shows = models.PositiveIntegerField(default=0)
    cancellation_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    jobs_in_window = models.PositiveSmallIntegerField(default=0)
    rated_in_window = models.PositiveSmallIntegerField(default=0)
    stars_in_window = models.PositiveSmallIntegerField(default=0, help_text="Sum of the counted stars.")
    average_stars = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)

    class Meta:
        abstract = True


class Standing(Figures):
    """A partner's latest computed standing."""

    partner = models.OneToOneField(
        Partner, on_delete=models.PROTECT, primary_key=True, related_name="standing"
    )
    computed_at = models.DateTimeField(
        help_text="The T at which these figures were computed, when they last changed."
    )

    def __str__(self) -> str:
        return f"standing of {self.partner_id}"


class CityAssessment(models.Model):
    """A run of `assess` over a whole city: what the average was, under which policy."""

    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="assessments")
    as_of = models.DateTimeField()
    policy = models.ForeignKey(CityPolicy, on_delete=models.PROTECT, related_name="+")
    city_cancellation_average = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    star_mean = models.DecimalField(
        max_digits=3, decimal_places=2, null=True, blank=True,
        help_text="Mean of all stars in the windows; the city's mean of search ranks until the next assessment.",
    )  # fmt: skip
    partners_assessed = models.PositiveIntegerField(default=0)
    partners_changed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-as_of", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["city", "as_of"], name="one_assessment_of_a_city_at_an_instant")
        ]

    def __str__(self) -> str:
        return f"{self.city} {self.as_of:%Y-%m-%d %H:%M}"
