"""Stars, a comment, a reply, and what is wrong with a comment."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mila.lib.choices import choices_of
from mila.lib.forms import StarInput, star_choices
from ratings.labels import FLAG_REASONS
from ratings.policy import FlagReason

COMMENT_LENGTH = 2000
FLAG_WORDS_LENGTH = 1000


class RatingForm(forms.Form):
    stars = forms.TypedChoiceField(
        label=_("How many stars?"),
        choices=star_choices,
        coerce=int,
        widget=StarInput,
        error_messages={"required": _("Please choose from one to five stars.")},
    )
    comment = forms.CharField(
        label=_("A few words"),
        help_text=_("It is published with the stars, the service and the month, without your name."),
        max_length=COMMENT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ReplyForm(forms.Form):
    text = forms.CharField(
        label=_("Your reply"),
        help_text=_("You can reply once; it is published at once."),
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Please write a few words.")},
    )


class FlagForm(forms.Form):
    reason = forms.TypedChoiceField(
        label=_("What is wrong with it?"),
        choices=choices_of(FlagReason, FLAG_REASONS),
        coerce=FlagReason,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose what is wrong with the comment.")},
    )
    words = forms.CharField(
        label=_("A few words for our team"),
        help_text=_("Only our team reads them."),
        max_length=FLAG_WORDS_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
