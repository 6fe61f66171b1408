"""What can be booked."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mila.lib.money import CURRENCY
from mila.lib.translated import Named, in_current_language
from partners.models import Skill


class Service(Named):
    """A job with a fixed price and duration, and the skill that it takes."""

    slug = models.SlugField(max_length=40, unique=True, verbose_name=_("short name"))
    skill = models.ForeignKey(
        Skill, on_delete=models.PROTECT, related_name="services", verbose_name=_("skill")
    )
    summary_en = models.CharField(_("summary (en)"), max_length=200)
    summary_fr = models.CharField(_("summary (fr)"), max_length=200)
    summary_de = models.CharField(_("summary (de)"), max_length=200)
    summary_it = models.CharField(_("summary (it)"), max_length=200)
    price = models.DecimalField(max_digits=8, decimal_places=2, verbose_name=_("price"))
    currency = models.CharField(max_length=3, default=CURRENCY, verbose_name=_("currency"))
    duration_minutes = models.PositiveSmallIntegerField(verbose_name=_("duration in minutes"))
    position = models.PositiveSmallIntegerField(default=0, verbose_name=_("position in lists"))
    is_active = models.BooleanField(default=True, verbose_name=_("active"))

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(condition=Q(price__gt=0), name="service_price_is_positive"),
            models.CheckConstraint(condition=Q(duration_minutes__gt=0), name="service_takes_time"),
        ]

    @property
    def summary(self) -> str:
        return in_current_language(
            {"en": self.summary_en, "fr": self.summary_fr, "de": self.summary_de, "it": self.summary_it}
        )
