"""The words for the states of partners and applications, for ops."""

from django.utils.translation import gettext_lazy as _

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
