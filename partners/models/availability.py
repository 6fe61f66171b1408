"""When a partner works."""

from datetime import date, timedelta
from typing import cast

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.partner import Partner


class WorkingHours(models.Model):
    """One span of a weekday in which a partner works; a gap between two is a break."""

    partner = models.ForeignKey(
        Partner,
        on_delete=models.CASCADE,
        related_name="working_hours",
        db_index=False,
        verbose_name=_("partner"),
    )
    weekday = models.PositiveSmallIntegerField(verbose_name=_("weekday"), help_text=_("Monday is 0."))
    minutes = IntegerRangeField(
        verbose_name=_("minutes"), help_text=_("Since midnight on the city's clock, [begins, ends).")
    )

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["weekday", "minutes"]
        constraints = [
            ExclusionConstraint(
                name="working_hours_of_a_weekday_do_not_overlap",
                expressions=[
                    ("partner", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    ("minutes", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_hours_are_of_a_weekday"),
            models.CheckConstraint(
                condition=Q(minutes__isempty=False, minutes__contained_by=(0, 1440)),
                name="working_hours_lie_within_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday}: {self.begins} – {self.ends}"

    @property
    def begins(self) -> int:
        """Minutes since midnight."""
        return cast("int", self.minutes.lower)

    @property
    def ends(self) -> int:
        return cast("int", self.minutes.upper)


class DayOff(models.Model):
    """One or several days in a row on which a partner does not work."""

    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="days_off", db_index=False, verbose_name=_("partner")
    )
    days = DateRangeField(verbose_name=_("days"))

    class Meta:
        verbose_name = _("day off")
        verbose_name_plural = _("days off")
        ordering = ["days"]
        constraints = [
            ExclusionConstraint(
                name="days_off_of_a_partner_do_not_overlap",
                expressions=[("partner", RangeOperators.EQUAL), ("days", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(days__isempty=False, days__lower_inf=False, days__upper_inf=False),
                name="days_off_have_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} – {self.last}"

    @property
    def first(self) -> date:
        return cast("date", self.days.lower)

    @property
    def last(self) -> date:
        """The last day that is off, included."""
        return cast("date", self.days.upper) - timedelta(days=1)
