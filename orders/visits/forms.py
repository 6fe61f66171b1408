"""What the two people of a visit type."""

from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mila.lib.forms import DateInput, MoneyField
from orders.slots import arrival_on, arrival_times, is_bookable
from orders.visits.policy import EXTRA_LENGTH, HIGHEST_EXTRA, MESSAGE_LENGTH, MOST_OPTIONS, NOTE_LENGTH


class MessageForm(forms.Form):
    """A word to the other side."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    body = forms.CharField(
        label=_("Your message"),
        help_text=_("Please no passwords."),
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Please write something first.")},
    )


class ExtraForm(forms.Form):
    """An extra service and its price."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What would you do or bring?"),
        max_length=EXTRA_LENGTH,
        error_messages={"required": _("Please say what it is.")},
    )
    price = MoneyField(
        label=_("Price in CHF"),
        min_value=Decimal("0.05"),
        max_value=HIGHEST_EXTRA,
        error_messages={"required": _("Please give the price.")},
    )


class LateForm(forms.Form):
    """The new arrival, one of those offered."""

    expected = forms.DateTimeField()


def _times() -> list[tuple[str, Any]]:
    return [("", "–"), *((f"{at:%H:%M}", f"{at:%H:%M}") for at in arrival_times())]


def _time_of(text: str) -> time:
    return time.fromisoformat(text)


class TimesForm(forms.Form):
    """One to three other times, in the time zone of the city; `starts` once it is valid."""

    note = forms.CharField(
        label=_("A word about it"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, zone: ZoneInfo, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.zone, self.now = zone, now
        self.starts: list[datetime] = []
        for number in range(1, MOST_OPTIONS + 1):
            first = number == 1
            self.fields[f"date_{number}"] = forms.DateField(
                label=_("Day"),
                required=first,
                widget=DateInput(),
                error_messages={"required": _("Please choose a day.")},
            )
            self.fields[f"time_{number}"] = forms.TypedChoiceField(
                label=_("Arrival"),
                required=first,
                choices=_times,
                coerce=_time_of,
                empty_value=None,
                error_messages={"required": _("Please choose a time.")},
            )

    def rows(self) -> Iterator[tuple[int, forms.BoundField, forms.BoundField]]:
        """Number, day and time of each option, for the page."""
        for number in range(1, MOST_OPTIONS + 1):
            yield number, self[f"date_{number}"], self[f"time_{number}"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for number in range(1, MOST_OPTIONS + 1):
            self._clean_option(given, number)
        return given

    def _clean_option(self, given: dict[str, Any], number: int) -> None:
        day, at = given.get(f"date_{number}"), given.get(f"time_{number}")
        if self.has_error(f"date_{number}") or self.has_error(f"time_{number}") or not (day or at):
            return
        if not (day and at):
            missing = "time" if day else "date"
            self.add_error(f"{missing}_{number}", _("Please give both the day and the time, or neither."))
            return
        start = arrival_on(day, at, self.zone)
        if not is_bookable(start, self.now):
            self.add_error(
                f"time_{number}", _("Please choose a time from one hour from now to 90 days ahead.")
            )
        elif start in self.starts:
            self.add_error(
                f"time_{number}", ValidationError(_("You have already given this time."), code="twice")
            )
        else:
            self.starts.append(start)
