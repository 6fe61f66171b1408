"""The words for the states of `orders.policy`, for ops."""

from django.utils.translation import gettext_lazy as _

from mila.lib.choices import Labels

ORDER_STATES: Labels = {
    "searching": _("searching"),
    "confirmed": _("confirmed"),
    "in_progress": _("in progress"),
    "completed": _("completed"),
    "expired": _("nobody found"),
    "cancelled": _("cancelled by the client"),
    "failed": _("did not take place"),
}
OFFER_STATES: Labels = {
    "open": _("open"),
    "accepted": _("accepted"),
    "declined": _("declined"),
    "lapsed": _("lapsed"),
    "withdrawn": _("withdrawn"),
}
JOB_STATES: Labels = {
    "accepted": _("accepted"),
    "checked_in": _("checked in"),
    "completed": _("completed"),
    "cancelled": _("cancelled by the partner"),
    "no_show": _("no-show"),
    "excused": _("excused"),
    "client_cancelled": _("cancelled by the client"),
    "client_absent": _("client absent"),
}
HAND_OVER_STATES: Labels = {
    "open": _("looking for somebody else"),
    "replaced": _("taken over"),
    "not_found": _("nobody found"),
    "withdrawn": _("withdrawn"),
    "settled": _("settled by the team"),
}
PARTS_OF_DAY: Labels = {
    "morning": _("in the morning, 7 to 12"),
    "afternoon": _("in the afternoon, 12 to 17"),
    "evening": _("in the evening, 17 to 20"),
    "day": _("at any time of the day"),
}
PROPOSAL_STATES: Labels = {
    "open": _("open"),
    "accepted": _("accepted"),
    "declined": _("declined"),
    "withdrawn": _("withdrawn"),
    "replaced": _("replaced by another"),
    "lapsed": _("lapsed"),
}
EXTRA_STATES: Labels = {
    "open": _("open"),
    "approved": _("approved"),
    "declined": _("declined"),
    "withdrawn": _("withdrawn"),
    "lapsed": _("lapsed"),
}
PLAN_RESULTS: Labels = {
    "planned": _("planned"),
    "locked": _("left as it is: somebody is on the way"),
    "impossible": _("left as it is: no order keeps every arrival"),
}
