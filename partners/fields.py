"""The form field that understands a place as people write it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from mila.lib.forms import PlaceInput
from partners.models import Place
from partners.reference import names_of_launch_towns, search_name
from partners.services import find_places, launch_towns_called

# Enough for every postcode of the largest town and its neighbours in the alphabet.
WHOLE_TOWNS = 200


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
        if len(one_of_each_town(found)) > 1 and len({place.postcode for place in found}) > 1:
            raise ValidationError(self.error_messages["ambiguous"], code="ambiguous")
        return found[0]

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, Place) else value


def places_meant(text: str) -> list[Place]:
    """The places that a text names in full, else those that it may begin to name.

    A name that some language gives to the town of a launch city means that town: `Biel` is not the hamlet in Valais.
    """
    found = find_places(query=text, limit=WHOLE_TOWNS)
    head, _space, tail = text.strip().partition(" ")
    if head.isdigit():
        coded = [p for p in found if p.postcode == head]
        exact = [p for p in coded if p.search_name in _names_meant(tail)] if tail else coded
    else:
        exact = [p for p in found if p.search_name in _names_meant(text)]
    return exact or found


def one_of_each_town(places: Iterable[Place]) -> list[Place]:
    """The first place of each town. The town of a launch city is one, even if it reaches into another canton."""
    towns: dict[tuple[str, str], Place] = {}
    for place in places:
        canton = "" if place.search_name in names_of_launch_towns() else place.canton
        towns.setdefault((place.name, canton), place)
    return list(towns.values())


def _names_meant(text: str) -> set[str]:
    return launch_towns_called(text) or {search_name(text)}
