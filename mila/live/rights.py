"""Who may watch what. Asked when a stream opens, and again before everything that it is told (C19).

The functions here read the database and belong into a thread, which gives its connection back to the pool of the few
that all streams of the process share.
"""

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from mila.accounts.models import User
from mila.lib.watching import Topic
from mila.live.addresses import OFFERS, ORDERS
from orders.models import Job, Order
from orders.policy import Outcome
from partners.policy import PartnerStatus, may_finish_jobs
from ratings.policy import LISTENING_PERIOD


class NotLoggedIn(Exception):
    """There is no such session, it has ended, or its user may not log in any more."""


class NotYours(Exception):
    """No such thing, or nothing that this person may see: both are answered alike."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Somebody who may watch something, as of the moment it was written."""

    user_id: int
    topic: Topic


def ticket_for(session_key: str | None, path: str) -> Ticket:
    """What the path names, if the person of this session may watch it. Raises `NotLoggedIn` and `NotYours`."""
    close_old_connections()
    try:
        user = _user_of(session_key)
        if path == OFFERS:
            return Ticket(user.pk, Topic("offers", _offers_of(user)))
        if path.startswith(ORDERS):
            return Ticket(user.pk, Topic("order", _order_of(user, path.removeprefix(ORDERS))))
        raise NotYours
    finally:
        close_old_connections()


def _user_of(session_key: str | None) -> User:
    if not session_key:
        raise NotLoggedIn
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    if not isinstance(user, User):
        raise NotLoggedIn
    return user


def _offers_of(user: User) -> int:
    if not user.is_partner or not may_finish_jobs(PartnerStatus(user.partner.status)):
        raise NotYours
    return user.partner.pk


def _order_of(user: User, reference: str) -> int:
    """The client's own; or one whose visit the partner still has to do, or has done and may hear ratings of."""
    if "\x00" in reference:
        raise NotYours
    order_id = Order.objects.for_client(user).filter(reference=reference).values_list("pk", flat=True).first()
    if order_id is not None:
        return order_id
    if user.is_partner and may_finish_jobs(PartnerStatus(user.partner.status)):
        done = Q(outcome=Outcome.COMPLETED, outcome_at__gt=timezone.now() - LISTENING_PERIOD)
        theirs = Job.objects.of_partner(user.partner).filter(
            Q(outcome=None) | done, order__reference=reference
        )
        order_id = theirs.values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotYours
    return order_id
