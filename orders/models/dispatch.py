"""How orders are offered around, by city and service."""

from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.dispatch.policy import WIDEST_KM, Rule, Tempo
from orders.models.service import Service
from partners.models import City

DEFAULT = Rule()


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


class DispatchRule(models.Model):
    """For one city, one service, both, or neither: the most particular rule holds, the city before the service."""

    city = models.ForeignKey(
        City, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("city")
    )
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("service")
    )
    urgent_search_minutes = models.PositiveSmallIntegerField(
        default=_minutes(DEFAULT.urgent.search), verbose_name=_("urgent: the search ends after (minutes)")
    )
    urgent_wave_minutes = models.PositiveSmallIntegerField(
        default=_minutes(DEFAULT.urgent.wave), verbose_name=_("urgent: minutes between two waves")
    )
    planned_search_minutes = models.PositiveSmallIntegerField(
        default=_minutes(DEFAULT.planned.search), verbose_name=_("planned: the search ends after (minutes)")
    )
    planned_wave_minutes = models.PositiveSmallIntegerField(
        default=_minutes(DEFAULT.planned.wave), verbose_name=_("planned: minutes between two waves")
    )
    first_size = models.PositiveSmallIntegerField(
        default=DEFAULT.first_size,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        verbose_name=_("partners asked by the first wave"),
    )
    size_growth = models.FloatField(
        default=DEFAULT.size_growth,
        validators=[MinValueValidator(1.0), MaxValueValidator(10.0)],
        verbose_name=_("each wave asks so many times more"),
    )
    first_radius_km = models.FloatField(
        default=DEFAULT.first_radius_km,
        validators=[MinValueValidator(1.0), MaxValueValidator(WIDEST_KM)],
        verbose_name=_("radius of the first wave in km"),
    )
    radius_growth = models.FloatField(
        default=DEFAULT.radius_growth,
        validators=[MinValueValidator(1.1), MaxValueValidator(10.0)],
        verbose_name=_("each wave reaches so many times further"),
    )

    class Meta:
        verbose_name = _("dispatch rule")
        verbose_name_plural = _("dispatch rules")
        ordering = [F("city").asc(nulls_first=True), F("service").asc(nulls_first=True)]
        constraints = [
            models.UniqueConstraint(
                fields=["city", "service"],
                nulls_distinct=False,
                name="one_dispatch_rule_per_city_and_service",
                violation_error_message=_("There is a rule for this city and service already."),
            ),
            models.CheckConstraint(
                condition=Q(urgent_wave_minutes__range=(1, F("urgent_search_minutes")))
                & Q(planned_wave_minutes__range=(1, F("planned_search_minutes"))),
                name="dispatch_waves_come_within_the_search",
                violation_error_message=_("A wave must follow within the time of the search."),
            ),
            models.CheckConstraint(
                condition=Q(first_size__range=(1, 50), size_growth__range=(1.0, 10.0)),
                name="dispatch_waves_ask_somebody",
                violation_error_message=_("A wave asks from 1 to 50 partners and does not shrink."),
            ),
            # A radius that does not grow would never reach everybody.
            models.CheckConstraint(
                condition=Q(first_radius_km__range=(1.0, WIDEST_KM), radius_growth__range=(1.1, 10.0)),
                name="dispatch_waves_reach_further",
                violation_error_message=_("The first radius is 1 to 50 km and grows with each wave."),
            ),
        ]

    def __str__(self) -> str:
        of = [str(part) for part in (self.city, self.service) if part is not None]
        return ", ".join(of) or gettext("everywhere, every service")

    @property
    def rule(self) -> Rule:
        """The row as the rule that `orders.dispatch.policy` knows."""
        return Rule(
            urgent=_tempo(self.urgent_search_minutes, self.urgent_wave_minutes),
            planned=_tempo(self.planned_search_minutes, self.planned_wave_minutes),
            first_size=self.first_size,
            size_growth=self.size_growth,
            first_radius_km=self.first_radius_km,
            radius_growth=self.radius_growth,
        )


def _tempo(search: int, wave: int) -> Tempo:
    return Tempo(search=timedelta(minutes=search), wave=timedelta(minutes=wave))
