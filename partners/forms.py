"""What partners type about their time and their area."""

from collections.abc import Iterable, Iterator
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from mila.lib.forms import DateInput, RangeInput, TimeInput
from partners.area.policy import (
    LEAST_RADIUS_KM,
    MOST_POSTCODES,
    MOST_RADIUS_KM,
    Area,
    words_in,
)
from partners.area.services import unknown_postcodes
from partners.availability.policy import (
    MINUTES_OF_A_DAY,
    STEP_MINUTES,
    Availability,
    Hours,
    HoursProblem,
    hours_problem,
)
from partners.fields import PlaceField

SPANS_OF_A_DAY = (1, 2)
# In an error, of the words that are no postcodes.
UNKNOWN_NAMED = 20
BUFFERS = (0, 5, 10, 15, 20, 30, 45, 60)
PROBLEMS = {
    HoursProblem.BACKWARDS: _("A span ends before it begins."),
    HoursProblem.NOT_A_STEP: _("Please choose full quarter hours."),
    HoursProblem.OVERLAP: _("The two spans overlap."),
    HoursProblem.OUTSIDE_THE_DAY: _("A span reaches beyond the day."),
}


class HoursForm(forms.Form):
    """A week: up to two spans a day, with the break between them. Midnight as an end is the end of that day."""

    any_time = forms.BooleanField(
        label=_("Ask me at any time"),
        required=False,
        help_text=_("Then the week above and public holidays do not count; your days off do."),
    )
    works_on_holidays = forms.BooleanField(
        label=_("I also work on public holidays"),
        required=False,
        help_text=_("Of the canton of your city, at the hours of that weekday."),
    )
    buffer_minutes = forms.TypedChoiceField(
        label=_("Free time between two visits"),
        coerce=int,
        help_text=_("Besides the way, which is always counted."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(minutes, _("%(count)s minutes") % {"count": minutes}) for minutes in BUFFERS]
        self.fields["buffer_minutes"].choices = choices  # type: ignore[attr-defined]
        for weekday, number, end in _cells():
            label = (
                _("%(day)s, %(number)s. span, from") if end == "from" else _("%(day)s, %(number)s. span, to")
            )
            words = {"day": capfirst(WEEKDAYS[weekday]), "number": number}
            self.fields[_name(weekday, number, end)] = forms.TimeField(
                label=label % words, required=False, widget=TimeInput({"step": STEP_MINUTES * 60})
            )

    def days(self) -> Iterator[tuple[str, list[tuple[forms.BoundField, forms.BoundField]], list[str]]]:
        """For the page: each weekday, its spans as pairs of fields, and what is wrong with them."""
        for weekday, name in WEEKDAYS.items():
            spans = [
                (self[_name(weekday, number, "from")], self[_name(weekday, number, "to")])
                for number in SPANS_OF_A_DAY
            ]
            errors = [str(error) for span in spans for field in span for error in field.errors]
            yield str(capfirst(name)), spans, list(dict.fromkeys(errors))

    def settings(self) -> list[forms.BoundField]:
        return [self["any_time"], self["works_on_holidays"], self["buffer_minutes"]]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("any_time"):
            self._refuse_lost_hours(given)
            return given | {"hours": None}
        hours: list[Hours] = []
        for weekday in WEEKDAYS:
            spans = list(self._spans_of(weekday, given))
            problem = hours_problem(spans)
            if problem is not None:
                self.add_error(_name(weekday, 1, "from"), ValidationError(PROBLEMS[problem], code=problem))
            hours += spans
        return given | {"hours": hours}

    def _refuse_lost_hours(self, given: dict[str, Any]) -> None:
        """Whoever had no hours and fills in some wants them to count: the tick was only left where it was."""
        filled = any(given.get(_name(*cell)) is not None for cell in _cells())
        if filled and self.initial.get("any_time"):
            words = _(
                "With this tick the hours you have filled in do not count. Take it away, or empty them."
            )
            self.add_error("any_time", ValidationError(words, code="hours_lost"))

    def _spans_of(self, weekday: int, given: dict[str, Any]) -> Iterator[Hours]:
        for number in SPANS_OF_A_DAY:
            begins, ends = (given.get(_name(weekday, number, end)) for end in ("from", "to"))
            if begins is not None and ends is not None:
                yield Hours(weekday, _minutes(begins), _minutes(ends) or MINUTES_OF_A_DAY)
            elif begins is not None or ends is not None:
                self.add_error(
                    _name(weekday, number, "to" if ends is None else "from"),
                    ValidationError(_("Please give both the beginning and the end."), code="half"),
                )


class DaysOffForm(forms.Form):
    first = forms.DateField(label=_("First day off"), widget=DateInput())
    last = forms.DateField(
        label=_("Last day off"),
        required=False,
        widget=DateInput(),
        help_text=_("If it is more than one day."),
    )


class AreaForm(forms.Form):
    """The own place, and either a radius or postcodes: what belongs to the other way is not looked at."""

    RADIUS, POSTCODES = "radius", "postcodes"
    # The field of the other way may be empty, and is hidden.
    use_required_attribute = False

    place = PlaceField(
        label=_("Your place"), help_text=_("Postcode and town. Clients see only how far away you are.")
    )
    way = forms.ChoiceField(
        label=_("Where do you want to be asked?"),
        choices=[(RADIUS, _("Around my place")), (POSTCODES, _("In postcodes that I choose"))],
        widget=forms.RadioSelect,
    )
    radius_km = forms.IntegerField(
        label=_("Radius in km"),
        min_value=LEAST_RADIUS_KM,
        max_value=MOST_RADIUS_KM,
        widget=RangeInput,
        error_messages={"required": _("Please give a radius.")},
    )
    postcodes = forms.CharField(
        label=_("Postcodes"),
        max_length=5000,
        widget=forms.Textarea({"rows": 4, "spellcheck": "false"}),
        help_text=_("With commas or spaces between them, for example 8001, 8002, 8032."),
        error_messages={"required": _("Please give at least one postcode.")},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("way") == self.POSTCODES:
            self.errors.pop("radius_km", None)
            given |= {"radius_km": self.initial["radius_km"]}
        elif given.get("way") == self.RADIUS:
            self.errors.pop("postcodes", None)
            given |= {"postcodes": []}
        if given.get("postcodes"):
            given["postcodes"] = self._postcodes(words_in(given["postcodes"]))
        return given

    def _postcodes(self, words: list[str]) -> list[str]:
        """Commas alone are words that we do not know either."""
        unknown = unknown_postcodes(words)
        if unknown or not words:
            names = ", ".join(unknown[:UNKNOWN_NAMED]) + (" …" if len(unknown) > UNKNOWN_NAMED else "")
            problem = _("We do not know these postcodes: %(postcodes)s.")
            self.add_error(
                "postcodes", ValidationError(problem, code="unknown", params={"postcodes": names or ","})
            )
        elif len(words) > MOST_POSTCODES:
            problem = _("Please give at most %(most)s postcodes.")
            self.add_error(
                "postcodes", ValidationError(problem, code="many", params={"most": MOST_POSTCODES})
            )
        return words


def area_as_typed(area: Area) -> dict[str, Any]:
    """An area as the form's fields begin with it."""
    return {
        "way": AreaForm.POSTCODES if area.postcodes else AreaForm.RADIUS,
        "radius_km": area.radius_km,
        "postcodes": ", ".join(area.postcodes),
    }


def week_of(availability: Availability) -> dict[str, Any]:
    """The hours as the form's fields begin with them; more than two spans a day do not come from it."""
    initial: dict[str, Any] = {"any_time": availability.hours is None}
    seen: dict[int, int] = {}
    for span in sorted(availability.hours or (), key=lambda one: (one.weekday, one.begins)):
        number = seen[span.weekday] = seen.get(span.weekday, 0) + 1
        initial[_name(span.weekday, number, "from")] = _clock(span.begins)
        initial[_name(span.weekday, number, "to")] = _clock(span.ends)
    return initial


def _cells() -> Iterable[tuple[int, int, str]]:
    return (
        (weekday, number, end) for weekday in WEEKDAYS for number in SPANS_OF_A_DAY for end in ("from", "to")
    )


def _name(weekday: int, number: int, end: str) -> str:
    return f"day{weekday}_{end}{number}"


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _clock(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)
