"""What one side of a job may see and do about the ratings of both (C9). Reads only."""

from dataclasses import dataclass
from datetime import datetime

from orders.models import Job
from orders.policy import Outcome
from ratings.models import Rating, Side
from ratings.policy import LISTENING_PERIOD, RatingRefusal, may_reply, rating_deadline, rating_refusal


@dataclass(frozen=True, slots=True)
class Exchange:
    """Seen from one side. `theirs` is None until it is published: a hidden rating does not even show that it exists.

    `is_live`: something may still come, so that an open page listens for it.
    """

    job: Job
    side: Side
    mine: Rating | None
    theirs: Rating | None
    refusal: RatingRefusal | None
    deadline: datetime | None
    may_reply: bool
    is_live: bool

    @property
    def may_rate(self) -> bool:
        return self.refusal is None

    @property
    def seen(self) -> str:
        """What is shown, in short: nothing of a rating that this side may not see yet."""
        return "-".join([f"{self.may_rate:d}", _mark(self.mine), _mark(self.theirs)])


def _mark(rating: Rating | None) -> str:
    if rating is None:
        return ""
    stages = (rating.published_at, rating.replied_at, rating.ruled_out_at, rating.hiding_flag_id)
    return f"{rating.pk}.{''.join(str(int(stage is not None)) for stage in stages)}"


def exchange_of(*, job: Job, side: Side, now: datetime) -> Exchange:
    """The ratings of a job as `side` sees them."""
    ratings = {rating.side: rating for rating in job.ratings.all()}
    mine, other = ratings.get(side), ratings.get(Side.PARTNER if side is Side.CLIENT else Side.CLIENT)
    theirs = other if other is not None and other.published_at is not None else None
    refusal = rating_refusal(
        outcome=Outcome(job.outcome) if job.outcome else None,
        outcome_at=job.outcome_at,
        already_rated=mine is not None,
        now=now,
    )
    return Exchange(
        job=job,
        side=side,
        mine=mine,
        theirs=theirs,
        refusal=refusal,
        deadline=rating_deadline(job.outcome_at) if job.outcome_at else None,
        may_reply=theirs is not None
        and may_reply(published_at=theirs.published_at, replied_at=theirs.replied_at, now=now),
        is_live=job.outcome_at is not None and now < job.outcome_at + LISTENING_PERIOD,
    )
