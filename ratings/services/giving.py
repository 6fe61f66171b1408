"""What the two sides of a job can do with ratings: give one, reply to one; and what ops and the clock do.

Ratings are blind (C9): both are published together when both are in, or at the end of 14 days. All of it happens
under the lock of the job's partner, so that of two simultaneous ratings the second sees the first.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.locks import Busy, locking
from mila.lib.refusals import Refusal
from mila.lib.watching import tell_watchers
from mila.notifications.services import Draft, notify_many
from orders import services as orders
from orders.models import Job
from orders.policy import Outcome
from partners.services import lock_partner
from ratings.models import Rating, Side
from ratings.policy import (
    RatingRefusal,
    is_publishable,
    is_star_value,
    may_reply,
    rating_deadline,
    rating_refusal,
)

SWEEP_BATCH = 200

logger = structlog.get_logger(__name__)


class NotYours(Refusal):
    """The job or the rating is somebody else's, or does not exist."""

    message = _("You have no part in this job.")


class NotCompleted(Refusal):
    message = _("You can rate as soon as the job is done.")


class AlreadyRated(Refusal):
    message = _("You have rated this job already. Thank you.")


class RatingClosed(Refusal):
    message = _("Ratings close 14 days after the job.")


class NotAStarValue(Refusal):
    message = _("Please choose from one to five stars.")


class NotPublished(Refusal):
    message = _("This rating is not published yet.")


class AlreadyReplied(Refusal):
    message = _("There is a reply to this rating already.")


class AlreadyRuledOut(Refusal):
    message = _("This rating has been ruled out already.")


_REFUSALS: dict[RatingRefusal, type[Refusal]] = {
    RatingRefusal.NOT_COMPLETED: NotCompleted,
    RatingRefusal.ALREADY_RATED: AlreadyRated,
    RatingRefusal.TOO_LATE: RatingClosed,
}


# --- Rating and publishing ----------------------------------------------------------------------------------


def submit_rating(*, job_id: int, author: User, stars: int, comment: str, now: datetime) -> Rating:
    """Take one side's rating; if the other side's is in, publish both.

    The side follows from who the author is. Raises NotYours, NotCompleted, AlreadyRated, RatingClosed,
    NotAStarValue, Busy.
    """
    if not is_star_value(stars):
        raise NotAStarValue
    try:
        with locking():
            job, side = _lock_own_job(job_id, author)
            ratings = list(job.ratings.select_for_update().order_by("pk"))
            deadline = _deadline_of(job, already_rated=any(given.side == side for given in ratings), now=now)
            rating = Rating.objects.create(
                job=job,
                side=side,
                author=author,
                stars=stars,
                comment=comment.strip(),
                submitted_at=now,
                reveal_due_at=deadline,
            )
            if is_publishable(both_in=bool(ratings), deadline=deadline, now=now):
                _publish(job, [*ratings, rating], now)
    except IntegrityError as error:
        if "one_rating_per_job_and_side" in str(error):
            raise AlreadyRated from error
        raise
    return rating


def publish_due(*, now: datetime) -> int:
    """Publish what the 14 days have made due, the longest waiting first; return how many ratings that were.

    Each job is a transaction of its own. A job whose partner is locked for long is left for the next sweep.
    """
    published = 0
    while batch := list(_jobs_to_publish(now)[:SWEEP_BATCH]):
        done = sum(_publish_due_of(job_id, partner_id, now) for job_id, partner_id in batch)
        published += done
        if not done:
            break
    return published


def _lock_own_job(job_id: int, author: User) -> tuple[Job, Side]:
    own = Job.objects.filter(
        Q(order__client=author) | Q(partner__user=author), pk=job_id, order__isnull=False
    )
    found = own.values_list("partner_id", "order__client_id").first()
    if found is None:
        raise NotYours
    partner_id, client_id = found
    lock_partner(partner_id=partner_id)
    side = Side.CLIENT if client_id == author.pk else Side.PARTNER
    return Job.objects.select_related("partner__user").get(pk=job_id), side


def _deadline_of(job: Job, *, already_rated: bool, now: datetime) -> datetime:
    """Until when the job's ratings stay hidden; raises why one side may not rate it now."""
    outcome = Outcome(job.outcome) if job.outcome else None
    refusal = rating_refusal(outcome=outcome, outcome_at=job.outcome_at, already_rated=already_rated, now=now)
    if refusal is not None or job.outcome_at is None:
        raise _REFUSALS[refusal or RatingRefusal.NOT_COMPLETED]
    return rating_deadline(job.outcome_at)


def _jobs_to_publish(now: datetime) -> QuerySet[Rating, tuple[int, int]]:
    due = Rating.objects.to_publish(now).order_by("reveal_due_at", "pk")
    return due.values_list("job_id", "job__partner_id")


def _publish_due_of(job_id: int, partner_id: int, now: datetime) -> int:
    try:
        with locking():
            lock_partner(partner_id=partner_id)
            due = list(Rating.objects.to_publish(now).filter(job_id=job_id).select_for_update())
            if due:
                _publish(Job.objects.select_related("partner__user").get(pk=job_id), due, now)
            return len(due)
    except Busy:
        logger.warning("publication_postponed", job=job_id)
        return 0


def _publish(job: Job, ratings: Sequence[Rating], now: datetime) -> None:
    """Show these ratings of a job, let the client's stars count, and tell both sides. The partner is locked."""
    # Two processes' clocks may differ by a little; nothing is published before it was written.
    at = max(now, *(rating.submitted_at for rating in ratings))
    Rating.objects.filter(pk__in=[rating.pk for rating in ratings]).update(published_at=at)
    for rating in ratings:
        rating.published_at = at
        if rating.side == Side.CLIENT:
            orders.publish_stars(job=job, stars=rating.stars, now=at)
    rated = {Side.CLIENT: job.partner.user, Side.PARTNER: User.objects.get(orders__jobs=job)}
    drafts = [
        Draft(
            rated[Side(rating.side)],
            "rating_published",
            f"rating_published:{rating.pk}",
            {"rating_id": rating.pk},
        )
        for rating in ratings
    ]
    notify_many(drafts=drafts, now=at)
    tell_of_ratings(job)


def tell_of_ratings(job: Job) -> None:
    """Open pages of both sides show them anew, and the partner's own page the figures.

    Of a rating that is still hidden nobody is told: it does not even show that it exists (C9).
    """
    if job.order_id is not None:
        tell_watchers("order", job.order_id)
    tell_watchers("offers", job.partner_id)


# --- After publication --------------------------------------------------------------------------------------


def reply_to_rating(*, rating_id: int, author: User, text: str, now: datetime) -> Rating:
    """The rated side answers in public, once. Raises NotYours, NotPublished, AlreadyReplied, Busy."""
    with locking():
        own = Rating.objects.about(author).select_related("job").select_for_update(of=("self",))
        rating = own.filter(pk=rating_id).first()
        if rating is None:
            raise NotYours
        if not may_reply(published_at=rating.published_at, replied_at=rating.replied_at, now=now):
            raise AlreadyReplied if rating.replied_at else NotPublished
        rating.reply, rating.replied_at = text.strip(), now
        rating.save(update_fields=["reply", "replied_at"])
        tell_of_ratings(rating.job)
    return rating


def ruling_out_refusal(rating: Rating) -> Refusal | None:
    """Why this rating cannot be ruled out; None if it can."""
    if rating.published_at is None:
        return NotPublished()
    return AlreadyRuledOut() if rating.ruled_out_at is not None else None


def rule_out_rating(*, rating_id: int, actor: User, reason: str, now: datetime) -> Rating:
    """Ops take a published rating out of the count, saying why; what it said before stays on record.

    Raises NotPublished, AlreadyRuledOut, orders.services.ReasonMissing, Busy; `Rating.DoesNotExist`.
    """
    if not reason.strip():
        raise orders.ReasonMissing
    partner_id = Rating.objects.values_list("job__partner_id", flat=True).get(pk=rating_id)
    with locking():
        lock_partner(partner_id=partner_id)
        rating = Rating.objects.select_related("job").select_for_update(of=("self",)).get(pk=rating_id)
        if refusal := ruling_out_refusal(rating):
            raise refusal
        rating.ruled_out_at, rating.ruled_out_by, rating.ruled_out_reason = now, actor, reason.strip()
        rating.save(update_fields=["ruled_out_at", "ruled_out_by", "ruled_out_reason"])
        if rating.side == Side.CLIENT:
            orders.rule_out_stars(job=rating.job, now=now)
        tell_of_ratings(rating.job)
    return rating
