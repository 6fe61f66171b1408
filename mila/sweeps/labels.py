"""The words for the sweeps, for ops."""

from django.utils.translation import gettext_lazy as _

from mila.lib.choices import Labels

SWEEP_NAMES: Labels = {
    "review": _("Assessment of partners"),
    "notifications": _("Sending of messages"),
    "postings": _("Postings of completed jobs"),
    "publication": _("Publication of ratings"),
    "offers": _("Lapsed offers and searches"),
    "contacts": _("First contacts that are missing"),
    "plans": _("Planned days and proposals"),
    "interests": _("Requests to be told"),
    "drafts": _("Unfinished bookings that are forgotten"),
    "sessions": _("Sessions that have expired"),
    "nightly": _("Nightly assessment of the cities"),
}
SWEEP_STATES: Labels = {
    "ok": _("in order"),
    "waiting": _("has not run yet"),
    "late": _("late"),
    "failed": _("failed"),
}
