"""Choices of a field from the values of a pure enum and the words for them, which rules do not know."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from django.utils.functional import Promise

Labels = Mapping[str, Promise]


def choices_of(values: Iterable[StrEnum], labels: Labels) -> list[tuple[str, Promise]]:
    """For `choices=`. A value without a label is a KeyError when the program starts."""
    return [(value.value, labels[value.value]) for value in values]
