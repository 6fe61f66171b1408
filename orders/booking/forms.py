"""What a client types while booking, one form a step; and what a link into the booking may say."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mila.accounts.fields import PhoneField
from mila.accounts.models import User
from mila.lib.forms import DateInput
from orders.booking.policy import SOON, Obstacle
from orders.clients.forms import AddressChoice
from orders.forms import ServiceField
from orders.models import Service
from orders.slots import BOOKABLE_DAYS, PartOfDay, arrival_at, time_of
from partners.fields import PlaceField
from partners.models import City, Place

ON_A_DAY = "day"

# What is said at the step to which each leads.
OBSTACLES = {
    Obstacle.SERVICE_GONE: _(
        "We do not offer this any more. Please choose something else; the rest is kept."
    ),
    Obstacle.PLACE_UNSERVED: _("We do not come to this place at the moment. The rest is kept."),
    Obstacle.TIME_OVER: _("The time that you had chosen is no longer possible. Everything else is kept."),
    Obstacle.NOBODY_FREE: _(
        "At the time that you had chosen nobody is free any more. Everything else is kept."
    ),
    Obstacle.NOBODY_SOON: _("Nobody is free in the next seven days. Everything else is kept."),
    Obstacle.PARTNER_TAKEN: _("%(name)s is no longer free at that time. Everything else is kept."),
    Obstacle.PARTNER_NOT_SOON: _("%(name)s is not free in the next seven days. Everything else is kept."),
}


def _offered() -> Any:
    return Service.objects.filter(is_active=True).select_related("skill")


class DescriptionForm(forms.Form):
    """What is to be done, and whether as soon as possible."""

    service = ServiceField(
        label=_("What do you need?"),
        queryset=_offered(),
        to_field_name="slug",
        empty_label=None,
        error_messages={
            "required": _("Please choose what you need."),
            "invalid_choice": _("We do not offer this. Please choose from the list."),
        },
    )
    details = forms.CharField(
        label=_("What should we know?"),
        help_text=_("The device, what you have tried, how to find the door. Please no passwords."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    when = forms.ChoiceField(
        label=_("When?"),
        choices=[(SOON, _("as soon as possible")), (ON_A_DAY, _("on a day of my choice"))],
        widget=forms.RadioSelect,
    )
    day = forms.DateField(label=_("Day"), required=False, widget=DateInput())

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        last = today + timedelta(days=BOOKABLE_DAYS)
        self.fields["day"].widget.attrs |= {"min": today.isoformat(), "max": last.isoformat()}

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("when") == SOON:
            given["day"] = None
        elif "day" in given:
            last = self.today + timedelta(days=BOOKABLE_DAYS)
            if given["day"] is None:
                self.add_error("day", _("Please choose the day."))
            elif not self.today <= given["day"] <= last:
                self.add_error("day", _("Please choose a day from today on, at most 90 days ahead."))
        return given


class AddressForm(AddressChoice):
    """Where to come to and whom to ask for; name and phone only if the account has none."""

    street = forms.CharField(
        label=_("Street and number"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        error_messages={"required": _("Please give the street and number, so that we find your door.")},
    )
    place = PlaceField(
        label=_("Postcode and town"),
        widget_attrs={"placeholder": _("Postcode or town")},
        error_messages={"required": _("Please give the postcode and the town.")},
    )
    first_name = forms.CharField(
        label=_("Your first name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": _("Please tell your partner whom to ask for.")},
    )
    phone = PhoneField(help_text=_("Only the person who comes sees it, until the visit is over."))

    def __init__(self, *args: Any, client: User | None, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("first_name", "phone"):
            if client is not None and getattr(client, name):
                del self.fields[name]
        self.offer_addresses(client)

    def clean_place(self) -> Place:
        place: Place = self.cleaned_data["place"]
        if place.city is None or not place.city.is_open:
            raise ValidationError(
                _("We do not come to %(place)s yet. We work in and around the cities listed below."),
                code="unserved",
                params={"place": place.name},
            )
        return place


class SlotForm(forms.Form):
    """An arrival as the week of free times offers it: `2026-11-27 10:00`, `2026-11-27 morning`, `soon`."""

    slot = forms.CharField(max_length=20)

    def __init__(self, *args: Any, city: City, now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.city = city
        self.now = now

    def clean_slot(self) -> tuple[date | None, str]:
        if self.cleaned_data["slot"] == SOON:
            return None, SOON
        day_text, _space, time_text = self.cleaned_data["slot"].partition(" ")
        try:
            day, at = date.fromisoformat(day_text), time_of(time_text)
            arrival = arrival_at(at, day, self.now, ZoneInfo(self.city.time_zone))
        except (ValueError, OverflowError):
            arrival = None
        if arrival is None:
            raise ValidationError(OBSTACLES[Obstacle.TIME_OVER])
        return day, at.value if isinstance(at, PartOfDay) else f"{at:%H:%M}"


class ConfirmationForm(forms.Form):
    """What the summary has shown when the button was pressed."""

    submission_key = forms.UUIDField()
    seen = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S.%f%z"])
    price = forms.DecimalField(max_digits=8, decimal_places=2)
    # What "as soon as possible" meant.
    arrival = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z"], required=False)


class EntryForm(forms.Form):
    """What a link knows already. What it says wrongly is left out; the step in question asks for it."""

    service = forms.ModelChoiceField(queryset=_offered(), to_field_name="slug", required=False)
    place = PlaceField(required=False)
    date = forms.DateField(required=False)
    time = forms.CharField(max_length=9, required=False)
    partner = forms.CharField(max_length=40, required=False)
    anybody = forms.BooleanField(required=False)
    again = forms.CharField(max_length=12, required=False)

    def clean_place(self) -> Place | None:
        place: Place | None = self.cleaned_data["place"]
        return place if place is not None and place.city is not None and place.city.is_open else None

    def clean_time(self) -> str:
        if self.cleaned_data["time"] == SOON:
            return SOON
        try:
            at = time_of(self.cleaned_data["time"])
        except ValueError:
            return ""
        return at.value if isinstance(at, PartOfDay) else f"{at:%H:%M}"

    def known(self, name: str) -> Any:
        """The value, or None where nothing, or something wrong, is said."""
        self.is_valid()
        return self.cleaned_data.get(name) or None
