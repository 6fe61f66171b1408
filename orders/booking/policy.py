"""Rules of a booking that is not yet an order: which step comes next, and how long it is kept. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# From the last change on.
KEPT_FOR = timedelta(days=7)
# Street, name and phone of somebody who has no account: the browser may be shared, and nobody could ask us to forget.
ANONYMOUS_CONTACT_KEPT_FOR = timedelta(days=1)
# The time of a draft that stays a wish: whichever arrival is the first free one when it is booked.
SOON = "soon"


class Step(StrEnum):
    """The pages of a booking, in their order."""

    SERVICE = "service"
    ADDRESS = "address"
    TIME = "time"
    PARTNER = "partner"
    SUMMARY = "summary"


class Obstacle(StrEnum):
    """Why something that was chosen can't be had any more."""

    SERVICE_GONE = "service_gone"
    PLACE_UNSERVED = "place_unserved"
    TIME_OVER = "time_over"
    NOBODY_FREE = "nobody_free"
    NOBODY_SOON = "nobody_soon"
    PARTNER_TAKEN = "partner_taken"
    PARTNER_NOT_SOON = "partner_not_soon"


# Where another choice is made.
LEADS_TO = {
    Obstacle.SERVICE_GONE: Step.SERVICE,
    Obstacle.PLACE_UNSERVED: Step.ADDRESS,
    Obstacle.TIME_OVER: Step.TIME,
    Obstacle.NOBODY_FREE: Step.TIME,
    Obstacle.NOBODY_SOON: Step.TIME,
    Obstacle.PARTNER_TAKEN: Step.PARTNER,
    Obstacle.PARTNER_NOT_SOON: Step.PARTNER,
}


@dataclass(frozen=True, slots=True)
class Progress:
    """What has been said so far."""

    is_described: bool = False
    has_address: bool = False
    has_time: bool = False
    has_decided_who: bool = False


def next_step(progress: Progress) -> Step:
    """The first step at which something is missing; the summary when nothing is."""
    said = {
        Step.SERVICE: progress.is_described,
        Step.ADDRESS: progress.has_address,
        Step.TIME: progress.has_time,
        Step.PARTNER: progress.has_decided_who,
    }
    return next((step for step, is_said in said.items() if not is_said), Step.SUMMARY)


def may_open(step: Step, progress: Progress) -> bool:
    """Whether all that comes before this step has been said."""
    in_order = list(Step)
    return in_order.index(step) <= in_order.index(next_step(progress))


def expires_at(changed_at: datetime) -> datetime:
    return changed_at + KEPT_FOR
