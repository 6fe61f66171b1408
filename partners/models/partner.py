"""Where mila works, what it can do, and who does it."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Collate
from django.utils.translation import gettext_lazy as _

from mila.lib import protection
from mila.lib.choices import choices_of
from mila.lib.transitions import Transition
from mila.lib.translated import Named
from partners.area.policy import LEAST_RADIUS_KM, MOST_POSTCODES, MOST_RADIUS_KM
from partners.labels import CITY_NAMES, PARTNER_STATES
from partners.models import reach
from partners.policy import PARTNER_TRANSITIONS, PartnerStatus


class City(models.Model):
    """A market: policies, averages, rates and rankings are per city."""

    slug = models.SlugField(max_length=40, unique=True, verbose_name=_("short name"))
    name = models.CharField(max_length=60, verbose_name=_("name"))
    canton = models.CharField(max_length=2, verbose_name=_("canton"))
    latitude = models.FloatField(verbose_name=_("latitude"))
    longitude = models.FloatField(verbose_name=_("longitude"))
    languages = ArrayField(models.CharField(max_length=2), verbose_name=_("languages"))
    time_zone = models.CharField(max_length=40, default="Europe/Zurich", verbose_name=_("time zone"))
    detour_factor = models.FloatField(
        default=1.3,
        db_default=1.3,
        validators=[MinValueValidator(1.0), MaxValueValidator(5.0)],
        help_text=_("The way is so many times longer than the distance as the crow flies."),
        verbose_name=_("detour factor"),
    )
    speed_kmh = models.FloatField(
        default=30.0,
        db_default=30.0,
        validators=[MinValueValidator(5.0), MaxValueValidator(130.0)],
        help_text=_("From door to door, on average."),
        verbose_name=_("speed in km/h"),
    )
    is_open = models.BooleanField(
        default=True, help_text=_("Clients can book here."), verbose_name=_("open for bookings")
    )

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(detour_factor__range=(1.0, 5.0), speed_kmh__range=(5.0, 130.0)),
                name="ways_in_a_city_are_plausible",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def local_name(self) -> str:
        """As the reader's language calls it: Genf."""
        return str(CITY_NAMES.get(self.slug, self.name))


class Place(models.Model):
    """A postcode and a town, with the city that serves it (none if too far from every city)."""

    postcode = models.CharField(max_length=4, verbose_name=_("postcode"))
    name = models.CharField(max_length=80, verbose_name=_("name"))
    search_name = models.CharField(
        max_length=80, help_text=_("Lower case, without accents."), verbose_name=_("name as searched for")
    )
    canton = models.CharField(max_length=2, verbose_name=_("canton"))
    latitude = models.FloatField(verbose_name=_("latitude"))
    longitude = models.FloatField(verbose_name=_("longitude"))
    city = models.ForeignKey(
        City, null=True, blank=True, on_delete=models.PROTECT, related_name="places", verbose_name=_("city")
    )

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["postcode", "name"]
        constraints = [
            models.UniqueConstraint(fields=["postcode", "name"], name="one_place_per_postcode_and_name")
        ]
        indexes = [
            models.Index(OpClass("postcode", "varchar_pattern_ops"), name="places_by_postcode_prefix"),
            models.Index(OpClass("search_name", "varchar_pattern_ops"), name="places_by_name_prefix"),
        ]

    def __str__(self) -> str:
        return f"{self.postcode} {self.name}"


class Skill(Named):
    """What a partner must be able to do for a service."""

    slug = models.SlugField(max_length=40, unique=True, verbose_name=_("short name"))

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["slug"]


PLACE_FROM_THE_CITY = """
    IF NEW.latitude IS NOT NULL OR NEW.longitude IS NOT NULL THEN
        RAISE EXCEPTION 'A place has a latitude and a longitude';
    END IF;
    SELECT latitude, longitude INTO NEW.latitude, NEW.longitude FROM partners_city WHERE id = NEW.city_id;
    RETURN NEW;
"""


class PartnerQuerySet(models.QuerySet["Partner"]):
    def able_to_work(self) -> "PartnerQuerySet":
        return self.filter(status=PartnerStatus.ACTIVE)

    def in_city(self, city: City) -> "PartnerQuerySet":
        return self.filter(city=city)

    def with_skill(self, skill_id: int) -> "PartnerQuerySet":
        return self.filter(skill_ids__contains=[skill_id])

    def reaching(
        self, latitude: float, longitude: float, postcode: str, *, within_km: float | None = None
    ) -> "PartnerQuerySet":
        """Those within whose radius the point lies, or who chose its postcode; each with the distance as `away_km`.

        `within_km` leaves out whoever is further away than that, even if they would come. Of those who are able to
        work, and only of them, it is answered by an index.
        """
        found = self.annotate(away_km=reach.away_km(latitude, longitude))
        covering = reach.covering(latitude, longitude, postcode)
        return found.filter(covering if within_km is None else covering & Q(away_km__lte=within_km))

    def best_first(self) -> "PartnerQuerySet":
        """The published ranking; equals are ordered by reference, so that every page agrees."""
        return self.order_by(Coalesce(F("search_rank"), Value(Decimal(0))).desc(), "reference")

    def awaiting_review(self, now: object) -> "PartnerQuerySet":
        return self.filter(review__due_at__lte=now)

    def by_reference(self) -> "PartnerQuerySet":
        """Byte order, whatever the collation of the database."""
        return self.order_by(Collate("reference", "C"))


class Partner(models.Model):
    """An independent person who does jobs. Status changes only through `partners.services`."""

    reference = models.CharField(
        max_length=80,
        unique=True,
        help_text=_("Stable public id; of imported partners, theirs."),
        verbose_name=_("reference"),
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="partner",
        verbose_name=_("login"),
    )
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="partners", verbose_name=_("city"))
    status = models.CharField(
        max_length=12,
        choices=choices_of(PartnerStatus, PARTNER_STATES),
        default=PartnerStatus.APPLICANT,
        verbose_name=_("status"),
    )
    first_name = models.CharField(max_length=60, blank=True, verbose_name=_("first name"))
    about = models.TextField(blank=True, verbose_name=_("about the partner"))
    languages = ArrayField(
        models.CharField(max_length=2), default=list, blank=True, verbose_name=_("languages")
    )
    skills = models.ManyToManyField(Skill, related_name="partners", blank=True, verbose_name=_("skills"))
    skill_ids = ArrayField(
        models.IntegerField(),
        default=list,
        db_default=[],
        editable=False,
        verbose_name=_("skills at hand"),
        help_text=_("Of the skills; kept by a trigger, so that a search need not look them up."),
    )
    home = models.ForeignKey(
        Place,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("own place"),
        help_text=_("As the partner chose it; until then the middle of the city counts."),
    )
    latitude = models.FloatField(verbose_name=_("latitude"))
    longitude = models.FloatField(verbose_name=_("longitude"))
    radius_km = models.PositiveSmallIntegerField(default=15, verbose_name=_("radius in km"))
    postcodes = ArrayField(
        models.CharField(max_length=4),
        default=list,
        db_default=[],
        blank=True,
        verbose_name=_("postcodes"),
        help_text=_("If there are any, they count instead of the radius."),
    )
    hours_set_at = models.DateTimeField(
        null=True,
        blank=True,
        verbose_name=_("hours set on"),
        help_text=_("Until then the partner is asked at any time."),
    )
    works_on_holidays = models.BooleanField(
        default=False, db_default=False, verbose_name=_("works on public holidays")
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        default=10,
        db_default=10,
        verbose_name=_("minutes between visits"),
        help_text=_("Kept free before and after each visit, besides the way."),
    )
    plans_are_stale = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Hours or days off changed since the days ahead were planned; cleared by the planning."),
        verbose_name=_("days to be planned anew"),
    )
    search_rank = models.DecimalField(
        max_digits=6,
        decimal_places=4,
        null=True,
        editable=False,
        verbose_name=_("rank in searches"),
        help_text=_("As the latest review gave it; none before the first."),
    )
    jobs_accepted = models.PositiveIntegerField(
        default=0,
        db_default=0,
        editable=False,
        verbose_name=_("jobs accepted"),
        help_text=_(
            "Of the tally, like the next; kept by a trigger, so that a search need not look them up."
        ),
    )
    idle_since = models.DateTimeField(
        null=True, editable=False, verbose_name=_("idle since"), help_text=_("The last acceptance.")
    )
    joined_at = models.DateTimeField(verbose_name=_("joined on"))
    verified_at = models.DateTimeField(null=True, blank=True, verbose_name=_("verified on"))

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        indexes = [
            models.Index(
                fields=["city"], name="partners_able_to_work", condition=Q(status=PartnerStatus.ACTIVE)
            ),
            GistIndex(
                reach.BoxOfReach("longitude", "latitude", "radius_km"),
                name="partners_by_reach",
                condition=reach.IS_ACTIVE & reach.BY_RADIUS,
            ),
            GinIndex(
                fields=["postcodes"],
                name="partners_by_postcode",
                condition=reach.IS_ACTIVE & reach.BY_POSTCODES,
            ),
            models.Index(fields=["id"], name="partners_with_stale_plans", condition=Q(plans_are_stale=True)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in PartnerStatus]), name="partner_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(radius_km__range=(LEAST_RADIUS_KM, MOST_RADIUS_KM)),
                name="partner_radius_is_in_its_limits",
            ),
            models.CheckConstraint(
                condition=Q(postcodes__len__lte=MOST_POSTCODES), name="partner_postcodes_are_not_too_many"
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-reach.MOST_LATITUDE, reach.MOST_LATITUDE))
                & Q(longitude__range=(-reach.MOST_LONGITUDE, reach.MOST_LONGITUDE)),
                name="partner_lives_where_boxes_hold_circles",
            ),
        ]
        triggers = [
            # Whoever has not said where is taken to be in the city's middle: every row can be found by its place.
            pgtrigger.Trigger(
                name="a_place_is_whole",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__latitude__isnull=True) | pgtrigger.Q(new__longitude__isnull=True),
                func=PLACE_FROM_THE_CITY,
            ),
            protection.legal_transitions("status", PARTNER_TRANSITIONS),
            protection.never_deleted(),
            # Averages, policies and ranks of the past are by city: who moves begins anew.
            pgtrigger.ReadOnly(name="city_is_fixed", fields=["city"]),
        ]

    def __str__(self) -> str:
        return self.first_name or self.reference


class PartnerReview(models.Model):
    """When a partner's review is due; made with the first fact.

    It changes with every fact and is indexed, so it is a narrow row of its own: on the partner's row a change
    of an indexed column would write all indexes.
    """

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, primary_key=True, related_name="review")
    due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("New facts since the last review; cleared by the review."),
        verbose_name=_("review due"),
    )

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        indexes = [models.Index(fields=["due_at"], name="reviews_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"review of {self.partner_id}"


class PartnerTransition(Transition):
    """Every change of a partner's status. The one before the first is the status at joining."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="transitions", verbose_name=_("partner")
    )

    class Meta(Transition.Meta):
        verbose_name = _("change of a status")
        verbose_name_plural = _("changes of a status")
        indexes = [
            models.Index(fields=["partner", "-at", "-id"], name="partner_status_at"),
            models.Index(fields=["partner", "at"], name="partners_excluded_at", condition=Q(new="excluded")),
        ]
        triggers = [protection.append_only()]
