"""The words for the states of partners and applications, for ops; and how each language calls the cities."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mila.lib.choices import Labels

PARTNER_STATES: Labels = {
    "applicant": _("applicant"),
    "active": _("active"),
    "suspended": _("suspended"),
    "excluded": _("excluded"),
    "left": _("has left"),
}

APPLICATION_STATES: Labels = {
    "draft": _("not sent yet"),
    "sent": _("waits for an answer"),
    "approved": _("approved"),
    "refused": _("refused"),
}

# Of the launch cities by their slug; another city is called by its own name everywhere.
CITY_NAMES: Labels = {
    "zurich": pgettext_lazy("city", "Zurich"),
    "geneva": pgettext_lazy("city", "Geneva"),
    "basel": pgettext_lazy("city", "Basel"),
    "lausanne": pgettext_lazy("city", "Lausanne"),
    "bern": pgettext_lazy("city", "Bern"),
    "winterthur": pgettext_lazy("city", "Winterthur"),
    "luzern": pgettext_lazy("city", "Lucerne"),
    "st-gallen": pgettext_lazy("city", "St. Gallen"),
    "lugano": pgettext_lazy("city", "Lugano"),
    "biel": pgettext_lazy("city", "Biel/Bienne"),
}
