"""The verbs of a visit by topic: contact, messages, times, extras, the way there."""

from orders.visits.services.arrival import (
    AlreadyThere,
    NotLater,
    TooEarlyToSetOff,
    report_late,
    set_off,
)
from orders.visits.services.contact import note_missing_contacts
from orders.visits.services.extras import (
    ExtraAnswered,
    TooManyExtras,
    answer_extra,
    approved_sums,
    propose_extra,
    withdraw_extra,
)
from orders.visits.services.messages import send_message
from orders.visits.services.times import (
    OptionImpossible,
    ProposalAnswered,
    SameTime,
    TimeFixed,
    TimeNotBookable,
    WrongNumberOfTimes,
    accept_time,
    confirm_time,
    decline_times,
    propose_times,
    withdraw_times,
)

__all__ = [
    "AlreadyThere",
    "ExtraAnswered",
    "NotLater",
    "OptionImpossible",
    "ProposalAnswered",
    "SameTime",
    "TimeFixed",
    "TimeNotBookable",
    "TooEarlyToSetOff",
    "TooManyExtras",
    "WrongNumberOfTimes",
    "accept_time",
    "answer_extra",
    "approved_sums",
    "confirm_time",
    "decline_times",
    "note_missing_contacts",
    "propose_extra",
    "propose_times",
    "report_late",
    "send_message",
    "set_off",
    "withdraw_extra",
    "withdraw_times",
]
