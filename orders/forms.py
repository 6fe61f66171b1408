"""What clients and partners type about orders and jobs."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceIterator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from mila.lib.forms import DateInput, Select
from mila.lib.templatetags.mila import money
from orders.labels import PARTS_OF_DAY
from orders.models import Service
from orders.services.catalogue import offered_services
from orders.slots import BOOKABLE_DAYS, PartOfDay, arrival_at, arrival_times, soonest_arrival, time_of
from partners.fields import PlaceField
from partners.models import City, Place

SICK_DAY_AHEAD = 14


def _time_choices() -> list[tuple[Any, Any]]:
    parts = [(part.value, PARTS_OF_DAY[part]) for part in PartOfDay]
    exact = [(clock, clock) for clock in _clocks()]
    return [
        ("", _("as soon as possible")),
        (_("I am flexible"), parts),
        (_("at this time"), exact),
    ]


@cache
def _clocks() -> list[str]:
    return [f"{at:%H:%M}" for at in arrival_times()]


class ServicesBySkill(ModelChoiceIterator[Service]):
    """The services under the headings of their skills."""

    def __iter__(self) -> Iterator[Any]:
        yield ("", self.field.empty_label)
        field = cast("ServiceField", self.field)
        in_order = sorted(field.offered, key=lambda service: (service.skill_id, service.position))
        by_skill = {
            skill: [self.choice(service) for service in group]
            for skill, group in groupby(in_order, key=lambda service: service.skill)
        }
        yield from ((skill.name, choices) for skill, choices in by_skill.items())


class ServiceField(forms.ModelChoiceField[Service]):
    """What can be booked, with its price."""

    iterator = ServicesBySkill
    widget = Select

    @cached_property
    def offered(self) -> list[Service]:
        """Each form has a copy of the field, so they are as they were when it was first asked."""
        return offered_services()

    def to_python(self, value: Any) -> Service | None:
        """From the list itself, which the page shows as well."""
        if value in self.empty_values:
            return None
        found = next((service for service in self.offered if service.slug == value), None)
        if found is None:
            raise ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            )
        return found

    def label_from_instance(self, obj: Service) -> str:
        return f"{obj.name}, {money(obj.price, obj.currency)}"


class SearchForm(forms.Form):
    """What, where, when: without a day as soon as possible, with a day alone at any time of it, as it then says.

    Lives in the address of the page.
    """

    service = ServiceField(
        label=_("What do you need?"),
        queryset=Service.objects.filter(is_active=True).select_related("skill"),
        to_field_name="slug",
        empty_label=_("Please choose"),
        error_messages={
            "required": _("Please choose what you need."),
            "invalid_choice": _("We do not offer this. Please choose from the list."),
        },
    )
    place = PlaceField(
        label=_("Where?"),
        widget_attrs={"placeholder": _("Postcode or town")},
        error_messages={"required": _("Please say where: a postcode or a town.")},
    )
    date = forms.DateField(
        label=_("Day"),
        required=False,
        widget=DateInput(attrs={"data-opens": "time", "data-as": PartOfDay.DAY.value}),
    )
    time = forms.TypedChoiceField(
        label=_("Arrival"),
        required=False,
        choices=_time_choices(),
        coerce=time_of,
        empty_value=None,
        widget=Select,
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, now: datetime, initial: dict[str, Any] | None = None
    ) -> None:
        if data is not None and data.get("date") and not data.get("time"):
            data = {**{name: data.get(name) for name in data}, "time": PartOfDay.DAY.value}
        super().__init__(data, initial=initial)
        self.now = now

    def clean_place(self) -> Place:
        place: Place = self.cleaned_data["place"]
        if place.city is None or not place.city.is_open:
            raise ValidationError(
                _("We do not come to %(place)s yet. We work in and around the cities listed below."),
                code="unserved",
                params={"place": place.name},
            )
        return place

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("time") and given.get("date") is None and "date" in given:
            self.add_error("date", _("Please choose the day."))
        elif given.get("date") and given.get("place") and "time" in given and self._chosen() is None:
            today = self.now.astimezone(ZoneInfo(self.city.time_zone)).date()
            is_bookable = today <= given["date"] <= today + timedelta(days=BOOKABLE_DAYS)
            wrong = "time" if is_bookable else "date"
            self.add_error(wrong, _("Please choose a time from one hour from now to 90 days ahead."))
        return given

    @property
    def city(self) -> City:
        city: City = self.cleaned_data["place"].city
        return city

    @property
    def arrival(self) -> tuple[datetime, datetime]:
        """The earliest and the latest arrival, in the city's time zone; the same when a time was chosen."""
        if self.cleaned_data["date"]:
            chosen = self._chosen()
            if chosen is not None:
                return chosen
        soonest = soonest_arrival(self.now, ZoneInfo(self.city.time_zone))
        return soonest, soonest

    def _chosen(self) -> tuple[datetime, datetime] | None:
        """None if it is too soon or too far away."""
        day, at = self.cleaned_data["date"], self.cleaned_data["time"]
        return arrival_at(at, day, self.now, ZoneInfo(self.city.time_zone))


class ReasonForm(forms.Form):
    """Why a partner gives a job back."""

    reason = forms.CharField(
        label=_("What is the reason?"),
        help_text=_("Your client does not see it; our team does."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Please say why, in a few words.")},
    )


class SickDayForm(forms.Form):
    """Which day a partner can't work."""

    day = forms.DateField(
        label=_("Which day?"),
        widget=DateInput(),
        error_messages={"required": _("Please choose the day.")},
    )
    reason = forms.CharField(
        label=_("Anything we should know?"),
        help_text=_("Your clients do not see it; our team does."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.fields["day"].initial = today

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not self.today <= day <= self.today + timedelta(days=SICK_DAY_AHEAD):
            raise ValidationError(
                _("Please choose a day from today on, at most two weeks ahead."), code="out_of_range"
            )
        return day


class TellMeForm(forms.Form):
    """What somebody waits for and where, as in a search, and how to reach them."""

    service = SearchForm.base_fields["service"]
    place = SearchForm.base_fields["place"]
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_(
            "For this one mail only. We erase it 30 days after it, and after two years at the latest."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Please give the address to which we shall write.")},
    )
