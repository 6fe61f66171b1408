"""The form field that understands a place as people write it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from mila.lib.forms import PlaceInput
from partners.models import Place
from partners.reference import search_name
from partners.services import find_places


class PlaceField(forms.CharField):
    """A postcode, a town, or both: `1003`, `lausanne`, `1003 Lausanne` all give the `Place`.

    Several postcodes of one town are one place for the purpose; towns that only share a beginning are not.
    """

    default_error_messages = {
        "unknown": _("We do not find this place. Please give the postcode or the town."),
        "ambiguous": _("Several places are called like this. Please add the postcode."),
    }

    def __init__(self, *, widget_attrs: dict[str, Any] | None = None, **options: Any) -> None:
        options.setdefault("widget", PlaceInput(url=reverse_lazy("api_places"), attrs=widget_attrs))
        super().__init__(max_length=90, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = places_meant(text)
        if not found:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        if len({(place.name, place.canton) for place in found}) > 1 and len({p.postcode for p in found}) > 1:
            raise ValidationError(self.error_messages["ambiguous"], code="ambiguous")
        return found[0]

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Place) else value


def places_meant(text: str) -> list[Place]:
    """The places that a text names in full, else those that it may begin to name."""
    found = find_places(query=text, limit=50)
    head, _space, tail = text.strip().partition(" ")
    if head.isdigit():
        exact = [p for p in found if p.postcode == head and search_name(tail) in ("", p.search_name)]
    else:
        exact = [p for p in found if p.search_name == search_name(text)]
    return exact or found
