"""Which of their past jobs partners want to see. Lives in the address of the page."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.calendar.policy import month_away, month_bounds, year_bounds
from orders.models import Service
from orders.models.job import JobQuerySet
from orders.policy import JobState

STATES = (
    (JobState.COMPLETED, _("Done")),
    (JobState.CANCELLED, pgettext_lazy("one job", "Cancelled by you")),
    (JobState.EXCUSED, _("Excused")),
    (JobState.NO_SHOW, pgettext_lazy("one job", "Missed")),
    (JobState.CLIENT_CANCELLED, _("Cancelled by the client")),
    (JobState.CLIENT_ABSENT, _("Nobody at home")),
)
# Of so many years the months can be chosen, too.
YEARS_BY_MONTH = 2

Period = tuple[datetime, datetime]


class HistoryForm(forms.Form):
    """All optional. `first` and `last` are the days of the earliest and the latest past job, or today."""

    state = forms.TypedChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), *((state.value, label) for state, label in STATES)],
        coerce=JobState,
        empty_value=None,
    )
    period = forms.ChoiceField(label=_("Period"), required=False)
    service = forms.ModelChoiceField(
        label=_("Service"),
        required=False,
        queryset=Service.objects.none(),
        to_field_name="slug",
        empty_label=_("All"),
    )

    def __init__(
        self, *args: Any, services: Iterable[int], first: date, last: date, zone: ZoneInfo, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.zone = zone
        offered = Service.objects.filter(pk__in=services).order_by("position", "pk")
        self.fields["service"].queryset = offered  # type: ignore[attr-defined]  # it is a ModelChoiceField
        self.fields["period"].choices = [("", _("All")), *_periods(first, last)]  # type: ignore[attr-defined]

    def narrow(self, jobs: JobQuerySet) -> JobQuerySet:
        """The jobs that were asked for; an answer that is none does not narrow."""
        given = self._given()
        if given.get("state"):
            jobs = jobs.in_state(given["state"])
        if given.get("service"):
            jobs = jobs.filter(order__service=given["service"])
        if given.get("period"):
            start, end = self._bounds(given["period"])
            jobs = jobs.filter(outcome_at__gte=start, outcome_at__lt=end)
        return jobs

    @property
    def is_narrowing(self) -> bool:
        return any(self._given().values())

    def _given(self) -> dict[str, Any]:
        if not self.is_bound:
            return {}
        self.is_valid()
        return self.cleaned_data

    def _bounds(self, period: str) -> Period:
        if len(period) == len("2026"):
            return year_bounds(int(period), self.zone)
        return month_bounds(date.fromisoformat(f"{period}-01"), self.zone)


def _periods(first: date, last: date) -> Iterator[tuple[str, Any]]:
    """Each year, the latest ones with their months."""
    for year in range(last.year, first.year - 1, -1):
        yield f"{year}", f"{year}"
        if year <= last.year - YEARS_BY_MONTH:
            continue
        month = date(year, 12, 1)
        while month.year == year:
            if first.replace(day=1) <= month <= last:
                yield f"{month:%Y-%m}", capfirst(formats.date_format(month, "YEAR_MONTH_FORMAT"))
            month = month_away(month, -1)
