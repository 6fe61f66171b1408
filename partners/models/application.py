"""What somebody who wants to become a partner has answered, and what was decided."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q, TextField, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from mila.lib import protection
from mila.lib.choices import choices_of
from partners.applying.policy import APPLICATION_TRANSITIONS, DECIDED, OPEN, ApplicationStatus
from partners.area.policy import LEAST_RADIUS_KM, MOST_POSTCODES, MOST_RADIUS_KM
from partners.availability.policy import Hours
from partners.labels import APPLICATION_STATES
from partners.models.partner import Place, Skill

UNSENT = Q(status=ApplicationStatus.DRAFT)
ANSWERED = (
    ~Q(first_name="") & Q(languages__len__gte=1, home__isnull=False) & (Q(any_time=True) | ~Q(hours=[]))
)
REFUSED = Q(status=ApplicationStatus.REFUSED)
ANSWERS = (
    "user_id", "first_name", "languages", "about", "home_id", "radius_km", "postcodes", "any_time", "hours",
    "works_on_holidays", "buffer_minutes",
)  # fmt: skip
SENT_AND_CHANGED = "OLD.status <> 'draft' AND ({old}) IS DISTINCT FROM ({new})".format(
    old=", ".join(f"OLD.{name}" for name in ANSWERS), new=", ".join(f"NEW.{name}" for name in ANSWERS)
)


class JsonType(Func):
    function = "jsonb_typeof"
    output_field = TextField()


class ApplicationQuerySet(models.QuerySet["Application"]):
    def open(self) -> "ApplicationQuerySet":
        """Begun or sent, and not decided: of each person at most one."""
        return self.filter(status__in=OPEN)

    def waiting(self) -> "ApplicationQuerySet":
        """For the decision of ops."""
        return self.filter(status=ApplicationStatus.SENT)

    def latest_first(self) -> "ApplicationQuerySet":
        return self.order_by("-begun_at", "-pk")


class Application(models.Model):
    """A draft that its author fills in step by step, then what was sent. A partner is made of it only when approved.

    It changes only through `partners.applying.services`.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="applications",
        verbose_name=_("person"),
    )
    status = models.CharField(
        max_length=10,
        choices=choices_of(ApplicationStatus, APPLICATION_STATES),
        default=ApplicationStatus.DRAFT,
        verbose_name=_("status"),
    )
    first_name = models.CharField(max_length=60, blank=True, verbose_name=_("first name"))
    languages = ArrayField(
        models.CharField(max_length=2), default=list, blank=True, verbose_name=_("languages")
    )
    about = models.TextField(blank=True, verbose_name=_("about the partner"))
    skills = models.ManyToManyField(Skill, related_name="+", blank=True, verbose_name=_("skills"))
    home = models.ForeignKey(
        Place,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("own place"),
    )
    radius_km = models.PositiveSmallIntegerField(default=15, verbose_name=_("radius in km"))
    postcodes = ArrayField(
        models.CharField(max_length=4), default=list, blank=True, verbose_name=_("postcodes")
    )
    any_time = models.BooleanField(default=False, verbose_name=_("asked at any time"))
    hours = models.JSONField(
        default=list,
        blank=True,
        verbose_name=_("working hours"),
        help_text=_("Weekday (Monday is 0), begin and end in minutes since midnight, of each span."),
    )
    works_on_holidays = models.BooleanField(default=False, verbose_name=_("works on public holidays"))
    buffer_minutes = models.PositiveSmallIntegerField(default=10, verbose_name=_("minutes between visits"))
    begun_at = models.DateTimeField(verbose_name=_("begun on"))
    sent_at = models.DateTimeField(null=True, blank=True, verbose_name=_("sent on"))
    decided_at = models.DateTimeField(null=True, blank=True, verbose_name=_("decided on"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("decided by"),
    )
    reason = models.TextField(blank=True, verbose_name=_("reason"))

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        indexes = [
            models.Index(fields=["user", "-begun_at"], name="applications_of_a_person"),
            models.Index(
                fields=["sent_at"],
                name="applications_waiting",
                condition=Q(status=ApplicationStatus.SENT),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status__in=OPEN), name="one_open_application_of_a_person"
            ),
            models.CheckConstraint(
                condition=UNSENT | (Q(sent_at__isnull=False) & ANSWERED), name="application_is_sent_complete"
            ),
            # It also lets no other status be.
            models.CheckConstraint(
                condition=Q(status__in=OPEN, decided_at=None, decided_by=None, reason="")
                | Q(status__in=DECIDED, decided_at__isnull=False, decided_by__isnull=False),
                name="application_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~REFUSED | ~Q(reason=""), name="application_is_refused_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(radius_km__range=(LEAST_RADIUS_KM, MOST_RADIUS_KM)),
                name="application_radius_is_in_its_limits",
            ),
            models.CheckConstraint(
                condition=Q(postcodes__len__lte=MOST_POSTCODES),
                name="application_postcodes_are_not_too_many",
            ),
            models.CheckConstraint(
                condition=Exact(JsonType("hours"), Value("array")), name="application_hours_are_a_list"
            ),
        ]
        triggers = [
            protection.legal_transitions("status", APPLICATION_TRANSITIONS),
            # Ops decide about what they have read.
            pgtrigger.Protect(
                name="what_was_sent_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(SENT_AND_CHANGED),
            ),
            pgtrigger.Protect(
                name="a_decision_stands",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status__in=[s.value for s in DECIDED]),
            ),
        ]

    def __str__(self) -> str:
        return self.first_name or str(self.user)

    @property
    def week(self) -> tuple[Hours, ...] | None:
        """The working hours as rules take them; None: any time is fine."""
        return None if self.any_time else tuple(Hours(*span) for span in self.hours)

    @week.setter
    def week(self, week: Any) -> None:
        self.any_time = week is None
        self.hours = [[span.weekday, span.begins, span.ends] for span in week or ()]
