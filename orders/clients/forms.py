"""What clients type about their addresses."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from orders.clients.services import addresses_of
from orders.models import ClientAddress
from partners.fields import PlaceField
from partners.models import City, Place


class AddressForm(forms.Form):
    """One address. Only places to which mila comes: others could not be booked."""

    label = forms.CharField(
        label=_("Name"),
        help_text=_("For you alone, such as “At home” or “My parents”."),
        max_length=40,
        required=False,
    )
    street = forms.CharField(
        label=_("Street and number"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        error_messages={"required": _("Please give the street and number, so that we find your door.")},
    )
    place = PlaceField(
        label=_("Postcode and town"),
        error_messages={"required": _("Please give the postcode and the town.")},
    )

    def clean_place(self) -> Place:
        place: Place = self.cleaned_data["place"]
        if place.city is None or not place.city.is_open:
            raise ValidationError(
                _("We do not come to %(place)s yet."), code="unserved", params={"place": place.name}
            )
        return place


class AddressField(forms.ModelChoiceField[ClientAddress]):
    """One of the client's own addresses, or another one."""

    def label_from_instance(self, obj: ClientAddress) -> str:
        return f"{obj.label}: {obj}" if obj.label else str(obj)


class AddressChoice(forms.Form):
    """A form with `street` and `place` that also offers the client's own addresses (`_address_choice.html`).

    It calls `offer_addresses` at the end of its `__init__`; without addresses it stays as it was. An address that is
    chosen counts as if it had been typed, so every check of the form holds for it, too.
    """

    def offer_addresses(self, client: User | None, *, city: City | None = None) -> None:
        """`city` leaves out what another city serves; somebody who has not logged in has no addresses."""
        kept = [] if client is None else list(addresses_of(client, city=city))
        if not kept:
            return
        mine = ClientAddress.objects.filter(pk__in=[address.pk for address in kept])
        field = AddressField(
            label=_("Which address?"),
            queryset=mine.likeliest_first().select_related("place"),
            required=False,
            blank=True,
            empty_label=_("Another address"),
            initial=self._proposed(kept),
            widget=forms.RadioSelect,
            template_name="orders/_address_choice.html",
        )
        self.fields = {"address": field} | self.fields
        # What is hidden while an address is chosen must not keep the browser from sending the form.
        self.use_required_attribute = False
        chosen = self.data.get(self.add_prefix("address"), "")
        self._type({str(address.pk): address for address in kept}.get(chosen))

    def _proposed(self, kept: list[ClientAddress]) -> int | str:
        """The likeliest of the town that is asked for; the one of the earlier order, if there was one."""
        street, place = self.initial.get("street"), self.initial.get("place")
        fitting = (
            address.pk
            for address in kept
            if (not isinstance(place, Place) or address.place.name == place.name)
            and (not street or address.street.casefold() == street.casefold())
        )
        return next(fitting, "")

    def _type(self, address: ClientAddress | None) -> None:
        if address is not None:
            typed = {"street": address.street, "place": str(address.place)}
            # Each field of such a form has one value.
            kept = {name: self.data[name] for name in self.data}
            self.data = kept | {self.add_prefix(name): value for name, value in typed.items()}
