"""The books: to look at. Only a new commission rate can be entered, for the future."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.models import CommissionRate, LedgerEntry, Posting
from mila.lib.admin import ReadOnlyAdmin, ReadOnlyInline, column, link_to, percent_column


class CommissionRateForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = CommissionRate
        fields = ("city", "in_force_from", "rate")
        help_texts: ClassVar[dict[str, Any]] = {"rate": _l("A fraction: 0.2000 is 20 %.")}

    def clean_in_force_from(self) -> Any:
        in_force_from = self.cleaned_data["in_force_from"]
        if in_force_from <= now():
            raise ValidationError(
                _("A new rate begins in the future: what is posted already stays as it is.")
            )
        return in_force_from


@admin.register(CommissionRate)
class CommissionRateAdmin(ReadOnlyAdmin):
    form = CommissionRateForm
    list_display = ("city", "rate_shown", "in_force_from")
    readonly_fields = ("rate_shown",)
    rate_shown = percent_column("rate", _l("rate"))
    list_filter = ("city",)
    list_select_related = ("city",)

    def get_fields(self, request: HttpRequest, obj: CommissionRate | None = None) -> tuple[str, ...]:
        """A fraction is typed, a percentage is read."""
        return ("city", "in_force_from", "rate_shown" if obj else "rate")

    def has_add_permission(self, request: HttpRequest, obj: CommissionRate | None = None) -> bool:
        return self.has_view_permission(request)


class PostingsOfEntry(ReadOnlyInline):
    model = Posting
    fields = ("account", "client", "partner", "amount", "currency")
    ordering = ("pk",)
    tab = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Posting]:
        postings: QuerySet[Posting] = super().get_queryset(request)
        return postings.select_related("client", "partner")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "posted_at", "job", "partner", "order", "commission_rate")
    list_filter = ("job__partner__city", ("posted_at", admin.DateFieldListFilter))
    list_select_related = ("job__partner", "job__order", "commission_rate__city")
    search_fields = ("job__order__reference", "job__partner__reference")
    ordering = ("-posted_at", "-pk")
    inlines: ClassVar[list[type[ReadOnlyInline]]] = [PostingsOfEntry]
    fields = (("job_link", "partner", "order"), ("posted_at", "commission_rate"))
    readonly_fields = ("job_link", "partner", "order")

    @column(description=_l("Job"))
    def job_link(self, entry: LedgerEntry) -> SafeString | str:
        return link_to(entry.job)

    @column(description=_l("Partner"))
    def partner(self, entry: LedgerEntry) -> SafeString | str:
        return link_to(entry.job.partner)

    @column(description=_l("Order"))
    def order(self, entry: LedgerEntry) -> SafeString | str:
        return link_to(entry.job.order)
