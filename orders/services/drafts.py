"""A booking is kept step by step, for a browser or an account, until it is sent, dropped or forgotten."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from uuid import UUID, uuid4

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.accounts.services import introduce
from mila.lib.locks import Lock, lock_row, locking
from mila.lib.refusals import Refusal
from mila.lib.rows import delete_row, row_of
from orders.booking.policy import ANONYMOUS_CONTACT_KEPT_FOR, SOON, Obstacle, Progress, expires_at
from orders.clients.services import remember_address
from orders.models import BookingDraft, Order, Service
from orders.services.arrivals import Arrival, find_arrival
from orders.services.booking import place_order
from orders.slots import is_urgent
from partners.models import Partner, Place

TOKEN_BYTES = 32
_age = attrgetter("changed_at", "pk")
BOOKED = ("service", "place__city", "partner")
NO_CONTACT = {"street": "", "first_name": "", "phone": ""}


class DraftGone(Refusal):
    message = _("This booking is not kept any more. Please begin again; it takes a minute.")


class DraftChanged(Refusal):
    message = _("Your booking has changed in the meantime. Please look at it once more.")


class PriceChanged(Refusal):
    message = _("The price has changed in the meantime. Please look at it once more.")


class ArrivalLater(Refusal):
    message = _("Somebody was quicker: the first free time is a later one now. Please look at it once more.")


class ChoiceGone(Refusal):
    """Something that was chosen can't be had any more; `obstacle` says what."""

    message = _("Something that you chose is no longer possible.")

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__()
        self.obstacle = obstacle


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose draft: an account's, and that of the browser with this token (empty: it has none)."""

    client: User | None
    token: str


def new_token() -> str:
    """For a browser that begins a booking."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def find_draft(owner: Owner, *, now: datetime) -> BookingDraft | None:
    """The latest of the account's and the browser's, with what a page shows of it."""
    return next(iter(find_drafts(owner, now=now)), None)


def find_drafts(owner: Owner, *, now: datetime) -> list[BookingDraft]:
    """The latest first. Two where an account that had one has logged in where another one was begun."""
    mine = BookingDraft.objects.alive(now).seen_by(client=owner.client, token=owner.token)
    shown = mine.select_related("service", "place__city", "partner__standing")
    return list(shown.order_by("-changed_at", "-pk")[:2])


# --- The steps: each keeps what it is given and leaves the rest ---------------------------------------------


def describe(
    owner: Owner, *, service: Service, details: str, day: date | None, now: datetime
) -> BookingDraft:
    """What is to be done; a `day`, or as soon as possible. Another day than before needs another time."""

    def change(draft: BookingDraft) -> None:
        draft.service, draft.details, draft.is_described = service, details, True
        if draft.day != day:
            draft.day, draft.time = day, ""

    return _changed(owner, change, now)


def give_address(
    owner: Owner, *, place: Place, street: str, first_name: str, phone: str, now: datetime
) -> BookingDraft:
    def change(draft: BookingDraft) -> None:
        draft.place, draft.street = place, street
        draft.first_name, draft.phone = first_name, phone

    return _changed(owner, change, now)


def choose_time(owner: Owner, *, day: date | None, time: str, now: datetime) -> BookingDraft:
    """`time` as pages write it: `10:00`, `morning`; or `SOON` without a day."""

    def change(draft: BookingDraft) -> None:
        draft.day, draft.time = day, time

    return _changed(owner, change, now)


def choose_partner(owner: Owner, *, partner: Partner | None, now: datetime) -> BookingDraft:
    """This one; None: whoever is free first."""

    def change(draft: BookingDraft) -> None:
        draft.partner, draft.asks_anybody = partner, partner is None

    return _changed(owner, change, now)


def release_partner(owner: Owner, *, now: datetime) -> BookingDraft:
    """Who comes is open again."""

    def change(draft: BookingDraft) -> None:
        draft.partner, draft.asks_anybody = None, False

    return _changed(owner, change, now)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a link into the booking knows already; what it does not name stays as it was."""

    service: Service | None = None
    place: Place | None = None
    day: date | None = None
    time: str = ""
    partner: Partner | None = None
    asks_anybody: bool = False
    # Of an order that came to nothing, for whoever tries again.
    street: str = ""
    details: str | None = None


def begin(owner: Owner, entry: Entry, *, now: datetime) -> BookingDraft:
    """Take over what a link says. For another service the question what we should know is asked again."""

    def change(draft: BookingDraft) -> None:
        if entry.service is not None and entry.service != draft.service:
            draft.service, draft.is_described = entry.service, False
        if entry.details is not None:
            draft.details, draft.is_described = entry.details, True
        draft.place, draft.street = entry.place or draft.place, entry.street or draft.street
        if entry.day is not None or entry.time:
            draft.day, draft.time = entry.day, entry.time
        draft.partner, draft.asks_anybody = entry.partner, entry.asks_anybody
        # What this person does not do is asked again; what they do is offered.
        if entry.partner and draft.service and draft.service.skill_id not in entry.partner.skill_ids:
            draft.service, draft.is_described = None, False

    return _changed(owner, change, now)


def claim(owner: Owner, *, now: datetime) -> None:
    """Whoever logs in takes the draft of the browser along, unless they have one: then both wait for their word."""
    if owner.client is None or not owner.token:
        return
    with locking():
        _kept(owner, now)


def choose(owner: Owner, *, draft_id: int, now: datetime) -> None:
    """Of two, go on with this one; the other waits. Nothing happens to one that is gone."""
    with locking():
        for draft in _locked(owner, now):
            if draft.pk == draft_id:
                draft.changed_at, draft.expires_at = now, expires_at(now)
                draft.save(update_fields=["changed_at", "expires_at"])


def drop(owner: Owner, *, draft_id: int | None = None, now: datetime) -> None:
    """Forget this one at once, or the latest."""
    with locking():
        found = sorted(_locked(owner, now), key=_age)
        for draft in [each for each in found if draft_id in (None, each.pk)][-1:]:
            draft.delete()


# --- The end of a draft --------------------------------------------------------------------------------------


def book_draft(
    *,
    client: User,
    token: str = "",
    submission_key: UUID,
    seen: datetime,
    price: Decimal,
    arrival: datetime | None = None,
    now: datetime,
) -> Order:
    """The order of what the client has `seen`, at the `price` shown. Sent twice, it is one order.

    `token`: of the browser, where the client goes on with what was begun in it.
    `arrival`: what as soon as possible meant then. An earlier one is booked, a later one has to be seen first.
    Raises `DraftGone`, `DraftChanged` (in another window), `ArrivalLater`, `PriceChanged`, `ChoiceGone`, what
    `place_order` raises, and `Busy`.
    """
    with locking(row=client, then=Lock(BookingDraft, "submission_key", submission_key)):
        # What it points at is read once it can no longer point elsewhere.
        draft = row_of(BookingDraft, *BOOKED, submission_key=submission_key)
        if draft is None or not _is_seen_by(Owner(client, token), draft):
            return _booked_before(client, submission_key)
        if draft.changed_at != seen or not _is_complete(draft, client):
            raise DraftChanged
        found = find_arrival(draft, client=client, now=now)
        if isinstance(found, Obstacle):
            raise ChoiceGone(found)
        if draft.time == SOON and (arrival is None or arrival < found[0]):
            raise ArrivalLater
        order = _order_of(draft, client, price, found, now)
        if draft.place is not None:
            remember_address(client=client, street=draft.street, place=draft.place, now=now)
        delete_row(draft)
    return order


def forget_drafts(*, now: datetime) -> int:
    """Delete what nobody came back to; of drafts without an account forget earlier who and where it was."""
    deleted, _by_model = BookingDraft.objects.filter(expires_at__lte=now).delete()
    nobodys = BookingDraft.objects.filter(
        client__isnull=True, changed_at__lte=now - ANONYMOUS_CONTACT_KEPT_FOR
    )
    return deleted + nobodys.filter(~Q(**NO_CONTACT)).update(**NO_CONTACT)


def _order_of(draft: BookingDraft, client: User, price: Decimal, arrival: Arrival, now: datetime) -> Order:
    """Of a draft that is complete and has no obstacle."""
    service, place = draft.service, draft.place
    if service is None or place is None or place.city is None:
        raise DraftChanged
    if service.price != price:
        raise PriceChanged
    introduce(user=client, first_name=draft.first_name, phone=draft.phone)
    return place_order(
        client=client,
        service=service,
        city=place.city,
        place=place,
        street=draft.street,
        details=draft.details,
        slot_start=arrival[0],
        arrives_until=arrival[1],
        is_urgent=is_urgent(arrival[1], now),
        requested_partner=draft.partner,
        submission_key=draft.submission_key,
        now=now,
        is_drafted=True,
    )


def _is_complete(draft: BookingDraft, client: User) -> bool:
    progress = draft.progress(name_is_known=bool(client.first_name))
    return progress == Progress(True, True, True, True)


def _is_seen_by(owner: Owner, draft: BookingDraft) -> bool:
    """As `seen_by` of the query set."""
    if draft.client_id is None:
        return bool(owner.token) and draft.token == owner.token
    return owner.client is not None and draft.client_id == owner.client.pk


def _booked_before(client: User, submission_key: UUID) -> Order:
    earlier = Order.objects.for_client(client).filter(submission_key=submission_key).first()
    if earlier is None:
        raise DraftGone
    return earlier


# --- One row per account and per browser ---------------------------------------------------------------------


def _changed(owner: Owner, change: Callable[[BookingDraft], None], now: datetime) -> BookingDraft:
    with locking():
        draft = _kept(owner, now)
        if draft is None:
            _make(owner, now)
            draft = _fresh(owner, now)
        change(draft)
        draft.changed_at, draft.expires_at = now, expires_at(now)
        draft.save()
    return draft


def _alone(client: User | None) -> None:
    """Of one account one request at a time: on two devices it could otherwise begin, or claim, two drafts."""
    if client is not None:
        lock_row(client)


def _kept(owner: Owner, now: datetime) -> BookingDraft | None:
    """The latest draft. The browser's is the account's from now on, where that has none of its own."""
    found = _locked(owner, now)
    if not found:
        return None
    if owner.client is not None and len(found) == 1 and found[0].client_id is None:
        found[0].client = owner.client
        found[0].save(update_fields=["client"])
    return max(found, key=_age)


def _locked(owner: Owner, now: datetime) -> list[BookingDraft]:
    """Those alive; expired ones are deleted, for they stand in the way of a new one until they are swept."""
    _alone(owner.client)
    rows = BookingDraft.objects.seen_by(client=owner.client, token=owner.token)
    found = list(rows.select_for_update(no_key=True).order_by("pk"))
    for draft in found:
        if draft.expires_at <= now:
            draft.delete()
    return [draft for draft in found if draft.expires_at > now]


def _fresh(owner: Owner, now: datetime) -> BookingDraft:
    draft = _kept(owner, now)
    if draft is None:
        raise DraftGone
    return draft


def _make(owner: Owner, now: datetime) -> None:
    """An empty one. Of two first steps at once in one browser, one makes the row and the other one finds it."""
    BookingDraft.objects.get_or_create(
        token=owner.token if owner.client is None else new_token(),
        defaults={
            "client": owner.client,
            "submission_key": uuid4(),
            "created_at": now,
            "changed_at": now,
            "expires_at": expires_at(now),
        },
    )
