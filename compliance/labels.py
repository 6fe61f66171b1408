"""The words for what `compliance.policy` decides, for ops."""

from django.utils.translation import gettext_lazy as _

from mila.lib.choices import Labels

RULES: Labels = {"rating": _("rating"), "cancellation": _("cancellation"), "no_show": _("no-show")}
NOTICE_KINDS: Labels = {
    "advice": _("advice"),
    "warning": _("warning"),
    "final_warning": _("final warning"),
}
SANCTION_KINDS: Labels = {"suspension": _("suspension"), "exclusion": _("exclusion")}
