"""The words for the states of `partners.policy`, for ops."""

from django.utils.translation import gettext_lazy as _

from mila.lib.choices import Labels

PARTNER_STATES: Labels = {
    "applicant": _("applicant"),
    "active": _("active"),
    "suspended": _("suspended"),
    "excluded": _("excluded"),
    "left": _("has left"),
}
