"""Who waits for help at a place where nobody gives it yet."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from partners.models.partner import Place, Skill


class CityInterestQuerySet(models.QuerySet["CityInterest"]):
    def waiting(self) -> "CityInterestQuerySet":
        return self.filter(told_at__isnull=True)


class CityInterest(models.Model):
    """An address to be told, once, when a partner with the skill comes to the place; erased soon after."""

    email = models.EmailField(verbose_name=_("e-mail"))
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+", verbose_name=_("place"))
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+", verbose_name=_("skill"))
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, verbose_name=_("language"))
    created_at = models.DateTimeField(verbose_name=_("asked on"))
    told_at = models.DateTimeField(null=True, blank=True, verbose_name=_("told on"))

    objects = CityInterestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request to be told")
        verbose_name_plural = _("requests to be told")
        constraints = [
            models.UniqueConstraint(
                Lower("email"), F("place"), F("skill"), name="one_request_to_be_told_per_place_and_skill"
            ),
            models.CheckConstraint(
                condition=Q(language__in=[code for code, _name in settings.LANGUAGES]),
                name="request_to_be_told_is_in_a_language_of_the_site",
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True) | Q(told_at__gte=F("created_at")),
                name="told_after_having_asked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], name="requests_to_be_told_waiting", condition=Q(told_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(skill)s in %(place)s") % {"skill": self.skill, "place": self.place}
