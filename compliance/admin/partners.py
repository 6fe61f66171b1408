"""The page of a partner. It stands here because it shows, and decides by, what only compliance knows."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Exists, ManyToManyField, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSingleDateWidget

from compliance import services
from compliance.models import CityAssessment, CityPolicy, Notice, Sanction
from compliance.policy import cancellation_limit
from mila.accounts.models import User
from mila.lib.admin import (
    EditableAdmin,
    ReadOnlyInline,
    ReasonForm,
    StepsInline,
    acting_now,
    column,
    decision,
    percent_column,
    toned,
)
from mila.lib.refusals import Refusal
from mila.lib.templatetags.mila import percent, rating
from orders.services import report_sick_day
from partners.labels import PARTNER_STATES
from partners.models import DayOff, Partner, PartnerTransition, WorkingHours
from partners.policy import PartnerStatus
from partners.words import language_choices

LABELS = {
    PartnerStatus.ACTIVE: "success",
    PartnerStatus.APPLICANT: "info",
    PartnerStatus.SUSPENDED: "warning",
    PartnerStatus.EXCLUDED: "danger",
}


WORKING = (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)


class NotWorking(Refusal):
    message = _l("Only a partner who has visits to do can be ill.")


class SickDayQuestion(ReasonForm):
    """Which day, and why."""

    day = forms.DateField(label=_l("Which day?"), widget=UnfoldAdminSingleDateWidget)
    field_order = ("day", "reason")


class PartnerForm(forms.ModelForm[Partner]):
    languages = forms.MultipleChoiceField(required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        languages: Any = self.fields["languages"]
        languages.label = capfirst(_("languages"))
        languages.choices = language_choices(self.instance.languages)


class NoticesOfPartner(ReadOnlyInline):
    model = Notice
    fields = ("issued_at", "kind", "rule", "average_stars", "rate", "withdrawn_at")
    show_change_link = True
    fk_name = "partner"
    rate = percent_column("cancellation_rate", _l("cancellation rate"))


class SanctionsOfPartner(ReadOnlyInline):
    model = Sanction
    fields = ("issued_at", "kind", "rule", "status", "imposed_by", "decided_by", "confirmed_by", "ended_at")
    show_change_link = True
    fk_name = "partner"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sanction]:
        sanctions: QuerySet[Sanction] = super().get_queryset(request)
        return sanctions.select_related("imposed_by", "decided_by", "confirmed_by")


class StatusHistory(StepsInline):
    model = PartnerTransition
    labels = PARTNER_STATES


class HoursOfPartner(ReadOnlyInline):
    """Set by partners themselves (C1)."""

    model = WorkingHours
    fields = ("day", "span")

    @admin.display(description=_l("weekday"))
    def day(self, hours: WorkingHours) -> str:
        return capfirst(str(WEEKDAYS[hours.weekday]))

    @admin.display(description=_l("working hours"))
    def span(self, hours: WorkingHours) -> str:
        return " – ".join(f"{at // 60:02}:{at % 60:02}" for at in (hours.begins, hours.ends))


class DaysOffOfPartner(ReadOnlyInline):
    model = DayOff
    fields = ("first", "last")
    tab = True

    @admin.display(description=_l("First day off"))
    def first(self, off: DayOff) -> str:
        return date_format(off.first)

    @admin.display(description=_l("Last day off"))
    def last(self, off: DayOff) -> str:
        return date_format(off.last)


class StandingFilter(admin.SimpleListFilter):
    """By the stored standing against the city's rules of today."""

    title = _l("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("rating", _("Average below the minimum")),
            ("near", _("Average near the minimum")),
            ("cancellation", _("Cancellation rate above the limit")),
            ("no_show", _("No-show confirmed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Partner]) -> QuerySet[Partner]:
        if self.value() is None:
            return queryset
        if self.value() == "no_show":
            return queryset.filter(standing__no_shows__gt=0)
        found = Q(pk__in=[])
        for policy in CityPolicy.objects.in_force_at(now()):
            found |= Q(city=policy.city_id) & self._concerned(policy)
        return queryset.filter(found)

    def _concerned(self, policy: CityPolicy) -> Q:
        if self.value() == "cancellation":
            return _above_the_limit(policy)
        rated = Q(standing__rated_in_window__gte=policy.min_rated_jobs)
        alert = policy.min_rating + policy.rating_margin
        if self.value() == "rating":
            return rated & Q(standing__average_stars__lt=policy.min_rating)
        return rated & Q(standing__average_stars__gte=policy.min_rating, standing__average_stars__lt=alert)


def _above_the_limit(policy: CityPolicy) -> Q:
    latest = CityAssessment.objects.filter(city=policy.city_id).first()
    limit = cancellation_limit(latest.city_cancellation_average, policy.parameters) if latest else None
    if limit is None:
        return Q(pk__in=[])
    enough = Q(standing__accepted__gte=policy.min_accepted_jobs)
    return enough & Q(standing__cancellation_rate__gt=limit)


class OpenProposalFilter(admin.SimpleListFilter):
    title = _l("decision")
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", _("Waits for a decision"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Partner]) -> QuerySet[Partner]:
        if self.value() != "open":
            return queryset
        return queryset.filter(Exists(Sanction.objects.awaiting_decision().filter(partner=OuterRef("pk"))))


@admin.register(Partner)
class PartnerAdmin(EditableAdmin):
    """Staff correct the profile; status and figures change by decisions and facts only."""

    form = PartnerForm
    list_display = (
        "reference",
        "first_name",
        "city",
        "state",
        "average",
        "rate",
        "jobs",
        "search_rank",
        "user",
    )
    list_filter = (StandingFilter, OpenProposalFilter, "status", "city", "skills")
    list_select_related = ("city", "user", "standing", "review")
    search_fields = ("reference__istartswith", "first_name__istartswith", "user__email", "user__last_name")
    ordering = ("city", "reference")
    formfield_overrides: ClassVar[dict[Any, dict[str, Any]]] = {
        ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget},
    }
    inlines: ClassVar[list[type[ReadOnlyInline]]] = [
        NoticesOfPartner, SanctionsOfPartner, StatusHistory, HoursOfPartner, DaysOffOfPartner,
    ]  # fmt: skip
    fieldsets = (
        (None, {"fields": (("reference", "user", "city"), ("state", "joined_at", "links"))}),
        (
            _l("Standing"),
            {"fields": (("average", "rate", "counts"), ("search_rank", "computed_at", "review_due_at"))},
        ),
        (
            _l("Profile"),
            {
                "fields": (
                    "first_name",
                    "about",
                    "languages",
                    "skills",
                    ("home", "area"),
                    "verified_at",
                    "hours_set_at",
                )
            },
        ),
    )
    readonly_fields = (
        "reference", "user", "city", "state", "joined_at", "links", "average", "rate", "counts", "search_rank",
        "computed_at", "review_due_at", "hours_set_at", "home", "area",
    )  # fmt: skip
    decisions = ("suspend", "reinstate", "report_sick_day")

    @column(description=_l("Status"), label=LABELS, ordering="status")
    def state(self, partner: Partner) -> str:
        return toned(partner.status, partner.get_status_display())

    @column(description=_l("Average"), ordering="standing__average_stars")
    def average(self, partner: Partner) -> str:
        standing = _standing_of(partner)
        return rating(standing.average_stars) if standing else "–"

    @column(description=_l("Cancellation rate"), ordering="standing__cancellation_rate")
    def rate(self, partner: Partner) -> str:
        standing = _standing_of(partner)
        return percent(standing.cancellation_rate) if standing else "–"

    @column(description=_l("Jobs accepted"), ordering="standing__accepted")
    def jobs(self, partner: Partner) -> str:
        standing = _standing_of(partner)
        return str(standing.accepted) if standing else "–"

    @column(description=_l("Counts"))
    def counts(self, partner: Partner) -> str:
        standing = _standing_of(partner)
        if standing is None:
            return "–"
        text = _(
            "%(accepted)s accepted, %(cancelled)s cancelled, %(no_shows)s missed; %(rated)s of %(jobs)s rated"
        )
        return text % {
            "accepted": standing.accepted,
            "cancelled": standing.cancelled,
            "no_shows": standing.no_shows,
            "rated": standing.rated_in_window,
            "jobs": standing.jobs_in_window,
        }

    @column(description=_l("Computed"))
    def computed_at(self, partner: Partner) -> str:
        standing = _standing_of(partner)
        return date_format(localtime(standing.computed_at), "DATETIME_FORMAT") if standing else "–"

    @column(description=_l("Search rank"), ordering="search_rank")
    def search_rank(self, partner: Partner) -> str:
        return "–" if partner.search_rank is None else str(partner.search_rank)

    @column(description=_l("Review due"))
    def review_due_at(self, partner: Partner) -> str:
        review = getattr(partner, "review", None)
        return date_format(localtime(review.due_at), "DATETIME_FORMAT") if review and review.due_at else "–"

    @column(description=_l("Area"))
    def area(self, partner: Partner) -> str:
        """Set by partners themselves (C1)."""
        return ", ".join(partner.postcodes) or f"{partner.radius_km} km"

    @column(description=_l("Look up"))
    def links(self, partner: Partner) -> SafeString:
        lists = [
            (reverse("admin:orders_job_changelist"), _("Jobs")),
            (reverse("admin:ratings_rating_changelist"), _("Ratings")),
            (reverse("admin:billing_ledgerentry_changelist"), _("Books")),
        ]
        link = '<a class="text-primary-600 dark:text-primary-500" href="{}?q={}">{}</a>'
        return format_html_join(" · ", link, ((url, partner.reference, text) for url, text in lists))

    @decision(
        description=_l("Suspend"),
        consequence=_l(
            "The partner gets no more offers until reinstated; accepted jobs stay. The partner is told why."
        ),
        done=_l("The partner is suspended."),
        read_by=_l(
            "It becomes part of the record, and the partner reads it in an e-mail and in the statement of reasons."
        ),
        obstacle=lambda partner, _actor: services.suspending_refusal(partner),
        variant=ActionVariant.DANGER,
    )
    def suspend(self, actor: User, partner: Partner, reason: str) -> None:
        services.suspend_partner(partner_id=partner.pk, actor=actor, reason=reason, now=acting_now())

    @decision(
        description=_l("Report sick day"),
        consequence=_l(
            "The day is off and all its visits are handed over: those at least 24 hours away at once, the others as"
            " soon as somebody takes over."
        ),
        done=_l("The day is handed over."),
        read_by=_l("It stands beside each hand-over; clients do not see it."),
        obstacle=lambda partner, _actor: None if partner.status in WORKING else NotWorking(),
        asks=SickDayQuestion,
    )
    def report_sick_day(self, actor: User, partner: Partner, reason: str, day: date) -> None:
        report_sick_day(partner_id=partner.pk, day=day, reason=reason, actor=actor, now=acting_now())

    @decision(
        description=_l("Reinstate"),
        consequence=_l("The partner works again; open sanctions end, and earlier notices no longer count."),
        done=_l("The partner is active again."),
        read_by=_l(
            "It becomes part of the record, and the partner reads it in an e-mail and in the statement of reasons."
        ),
        obstacle=lambda partner, _actor: services.reinstating_refusal(partner),
        variant=ActionVariant.PRIMARY,
    )
    def reinstate(self, actor: User, partner: Partner, reason: str) -> None:
        services.reinstate_partner(partner_id=partner.pk, actor=actor, reason=reason, now=acting_now())


def _standing_of(partner: Partner) -> Any:
    """The stored standing; None before the first assessment."""
    return getattr(partner, "standing", None)
