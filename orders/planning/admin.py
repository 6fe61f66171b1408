"""Ops ask for a proposal for a city's day, look at it, and send it; and the days as they were planned."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from unfold.enums import ActionVariant

from mila.accounts.models import User
from mila.lib.admin import ReadOnlyAdmin, ReadOnlyInline, acting_now, column, decision
from mila.lib.answers import words_of
from mila.lib.refusals import Refusal
from mila.lib.templatetags.mila import distance
from orders.models import DayProposal, ProposedVisit, RoutePlan, RouteStop
from orders.planning import proposals


def _way(row: DayProposal | RoutePlan | ProposedVisit | RouteStop) -> str:
    """ "1 h 12 min · 34.5 km"."""
    hours, minutes = divmod(-(-row.travel_seconds // 60), 60)
    time = _("%(hours)s h %(minutes)s min") if hours else _("%(minutes)s min")
    return f"{time % {'hours': hours, 'minutes': minutes}} · {distance(row.travel_metres)}"


class ProposedVisits(ReadOnlyInline):
    model = ProposedVisit
    fields = ("partner", "arrives", "order", "place", "way", "answer")
    tab = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProposedVisit]:
        visits: QuerySet[ProposedVisit] = super().get_queryset(request)
        return visits.select_related("partner", "order", "offer")

    @column(description=_l("Arrival"))
    def arrives(self, visit: ProposedVisit) -> str:
        return date_format(localtime(visit.arrives_at), "TIME_FORMAT")

    @column(description=_l("Place"))
    def place(self, visit: ProposedVisit) -> str:
        return f"{visit.order.postcode} {visit.order.town}"

    @column(description=_l("Way"))
    def way(self, visit: ProposedVisit) -> str:
        return _way(visit)

    @column(description=_l("Offer"))
    def answer(self, visit: ProposedVisit) -> str:
        return visit.offer.get_status_display() if visit.offer is not None else visit.refusal or "–"


class ProposalForm(forms.ModelForm[DayProposal]):
    class Meta:
        model = DayProposal
        fields = ("city", "day")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("city") and given.get("day"):
            try:
                proposals.refuse_past_day(city=given["city"], day=given["day"], now=acting_now())
            except Refusal as refusal:
                self.add_error("day", words_of(refusal))
        return given


@admin.register(DayProposal)
class DayProposalAdmin(ReadOnlyAdmin):
    """A row is asked for by adding it; the worker computes it within seconds."""

    list_display = ("__str__", "city", "day", "proposed", "open_orders", "way", "planned_at", "sent_at")
    list_filter = ("city", ("day", admin.DateFieldListFilter))
    list_select_related = ("city",)
    ordering = ("-asked_at", "-pk")
    inlines: ClassVar[list[type[ReadOnlyInline]]] = [ProposedVisits]
    fields = (
        ("city", "day", "asked_by"),
        ("asked_at", "planned_at", "sent_at"),
        ("proposed", "open_orders", "way"),
    )
    readonly_fields = ("proposed", "way", "why_nothing")
    decisions = ("send_offers",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DayProposal]:
        rows: QuerySet[DayProposal] = super().get_queryset(request)
        return rows.select_related("city", "asked_by").annotate(visit_count=Count("visits"))

    def has_add_permission(self, request: HttpRequest, obj: DayProposal | None = None) -> bool:
        return self.has_view_permission(request)

    def get_fields(self, request: HttpRequest, obj: DayProposal | None = None) -> Any:
        if obj is None:
            return ("city", "day")
        return (*self.fields, "why_nothing") if proposals.nothing_proposed(obj) else self.fields

    def get_inlines(self, request: HttpRequest, obj: DayProposal | None) -> list[type[ReadOnlyInline]]:
        return self.inlines if obj else []

    def get_form(
        self, request: HttpRequest, obj: DayProposal | None = None, change: bool = False, **options: Any
    ) -> Any:
        return super().get_form(
            request, obj, change, **(options if obj else {"form": ProposalForm, **options})
        )

    def save_model(self, request: HttpRequest, obj: DayProposal, form: Any, change: bool) -> None:
        asked = proposals.ask_for_proposal(
            city=obj.city, day=obj.day, actor=_staff(request), now=acting_now()
        )
        obj.pk = asked.pk

    @column(description=_l("Proposed orders"))
    def proposed(self, proposal: DayProposal) -> int:
        return int(getattr(proposal, "visit_count", 0))

    @column(description=_l("Way"))
    def way(self, proposal: DayProposal) -> str:
        return _way(proposal) if proposal.planned_at else "–"

    @column(description=_l("Nothing proposed"))
    def why_nothing(self, proposal: DayProposal) -> str:
        refusal = proposals.nothing_proposed(proposal)
        return words_of(refusal) if refusal else "–"

    @decision(
        description=_l("Send as offers"),
        consequence=_l(
            "Each partner gets an ordinary offer for each visit and may accept or decline it; declining never counts. "
            "What is no longer possible is left out."
        ),
        done=_l("The offers have been sent."),
        read_by=_l("It becomes part of the record of what staff did."),
        obstacle=lambda proposal, _actor: proposals.sending_refusal(proposal),
        variant=ActionVariant.PRIMARY,
    )
    def send_offers(self, actor: User, proposal: DayProposal, reason: str) -> None:
        proposals.send_proposal(proposal_id=proposal.pk, now=acting_now())


class RouteStops(ReadOnlyInline):
    model = RouteStop
    fields = ("position", "arrives_at", "job", "way")
    tab = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RouteStop]:
        stops: QuerySet[RouteStop] = super().get_queryset(request)
        return stops.select_related("job")

    @column(description=_l("Way"))
    def way(self, stop: RouteStop) -> str:
        return _way(stop)


@admin.register(RoutePlan)
class RoutePlanAdmin(ReadOnlyAdmin):
    list_display = ("partner", "day", "result", "way", "planned_at", "due_at", "attempts")
    list_filter = ("result", "partner__city", ("day", admin.DateFieldListFilter))
    list_select_related = ("partner",)
    search_fields = ("partner__reference",)
    ordering = ("-day", "-pk")
    inlines: ClassVar[list[type[ReadOnlyInline]]] = [RouteStops]
    fields = (("partner", "day", "result"), ("planned_at", "due_at", "attempts"), "way")
    readonly_fields = ("way",)

    @column(description=_l("Way"))
    def way(self, plan: RoutePlan) -> str:
        return _way(plan)


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("only staff get here")
    return request.user
