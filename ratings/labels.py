"""The words for reasons and decisions of reports, for both sides and for ops."""

from django.utils.translation import gettext_lazy as _

from mila.lib.choices import Labels

FLAG_REASONS: Labels = {
    "insult": _("It insults or discriminates"),
    "private": _("It names private details: a person, an address, a number"),
    "pressure": _("It threatens, or puts pressure on somebody"),
    "off_topic": _("It is not about the visit"),
    "advertising": _("It is advertising"),
    "other": _("Something else"),
}
FLAG_DECISIONS: Labels = {
    "keep": _("comment kept"),
    "hide": _("comment hidden"),
}
