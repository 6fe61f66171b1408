"""The life of an order, an offer and a job, as tables; and the deadlines around them. Pure rules."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class OrderStatus(StrEnum):
    """`searching` offers are out · `confirmed` a partner has accepted · `in_progress` checked in · then an end."""

    SEARCHING = "searching"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"


ORDER_TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.SEARCHING: frozenset({OrderStatus.CONFIRMED, OrderStatus.EXPIRED, OrderStatus.CANCELLED}),
    # Back to searching when the partner cancels or hands over while there is time for somebody else.
    OrderStatus.CONFIRMED: frozenset(
        {OrderStatus.IN_PROGRESS, OrderStatus.SEARCHING, OrderStatus.CANCELLED, OrderStatus.FAILED}
    ),
    OrderStatus.IN_PROGRESS: frozenset({OrderStatus.COMPLETED, OrderStatus.SEARCHING, OrderStatus.FAILED}),
    OrderStatus.COMPLETED: frozenset(),
    OrderStatus.EXPIRED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
    OrderStatus.FAILED: frozenset(),
}


class OfferStatus(StrEnum):
    """`lapsed` the deadline passed unanswered · `withdrawn` somebody was faster, or the order ended."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


OFFER_TRANSITIONS: Mapping[OfferStatus, frozenset[OfferStatus]] = {
    OfferStatus.OPEN: frozenset(
        {OfferStatus.ACCEPTED, OfferStatus.DECLINED, OfferStatus.LAPSED, OfferStatus.WITHDRAWN}
    ),
    OfferStatus.ACCEPTED: frozenset(),
    OfferStatus.DECLINED: frozenset(),
    OfferStatus.LAPSED: frozenset(),
    OfferStatus.WITHDRAWN: frozenset(),
}


class Outcome(StrEnum):
    """How a job ended (policy: facts)."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    EXCUSED = "excused"
    CLIENT_CANCELLED = "client_cancelled"
    CLIENT_ABSENT = "client_absent"


COUNTING_AGAINST = frozenset({Outcome.CANCELLED, Outcome.NO_SHOW})


class HandOverStatus(StrEnum):
    """`open` somebody else is looked for · `not_found` nobody yet, ops decide · then an end.

    `withdrawn` the partner does it after all, or the order ended · `settled` ops have dealt with it otherwise.
    """

    OPEN = "open"
    REPLACED = "replaced"
    NOT_FOUND = "not_found"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"


HAND_OVER_TRANSITIONS: Mapping[HandOverStatus, frozenset[HandOverStatus]] = {
    HandOverStatus.OPEN: frozenset(
        {
            HandOverStatus.REPLACED,
            HandOverStatus.NOT_FOUND,
            HandOverStatus.WITHDRAWN,
            HandOverStatus.SETTLED,
        }
    ),
    HandOverStatus.NOT_FOUND: frozenset(
        {HandOverStatus.REPLACED, HandOverStatus.WITHDRAWN, HandOverStatus.SETTLED}
    ),
    HandOverStatus.REPLACED: frozenset(),
    HandOverStatus.WITHDRAWN: frozenset(),
    HandOverStatus.SETTLED: frozenset(),
}


class JobState(StrEnum):
    """A job before its outcome, or its outcome."""

    ACCEPTED = "accepted"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    EXCUSED = "excused"
    CLIENT_CANCELLED = "client_cancelled"
    CLIENT_ABSENT = "client_absent"


JOB_TRANSITIONS: Mapping[JobState, frozenset[JobState]] = {
    JobState.ACCEPTED: frozenset(
        {
            JobState.CHECKED_IN,
            JobState.CANCELLED,
            JobState.NO_SHOW,
            JobState.EXCUSED,
            JobState.CLIENT_CANCELLED,
            JobState.CLIENT_ABSENT,
        }
    ),
    JobState.CHECKED_IN: frozenset(
        {JobState.COMPLETED, JobState.CANCELLED, JobState.EXCUSED, JobState.CLIENT_ABSENT}
    ),
    JobState.COMPLETED: frozenset(),
    # Ops may lift a recorded cancellation or no-show; the record stays, `excused_at` is set beside it.
    JobState.CANCELLED: frozenset({JobState.EXCUSED}),
    JobState.NO_SHOW: frozenset({JobState.EXCUSED}),
    JobState.EXCUSED: frozenset(),
    JobState.CLIENT_CANCELLED: frozenset(),
    JobState.CLIENT_ABSENT: frozenset(),
}


HAND_OVER_IN_TIME = timedelta(hours=24)
CHECK_IN_OPENS_BEFORE_SLOT = timedelta(minutes=60)
NO_SHOW_AFTER_START = timedelta(minutes=15)
CLIENT_ABSENT_AFTER_START = timedelta(minutes=10)


# --- Times around a job -------------------------------------------------------------------------------------


def hand_over_is_in_time(*, slot_start: datetime, now: datetime) -> bool:
    """A hand-over at least 24 h before the slot is excused at once (C6)."""
    return slot_start - now >= HAND_OVER_IN_TIME


def check_in_is_open(*, slot_start: datetime, now: datetime) -> bool:
    return now >= slot_start - CHECK_IN_OPENS_BEFORE_SLOT


def client_absence_can_be_reported(*, slot_start: datetime, now: datetime) -> bool:
    """The client is given ten minutes to open the door."""
    return now >= slot_start + CLIENT_ABSENT_AFTER_START


def no_show_can_be_confirmed(*, slot_start: datetime, now: datetime) -> bool:
    """From 15 minutes after the start (C8)."""
    return now >= slot_start + NO_SHOW_AFTER_START


def client_may_cancel(status: OrderStatus) -> bool:
    """Until the partner has checked in."""
    return OrderStatus.CANCELLED in ORDER_TRANSITIONS[status]
