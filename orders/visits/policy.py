"""What partner and client may settle, and when (C5, C6): contact, times, extras, the way there. Pure rules."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

# --- The thread ---------------------------------------------------------------------------------------------

MESSAGE_LENGTH = 2000
ONE_MAIL_IN = timedelta(minutes=10)


def mail_due_at(*, latest: datetime | None, now: datetime) -> datetime:
    """When the mail that tells of a message is due; `latest` is when the one before it, to the same side, was or is.

    At once, but never within ten minutes of another: until then messages gather for one mail, so none is left untold.
    """
    if latest is None or now - latest >= ONE_MAIL_IN:
        return now
    return latest if latest > now else latest + ONE_MAIL_IN


# --- The first contact --------------------------------------------------------------------------------------

CONTACT_WITHIN = timedelta(hours=12)


def contact_deadline(*, slot_start: datetime, now: datetime) -> datetime:
    """Until when a partner who accepts `now` makes first contact; never past the beginning of the visit."""
    return min(now + CONTACT_WITHIN, slot_start)


# --- Other times --------------------------------------------------------------------------------------------

MOST_OPTIONS = 3
NOTE_LENGTH = 500


class ProposalStatus(StrEnum):
    """`replaced` by a newer one · `lapsed` the visit began or ended before an answer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    LAPSED = "lapsed"


PROPOSAL_TRANSITIONS: Mapping[ProposalStatus, frozenset[ProposalStatus]] = {
    ProposalStatus.OPEN: frozenset(ProposalStatus) - {ProposalStatus.OPEN},
    **{status: frozenset[ProposalStatus]() for status in ProposalStatus if status is not ProposalStatus.OPEN},
}

# --- Extras -------------------------------------------------------------------------------------------------

EXTRA_LENGTH = 200
HIGHEST_EXTRA = Decimal("2000.00")
MOST_EXTRAS = 10


class ExtraStatus(StrEnum):
    """`lapsed` the job ended before an answer. Only approved extras are billed."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


EXTRA_TRANSITIONS: Mapping[ExtraStatus, frozenset[ExtraStatus]] = {
    ExtraStatus.OPEN: frozenset(ExtraStatus) - {ExtraStatus.OPEN},
    **{status: frozenset[ExtraStatus]() for status in ExtraStatus if status is not ExtraStatus.OPEN},
}


# --- On the way ---------------------------------------------------------------------------------------------

ON_THE_WAY_BEFORE = timedelta(hours=2)
LATE_BEFORE = timedelta(hours=3)
LATE_STEPS = tuple(timedelta(minutes=minutes) for minutes in (10, 20, 30, 45, 60, 90))


def may_set_off(*, slot_start: datetime, now: datetime) -> bool:
    """From two hours before the arrival."""
    return now >= slot_start - ON_THE_WAY_BEFORE


def later_arrivals(*, slot_start: datetime, expected: datetime | None, now: datetime) -> list[datetime]:
    """The arrivals that a partner who is late can announce: after the agreed time, or after the latest estimate.

    None earlier than three hours before the visit; none that is already over.
    """
    if now < slot_start - LATE_BEFORE:
        return []
    base = slot_start if expected is None else max(slot_start, expected)
    return [base + step for step in LATE_STEPS if base + step > now]
