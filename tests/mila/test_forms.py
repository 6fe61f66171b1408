"""A form that comes back says what is wrong, beside each field and in one list at its top."""

from collections.abc import Iterator

import pytest
from django import forms
from django.utils import translation


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """The words tested here are those of the sources."""
    with translation.override("en"):
        yield


class Two(forms.Form):
    """Two fields and a rule about both."""

    street = forms.CharField(label="Street")
    town = forms.CharField(label="Town")

    def clean(self) -> None:
        if self.cleaned_data.get("street") == self.cleaned_data.get("town") == "Bern":
            raise forms.ValidationError("A street is no town.")


def test_each_of_several_wrong_fields_is_linked_from_the_top() -> None:
    html = str(Two({}))

    assert html.index('role="alert"') < html.index('name="street"')
    assert '<a href="#id_street">Street</a>: This field is required.' in html
    assert '<a href="#id_town">Town</a>: This field is required.' in html


def test_in_french_a_space_stands_before_the_colon() -> None:
    with translation.override("fr"):
        html = str(Two({}))

    assert '<a href="#id_street">Street</a>\N{NO-BREAK SPACE}: Ce champ est obligatoire.' in html


@pytest.mark.parametrize(
    ("language", "low", "long"),
    [
        ("de", "Dieser Wert muss grösser oder gleich 2 sein.", "insgesamt höchstens 3 Ziffern"),
        ("it", "Il valore deve essere maggiore o uguale a 2.", "al massimo 3 cifre in totale"),
    ],
)
def test_limits_are_named_in_swiss_spelling_and_formally(language: str, low: str, long: str) -> None:
    field = forms.DecimalField(min_value=2, max_digits=3)
    with translation.override(language):
        for given, words in (("1", low), ("1234", long)):
            with pytest.raises(forms.ValidationError) as wrong:
                field.clean(given)
            assert words in "".join(wrong.value.messages)


def test_one_wrong_field_needs_no_list() -> None:
    html = str(Two({"street": "Bern"}))

    assert 'role="alert"' not in html
    assert html.count("This field is required.") == 1


def test_what_concerns_the_whole_form_stands_at_the_top() -> None:
    html = str(Two({"street": "Bern", "town": "Bern"}))

    assert html.index("A street is no town.") < html.index('name="street"')
    assert 'href="#id_street"' not in html


def test_a_fresh_form_lists_nothing() -> None:
    assert 'role="alert"' not in str(Two())
