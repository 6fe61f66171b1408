"""A comment reported as against the rules, and what ops decide about it.

The rated side reports; ops keep the comment or hide it. The stars stay and count as before: whether they count is
another question, which `rule_out_rating` answers. Both sides are told what was decided, and why.
"""

from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib.locks import locking
from mila.lib.refusals import Refusal
from mila.notifications.services import Draft, notify_many
from orders import services as orders
from ratings.models import Rating, RatingFlag
from ratings.policy import FlagDecision, FlagReason, FlagRefusal, flag_refusal
from ratings.services.giving import NotPublished, NotYours, tell_of_ratings


class NothingToFlag(Refusal):
    message = _("There is no comment here that others could see.")


class AlreadyFlagged(Refusal):
    message = _("You have reported this comment already; our team is looking at it.")


class WordsMissing(Refusal):
    message = _("Please say in a few words what is wrong with the comment.")


class OwnReport(Refusal):
    message = _("Nobody decides about a comment that they wrote or reported themselves.")


class AlreadyDecided(Refusal):
    message = _("This report has been decided already.")


_REFUSALS: dict[FlagRefusal, type[Refusal]] = {
    FlagRefusal.NOT_PUBLISHED: NotPublished,
    FlagRefusal.NOTHING_SHOWN: NothingToFlag,
    FlagRefusal.ALREADY_FLAGGED: AlreadyFlagged,
}


def flagging_refusal(rating: Rating, author: User, now: datetime) -> Refusal | None:
    """Why this person, whom the rating is about, cannot report its comment; None if they can."""
    refusal = flag_refusal(
        published_at=rating.published_at,
        shows_comment=bool(rating.shown_comment),
        has_open_flag=rating.flags.open().filter(flagged_by=author).exists(),
        now=now,
    )
    return None if refusal is None else _REFUSALS[refusal]()


def flag_rating(*, rating_id: int, author: User, reason: FlagReason, words: str, now: datetime) -> RatingFlag:
    """The rated side reports the comment of a rating.

    Raises NotYours, NotPublished, NothingToFlag, AlreadyFlagged, WordsMissing, Busy.
    """
    words = words.strip()
    if reason is FlagReason.OTHER and not words:
        raise WordsMissing
    try:
        with locking():
            rating = Rating.objects.about(author).select_for_update(of=("self",)).filter(pk=rating_id).first()
            if rating is None:
                raise NotYours
            if refusal := flagging_refusal(rating, author, now):
                raise refusal
            return RatingFlag.objects.create(
                rating=rating, flagged_by=author, reason=reason, words=words, flagged_at=now
            )
    except IntegrityError as error:
        if "one_open_flag_per_rating_and_person" in str(error):
            raise AlreadyFlagged from error
        raise


def decision_refusal(flag: RatingFlag, actor: User) -> Refusal | None:
    """Why this member of ops cannot decide this report; None if they can."""
    if actor.pk in (flag.flagged_by_id, flag.rating.author_id):
        return OwnReport()
    return AlreadyDecided() if flag.decided_at is not None else None


def decide_flag(
    *, flag_id: int, actor: User, decision: FlagDecision, reason: str, now: datetime
) -> RatingFlag:
    """Ops keep the comment or hide it, and say why; both sides are told. The stars count as before.

    Raises AlreadyDecided, orders.services.ReasonMissing, Busy; `RatingFlag.DoesNotExist`.
    """
    if not reason.strip():
        raise orders.ReasonMissing
    rating_id = RatingFlag.objects.values_list("rating_id", flat=True).get(pk=flag_id)
    with locking():
        rating = (
            Rating.objects.select_related("author", "job").select_for_update(of=("self",)).get(pk=rating_id)
        )
        flag = RatingFlag.objects.select_related("flagged_by").select_for_update(of=("self",)).get(pk=flag_id)
        if refusal := decision_refusal(flag, actor):
            raise refusal
        flag.decision, flag.decided_at, flag.decided_by = decision, now, actor
        flag.decided_reason = reason.strip()
        flag.save(update_fields=["decision", "decided_at", "decided_by", "decided_reason"])
        if decision is FlagDecision.HIDE:
            rating.hiding_flag = flag
            rating.save(update_fields=["hiding_flag"])
            tell_of_ratings(rating.job)
        sides = {"flagger": flag.flagged_by, "author": rating.author}
        drafts = [
            Draft(person, "flag_decided", f"flag_decided:{flag.pk}:{side}", {"flag_id": flag.pk})
            for side, person in sides.items()
        ]
        notify_many(drafts=drafts, now=now)
    return flag
