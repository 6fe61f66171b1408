"""The versions of each city's rules: a change is a new version that begins in the future."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from compliance.models import CityPolicy
from compliance.parameters import parameter_problems
from compliance.policy import PolicyParameters
from mila.lib.admin import ReadOnlyAdmin, column, percent_column, with_fields

PARAMETERS = tuple(PolicyParameters.__dataclass_fields__)
FRACTIONS = ("cancellation_floor", "cancellation_ceiling")
FRACTIONS_SHOWN = ("floor", "ceiling")


class CityPolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Begins from the version that the city has now."""

    class Meta:
        model = CityPolicy
        fields = ("city", "in_force_from", *PARAMETERS, "reason")
        help_texts: ClassVar[dict[str, Any]] = {
            "in_force_from": _l("In the future: partners are judged by the rules that they could know."),
            "rating_margin": _l("Advice is given below the minimum average plus this margin."),
            "min_rated_jobs": _l("Below this many ratings in the window the rating rule rests."),
            "min_accepted_jobs": _l("Below this many accepted jobs the cancellation rule rests."),
            "cancellation_factor": _l(
                "The limit is the city's average times this factor, within floor and ceiling."
            ),
            "cancellation_floor": _l("A fraction: 0.0500 is 5 %."),
            "cancellation_ceiling": _l("A fraction: 0.2000 is 20 %."),
            "automatic_suspension": _l("If not, a suspension is proposed, and a person decides."),
            "reason": _l("Why the rules change."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "reason" in self.fields:
            self.fields["reason"].required = True

    def clean_in_force_from(self) -> Any:
        in_force_from = self.cleaned_data["in_force_from"]
        if in_force_from <= now():
            raise ValidationError(_("A new version begins in the future; what was decided stays as it was."))
        return in_force_from

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if all(name in cleaned for name in PARAMETERS):
            for problem in parameter_problems(
                PolicyParameters(**{name: cleaned[name] for name in PARAMETERS})
            ):
                self.add_error(problem.name, _(problem.message) % problem.values)
        return cleaned


@admin.register(CityPolicy)
class CityPolicyAdmin(ReadOnlyAdmin):
    form = CityPolicyForm
    list_display = (
        "city", "in_force_from", "in_force", "min_rating", "rating_margin", "cancellation_factor",
        "notices_before_suspension", "automatic_suspension", "created_by",
    )  # fmt: skip
    list_filter = ("city",)
    list_select_related = ("city", "created_by")
    search_fields = ("city__name", "reason")
    fieldsets = (
        (None, {"fields": (("city", "in_force_from"),)}),
        (_l("Rating"), {"fields": (("min_rating", "rating_margin", "min_rated_jobs"),)}),
        (
            _l("Cancellation"),
            {
                "fields": (
                    ("min_accepted_jobs", "cancellation_factor"),
                    FRACTIONS,
                )
            },
        ),
        (
            _l("Notices and suspension"),
            {
                "fields": (
                    ("notices_before_suspension", "notice_validity_days"),
                    ("notice_interval_days", "notice_interval_jobs"),
                    "automatic_suspension",
                )
            },
        ),
        (_l("Reason"), {"fields": ("reason",)}),
    )

    readonly_fields = FRACTIONS_SHOWN
    floor = percent_column("cancellation_floor", _l("lowest cancellation limit"))
    ceiling = percent_column("cancellation_ceiling", _l("highest cancellation limit"))

    def get_fieldsets(self, request: HttpRequest, obj: CityPolicy | None = None) -> Any:
        """Fractions are typed, percentages are read."""
        fieldsets = super().get_fieldsets(request, obj)
        return with_fields(fieldsets, FRACTIONS, FRACTIONS_SHOWN) if obj else fieldsets

    def has_add_permission(self, request: HttpRequest, obj: CityPolicy | None = None) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CityPolicy]:
        policies: QuerySet[CityPolicy] = super().get_queryset(request)
        moment = now()
        newer = CityPolicy.objects.filter(
            city=OuterRef("city"), in_force_from__gt=OuterRef("in_force_from"), in_force_from__lte=moment
        )
        holds = When(Q(in_force_from__lte=moment) & ~Exists(newer), then=Value(True))
        return policies.annotate(holds=Case(holds, default=Value(False), output_field=BooleanField()))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """`?city=3` begins with the parameters that the city has now."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        city = initial.get("city", "")
        current = (
            CityPolicy.objects.in_force_at(now()).filter(city=city).first() if str(city).isdigit() else None
        )
        if current is None:
            return initial
        return {**{name: getattr(current, name) for name in PARAMETERS}, **initial}

    def save_model(self, request: HttpRequest, obj: CityPolicy, form: Any, change: bool) -> None:
        obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)

    @column(description=_l("In force"), boolean=True)
    def in_force(self, policy: CityPolicy) -> bool:
        return bool(getattr(policy, "holds", False))
