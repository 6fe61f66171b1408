"""What somebody who applies types, and a partner in the settings: plain validation."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from partners.applying.policy import MOST_ABOUT
from partners.forms import AreaForm, HoursForm
from partners.models import Place, Skill
from partners.words import language_choices


class DetailsForm(forms.Form):
    """What clients read about a partner."""

    first_name = forms.CharField(
        label=_("First name"),
        max_length=60,
        help_text=_("Clients see it, so that they know who comes. Your family name is never shown."),
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages that you speak"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose at least one language.")},
    )
    about = forms.CharField(
        label=_("About you"),
        required=False,
        max_length=MOST_ABOUT,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("What you are good at and how you work, in two or three sentences. Clients read it."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = language_choices(self.initial.get("languages", ()))
        self.fields["languages"].choices = choices  # type: ignore[attr-defined]


class SkillsForm(forms.Form):
    skills = forms.ModelMultipleChoiceField(
        label=_("What you can do"),
        queryset=Skill.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("You are asked for these, and only for these. You can change them at any time."),
        error_messages={"required": _("Please choose at least one skill.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["skills"].queryset = Skill.objects.all()  # type: ignore[attr-defined]


class ProfileForm(DetailsForm, SkillsForm):
    """Both on one page: the settings of a partner."""

    field_order = ("first_name", "languages", "about", "skills")


class ServedAreaForm(AreaForm):
    """An area around a place that belongs to one of our cities: it says in which one somebody works."""

    def clean_place(self) -> Place:
        place: Place = self.cleaned_data["place"]
        if place.city_id is None:
            raise ValidationError(_("We do not work in this region yet."), code="not_served")
        return place


class FirstWeekForm(HoursForm):
    """A week in which there is some time, or any time."""

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors and given.get("hours") == []:
            problem = _("Please give at least one span of a day, or choose to be asked at any time.")
            raise ValidationError(problem, code="no_hours")
        return given
