"""Comments reported as against the rules: who may, once; what ops decide; that the stars count as before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mila.notifications.models import Notification
from orders.services import ReasonMissing
from ratings import services, standings
from ratings.models import Rating, RatingFlag
from ratings.policy import FlagDecision, FlagReason, FlagRefusal, flag_refusal
from ratings.verification import differences
from tests.factories import NOW, OpsFactory, UserFactory
from tests.pages.scenes import completed_visit, published_ratings

LATER = NOW + timedelta(minutes=1)
TEXT = "Our team finds an insult in it."


@pytest.mark.parametrize(
    ("published", "shows", "is_open", "expected"),
    [
        (NOW, True, False, None),
        (None, True, False, FlagRefusal.NOT_PUBLISHED),
        (LATER, True, False, FlagRefusal.NOT_PUBLISHED),
        (NOW, False, False, FlagRefusal.NOTHING_SHOWN),
        (NOW, True, True, FlagRefusal.ALREADY_FLAGGED),
    ],
)
def test_a_shown_comment_is_reported_once_at_a_time(published, shows, is_open, expected) -> None:
    refusal = flag_refusal(published_at=published, shows_comment=shows, has_open_flag=is_open, now=NOW)
    assert refusal is expected


@pytest.fixture
def rating(db) -> Rating:
    from_client, _from_partner = published_ratings(stars=1, comment="Rude words.")
    return from_client


def flag(rating: Rating, author, reason=FlagReason.INSULT, words="") -> RatingFlag:
    return services.flag_rating(
        rating_id=rating.pk, author=author, reason=reason, words=words, now=timezone.now()
    )


def decide(report: RatingFlag, decision: FlagDecision, reason: str = TEXT) -> RatingFlag:
    return services.decide_flag(
        flag_id=report.pk, actor=OpsFactory.create(), decision=decision, reason=reason, now=timezone.now()
    )


def told(report: RatingFlag) -> set[int | None]:
    sent = Notification.objects.filter(kind="flag_decided", payload={"flag_id": report.pk})
    return set(sent.values_list("recipient_id", flat=True))


def test_only_the_rated_side_reports(rating: Rating) -> None:
    for stranger in (rating.author, UserFactory.create()):
        with pytest.raises(services.NotYours):
            flag(rating, stranger)
    report = flag(rating, rating.job.partner.user)
    assert (report.rating, report.reason, report.decision) == (rating, "insult", "")


def test_a_second_report_waits_for_the_first(rating: Rating) -> None:
    rated = rating.job.partner.user
    first = flag(rating, rated)
    with pytest.raises(services.AlreadyFlagged):
        flag(rating, rated)
    decide(first, FlagDecision.KEEP)
    assert flag(rating, rated, FlagReason.OTHER, " It names my street. ").words == "It names my street."


def test_something_else_needs_words(rating: Rating) -> None:
    with pytest.raises(services.WordsMissing):
        flag(rating, rating.job.partner.user, FlagReason.OTHER, "  ")


@pytest.mark.django_db
def test_there_is_nothing_to_report_before_publication_or_without_words() -> None:
    visit = completed_visit()
    services.submit_rating(
        job_id=visit.pk, author=visit.order.client, stars=1, comment="Rude.", now=timezone.now()
    )
    with pytest.raises(services.NotPublished):
        flag(Rating.objects.get(), visit.partner.user)
    silent, _other = published_ratings(comment="")
    with pytest.raises(services.NothingToFlag):
        flag(silent, silent.job.partner.user)


def test_a_hidden_comment_is_gone_for_others_and_its_stars_count(rating: Rating) -> None:
    partner = rating.job.partner
    before = standings.standing_of(partner.pk, timezone.now())
    report = decide(flag(rating, partner.user), FlagDecision.HIDE)

    rating.refresh_from_db()
    assert (rating.hiding_flag, rating.shown_comment, rating.comment) == (report, "", "Rude words.")
    assert not Rating.objects.with_public_comment().filter(pk=rating.pk).exists()
    assert standings.standing_of(partner.pk, timezone.now()) == before
    assert told(report) == {partner.user_id, rating.author_id}
    assert list(differences(timezone.now())) == []
    with pytest.raises(services.NothingToFlag):
        flag(rating, partner.user)


def test_a_kept_comment_stays_and_both_are_told(rating: Rating) -> None:
    report = decide(flag(rating, rating.job.partner.user), FlagDecision.KEEP)

    rating.refresh_from_db()
    assert rating.shown_comment == "Rude words."
    assert told(report) == {rating.job.partner.user_id, rating.author_id}


def test_a_decision_has_a_reason_and_is_made_once(rating: Rating) -> None:
    report = flag(rating, rating.job.partner.user)
    with pytest.raises(ReasonMissing):
        decide(report, FlagDecision.HIDE, "  ")
    decide(report, FlagDecision.KEEP)
    with pytest.raises(services.AlreadyDecided):
        decide(report, FlagDecision.HIDE)


def test_verify_names_a_comment_hidden_without_a_decision(rating: Rating) -> None:
    report = flag(rating, rating.job.partner.user)
    Rating.objects.filter(pk=rating.pk).update(hiding_flag=report)
    assert [line for line in differences(timezone.now()) if "hidden" in line] == [
        f"rating {rating.pk}: its comment is hidden, but no report on it was decided so"
    ]


def test_verify_names_a_comment_shown_against_a_decision(rating: Rating) -> None:
    decide(flag(rating, rating.job.partner.user), FlagDecision.HIDE)
    Rating.objects.filter(pk=rating.pk).update(hiding_flag=None)
    assert list(differences(timezone.now())) == [
        f"rating {rating.pk}: a report says that its comment is hidden, but it is shown"
    ]
