"""The words for the kinds of messages, for ops."""

from django.utils.translation import gettext_lazy as _

from mila.lib.choices import Labels

KINDS: Labels = {
    "offer_received": _("offer received"),
    "order_confirmed": _("order confirmed"),
    "order_expired": _("nobody found for an order"),
    "order_cancelled": _("order cancelled by the client"),
    "partner_cancelled": _("visit given up by the partner"),
    "replacement_sought": _("somebody to take over is looked for"),
    "replacement_not_found": _("nobody takes over"),
    "job_taken_over": _("visit taken over by somebody else"),
    "message_received": _("message received"),
    "first_contact_overdue": _("first contact overdue"),
    "times_proposed": _("other times proposed"),
    "times_declined": _("other times declined"),
    "visit_replanned": _("visit planned for another time within its window"),
    "visit_moved": _("visit moved"),
    "extra_proposed": _("extra proposed"),
    "partner_on_the_way": _("partner on the way"),
    "running_late": _("partner running late"),
    "job_completed": _("job completed"),
    "job_excused": _("job excused"),
    "rating_published": _("rating published"),
    "flag_decided": _("reported comment decided"),
    "notice_issued": _("notice issued"),
    "notice_withdrawn": _("notice withdrawn"),
    "sanction_issued": _("sanction issued"),
    "application_approved": _("application approved"),
    "application_refused": _("application refused"),
    "partner_reinstated": _("partner reinstated"),
    "help_available": _("somebody comes to a place that was asked for"),
}
