"""What each kind of message says: from the ids in a notification to the words of a mail.

Every kind has a function here that gathers what its subject and body in `templates/emails/<kind>/` need. A line
of the body is a paragraph; text and HTML are made of the same lines by one frame each, so they cannot differ.
`facts` is a list of (label, value) shown as a table, `link` and `action` lead to the page concerned.
Called with the recipient's language and time zone active.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from compliance.models import Notice, Sanction
from mila import statements
from mila.accounts.models import User
from mila.lib.templatetags.mila import day, money
from mila.mail_parts import Context, about_order, booked, leads_to, reference_of, visit_of
from mila.notifications.models import Notification
from mila.notifications.services import Message
from mila.visit_mails import CONTEXTS as VISITS
from orders.models import Job, Offer, Order
from orders.policy import ORDER_TRANSITIONS, JobState, OrderStatus
from partners.applying.policy import ApplicationStatus, may_apply_again_at
from partners.interest.services import token_of
from partners.models import Application, CityInterest, Partner
from partners.policy import PartnerStatus
from ratings.labels import FLAG_REASONS
from ratings.models import Rating, RatingFlag, Side
from ratings.policy import RATING_PERIOD, FlagDecision


def render(notification: Notification) -> Message:
    """The words of one message. An unknown kind or a missing row is an error, which the outbox notes."""
    context = CONTEXTS[notification.kind](notification) | {"support_email": settings.SUPPORT_EMAIL}
    subject = " ".join(_lines(f"emails/{notification.kind}/subject.txt", context))
    context |= {
        "subject": subject,
        "greeting": _greeting(notification.recipient),
        "paragraphs": _lines(f"emails/{notification.kind}/body.txt", context),
    }
    return Message(
        subject=subject,
        text=render_to_string("emails/frame.txt", context),
        html=render_to_string("emails/frame.html", context),
    )


def _lines(template: str, context: Context) -> list[str]:
    text = render_to_string(template, context)
    # Not `split()`: figures are held together by hard spaces.
    return [re.sub(" +", " ", line.strip()) for line in text.splitlines() if line.strip()]


def _greeting(recipient: User | None) -> str:
    if recipient is not None and recipient.first_name:
        return _("Hello %(name)s,") % {"name": recipient.first_name}
    return _("Hello,")


# --- Orders -----------------------------------------------------------------------------------------------


def _offer(notification: Notification) -> Context:
    offers = Offer.objects.select_related("order__service", "partner")
    offer = offers.get(pk=notification.payload["offer_id"])
    # The street is told to the partner who accepts, not to everybody who is asked (C19).
    where = (_("Where"), f"{offer.order.postcode} {offer.order.town}")
    return {
        **about_order(offer.order),
        "deadline": offer.expires_at,
        "facts": [*visit_of(offer.order), where, _price(offer.order)],
        **leads_to(_("Answer the offer"), "partner_dashboard"),
    }


def _order_of_client(notification: Notification) -> Context:
    order = _order(notification)
    job = order.jobs.select_related("partner").order_by("-pk").first()
    return {
        **about_order(order),
        "partner": str(job.partner) if job else "",
        "has_ended": not ORDER_TRANSITIONS[OrderStatus(order.status)],
        "facts": [*visit_of(order), _address(order), _price(order), reference_of(order)],
        **leads_to(_("See your booking"), "order_detail", order.reference),
    }


def _order_of_partner(notification: Notification) -> Context:
    order = _order(notification)
    facts = [*visit_of(order), (_("Where"), f"{order.postcode} {order.town}"), reference_of(order)]
    return {**about_order(order), "facts": facts, **leads_to(_("See your day"), "partner_dashboard")}


def _job_completed(notification: Notification) -> Context:
    job = Job.objects.select_related("order__service", "order__client", "partner").get(
        pk=notification.payload["job_id"]
    )
    order = booked(job)
    to_client = order.client_id == notification.recipient_id
    page = ("order_rate", order.reference) if to_client else ("job_rate", job.pk)
    return {
        **about_order(order),
        "to_client": to_client,
        "other": str(job.partner) if to_client else order.client.first_name or _("your client"),
        "days": RATING_PERIOD.days,
        "facts": [*visit_of(order), reference_of(order)],
        **leads_to(_("Rate the visit"), *page),
    }


def _job_nobody_takes_over(notification: Notification) -> Context:
    job = Job.objects.select_related("order__service", "partner").get(pk=notification.payload["job_id"])
    order = booked(job)
    to_client = order.client_id == notification.recipient_id
    page = ("order_detail", order.reference) if to_client else ("job_detail", job.pk)
    return {
        **about_order(order),
        "to_client": to_client,
        "partner": str(job.partner),
        "facts": [*visit_of(order), reference_of(order)],
        **leads_to(_("See the visit"), *page),
    }


def _job_taken_over(notification: Notification) -> Context:
    job = Job.objects.select_related("order__service").get(pk=notification.payload["job_id"])
    order = booked(job)
    where = (_("Where"), f"{order.postcode} {order.town}")
    facts = [*visit_of(order), where, reference_of(order)]
    return {**about_order(order), "facts": facts, **leads_to(_("See your day"), "partner_dashboard")}


def _job_excused(notification: Notification) -> Context:
    job = Job.objects.select_related("order__service").get(pk=notification.payload["job_id"])
    step = job.transitions.filter(new=JobState.EXCUSED).order_by("-at", "-pk").first()
    common = {"job": job, "reason": step.reason if step else "", "was_alive": job.excused_at is None}
    if job.order is None:
        facts = [(_("Accepted"), day(job.accepted_at)), (_("Booking"), job.import_reference or "–")]
        return {**common, "facts": facts, **leads_to(_("See your standing"), "partner_standing")}
    return {
        **common,
        **about_order(job.order),
        "facts": [*visit_of(job.order), reference_of(job.order)],
        **leads_to(_("See the job"), "job_detail", job.pk),
    }


def _rating_published(notification: Notification) -> Context:
    ratings = Rating.objects.select_related("job__order__service", "job__order__client", "job__partner")
    rating = ratings.get(pk=notification.payload["rating_id"])
    order = booked(rating.job)
    by_client = rating.side == Side.CLIENT
    page = ("partner_ratings",) if by_client else ("order_detail", order.reference)
    return {
        **about_order(order),
        "rating": rating,
        "other": (order.client.first_name or _("your client")) if by_client else str(rating.job.partner),
        "facts": [*visit_of(order), reference_of(order)],
        **leads_to(_("See the rating"), *page),
    }


def _flag_decided(notification: Notification) -> Context:
    """To whoever reported the comment, and to its author."""
    flags = RatingFlag.objects.select_related("rating__job__order__service", "rating__job__partner")
    flag = flags.get(pk=notification.payload["flag_id"])
    rating, order = flag.rating, booked(flag.rating.job)
    to_flagger = flag.flagged_by_id == notification.recipient_id
    is_client = to_flagger == (rating.side == Side.PARTNER)
    lists = {
        (True, True): "ratings_received",
        (True, False): "ratings_given",
        (False, True): "partner_ratings",
        (False, False): "partner_ratings_given",
    }
    return {
        **about_order(order),
        "flag": flag,
        "comment": rating.comment,
        "to_flagger": to_flagger,
        "hidden": flag.decision == FlagDecision.HIDE,
        "facts": [(_("Reported as"), str(FLAG_REASONS[flag.reason])), *visit_of(order), reference_of(order)],
        **leads_to(_("See your ratings"), lists[is_client, to_flagger]),
    }


def _order(notification: Notification) -> Order:
    return Order.objects.select_related("service", "client").get(pk=notification.payload["order_id"])


def _address(order: Order) -> tuple[str, str]:
    return _("Where"), f"{order.street}, {order.postcode} {order.town}"


def _price(order: Order) -> tuple[str, str]:
    return _("Price"), money(order.price, order.currency)


# --- Standing ---------------------------------------------------------------------------------------------


def _notice(notification: Notification) -> Context:
    notices = Notice.objects.select_related("partner__city", "policy")
    notice = notices.get(pk=notification.payload["notice_id"])
    page = leads_to(_("See the statement of reasons"), "notice_detail", notice.pk)
    return {"notice": notice, **_about_grounds(notice), **page}


def _sanction(notification: Notification) -> Context:
    sanctions = Sanction.objects.select_related("partner__city", "policy")
    sanction = sanctions.get(pk=notification.payload["sanction_id"])
    page = leads_to(_("See the statement of reasons"), "sanction_detail", sanction.pk)
    return {"sanction": sanction, **_about_grounds(sanction), **page}


def _about_grounds(grounds: Notice | Sanction) -> Context:
    return {
        "grounds": grounds,
        "city": grounds.partner.city.name,
        "statement": statements.statement_of(grounds),
        "facts": statements.facts_of(grounds),
        "objection_days": statements.OBJECTION_DAYS,
    }


def _reinstated(notification: Notification) -> Context:
    partner = Partner.objects.select_related("city").get(pk=notification.payload["partner_id"])
    at = notification.payload.get("at", notification.created_at.isoformat())
    step = partner.transitions.filter(new=PartnerStatus.ACTIVE, at=at).first()
    return {
        "partner": partner,
        "reason": step.reason if step else "",
        "facts": [],
        **leads_to(_("See your day"), "partner_dashboard"),
    }


def _application(notification: Notification) -> Context:
    application = Application.objects.select_related("home__city").get(
        pk=notification.payload["application_id"]
    )
    approved = application.status == ApplicationStatus.APPROVED
    page = leads_to(_("See your day"), "partner_dashboard") if approved else None
    return {
        "application": application,
        "again_on": day(may_apply_again_at(application.decided_at)) if application.decided_at else "",
        "facts": [],
        **(page or leads_to(_("See your application"), "application")),
    }


# --- People without an account ----------------------------------------------------------------------------


def _help_available(notification: Notification) -> Context:
    interests = CityInterest.objects.select_related("place__city", "skill")
    interest = interests.get(pk=notification.payload["interest_id"])
    forget = reverse("forget_interest", args=[token_of(interest)])
    place = urlencode({"place": str(interest.place)})
    page = leads_to(_("See who can come"), "search")
    return {
        "skill": interest.skill.name,
        "place": interest.place.name,
        "facts": [(_("Help with"), interest.skill.name), (_("Where"), str(interest.place))],
        "forget_link": settings.SITE_URL + forget,
        **page,
        "link": f"{page['link']}?{place}",
    }


# --- Links and kinds --------------------------------------------------------------------------------------


CONTEXTS: Mapping[str, Callable[[Notification], Context]] = {
    "offer_received": _offer,
    "order_confirmed": _order_of_client,
    "order_expired": _order_of_client,
    "order_cancelled": _order_of_partner,
    "partner_cancelled": _order_of_client,
    "replacement_sought": _order_of_client,
    "replacement_not_found": _job_nobody_takes_over,
    "job_taken_over": _job_taken_over,
    **VISITS,
    "job_completed": _job_completed,
    "job_excused": _job_excused,
    "rating_published": _rating_published,
    "flag_decided": _flag_decided,
    "notice_issued": _notice,
    "notice_withdrawn": _notice,
    "sanction_issued": _sanction,
    "partner_reinstated": _reinstated,
    "application_approved": _application,
    "application_refused": _application,
    "help_available": _help_available,
}
