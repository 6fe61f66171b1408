"""Prompt review: what happens to partners with new facts."""

from datetime import timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection, transaction

from compliance import tasks
from compliance.models import CityPolicy, Notice, Sanction, Standing
from compliance.models.decision import SanctionStatus
from compliance.policy import Level, NoticeKind, Rule, SanctionKind
from compliance.services import review_due, review_partner
from mila.notifications.models import Notification
from orders.models import Job
from orders.policy import OfferStatus, OrderStatus
from orders.services import publish_stars
from partners.models import Partner, PartnerTransition
from partners.policy import PartnerStatus
from partners.reviews import mark_for_review
from ratings import standings
from tests.compliance.market import DAY, GOOD, HOUR, START, count, partner_with, work
from tests.factories import OfferFactory, OrderFactory, city, load_launch_data

pytestmark = pytest.mark.django_db

LATER = START + 10 * DAY
NEAR_LIMIT = [4] * 14 + [5] * 6
BELOW_LIMIT = [4] * 20


def notices_of(partner: Partner) -> list[tuple[str, str]]:
    return list(
        Notice.objects.filter(partner=partner).order_by("issued_at", "id").values_list("rule", "kind")
    )


def test_a_fine_partner_gets_figures_and_nothing_else() -> None:
    partner = partner_with(GOOD)
    assert review_due(now=LATER) == 1
    partner.refresh_from_db()
    stored = Standing.objects.get(partner=partner)
    assert (stored.accepted, stored.average_stars, stored.cancellation_rate) == (20, Decimal("5.00"), 0)
    assert stored.computed_at == LATER
    assert partner.review.due_at is None
    assert partner.search_rank > 0
    assert not Notice.objects.exists()
    assert not Notification.objects.exists()


def test_a_second_review_finds_nothing_to_do() -> None:
    partner_with(BELOW_LIMIT)
    assert review_due(now=LATER) == 1
    assert review_due(now=LATER) == 0
    assert Notice.objects.count() == 1


def test_unchanged_figures_keep_their_instant() -> None:
    partner = partner_with(GOOD)
    review_due(now=LATER)
    review_partner(partner_id=partner.pk, now=LATER + DAY)
    assert Standing.objects.get(partner=partner).computed_at == LATER


@pytest.mark.parametrize(
    ("stars", "kind"), [(NEAR_LIMIT, NoticeKind.ADVICE), (BELOW_LIMIT, NoticeKind.WARNING)]
)
def test_an_average_near_or_below_the_minimum_brings_a_notice(stars: list[int], kind: NoticeKind) -> None:
    partner = partner_with(stars)
    review_due(now=LATER)
    notice = Notice.objects.get(partner=partner)
    assert (notice.rule, notice.kind, notice.issued_at) == (Rule.RATING, kind, LATER)


def test_a_notice_stores_what_it_was_based_on() -> None:
    partner = partner_with(BELOW_LIMIT)
    jobs = list(
        Job.objects.filter(partner=partner).order_by("-outcome_at", "-id").values_list("pk", flat=True)
    )
    review_due(now=LATER)
    notice = Notice.objects.get(partner=partner)
    assert notice.job_ids == jobs
    assert notice.average_stars == Decimal("4.00")
    assert notice.limit == Decimal("4.2000")
    assert notice.city_cancellation_average == Decimal("0.0000")
    assert notice.policy == CityPolicy.objects.get(city=partner.city)


def test_a_notice_is_told_to_the_partner_once() -> None:
    partner = partner_with(BELOW_LIMIT)
    review_due(now=LATER)
    review_partner(partner_id=partner.pk, now=LATER)
    notice = Notice.objects.get(partner=partner)
    message = Notification.objects.get()
    assert message.recipient == partner.user
    assert (message.kind, message.payload) == ("notice_issued", {"notice_id": notice.pk})


def test_a_partner_without_login_gets_a_notice_and_no_message() -> None:
    partner_with(BELOW_LIMIT, known=False)
    review_due(now=LATER)
    assert Notice.objects.count() == 1
    assert not Notification.objects.exists()


def test_two_warnings_and_a_breach_suspend() -> None:
    partner = partner_with(BELOW_LIMIT)
    for days in (10, 25, 40):
        work(partner, [4] * 10, start=START + days * DAY)
        review_due(now=START + (days + 1) * DAY)
    partner.refresh_from_db()
    assert notices_of(partner) == [(Rule.RATING, NoticeKind.WARNING)] * 2
    sanction = Sanction.objects.get(partner=partner)
    assert (sanction.kind, sanction.status) == (SanctionKind.SUSPENSION, SanctionStatus.IN_FORCE)
    assert partner.status == PartnerStatus.SUSPENDED
    step = PartnerTransition.objects.get(partner=partner)
    assert (step.new, step.actor, step.at) == (PartnerStatus.SUSPENDED, None, START + 41 * DAY)
    assert Notification.objects.filter(kind="sanction_issued").count() == 1


def test_no_second_warning_before_both_intervals_have_passed() -> None:
    partner = partner_with(BELOW_LIMIT)
    review_due(now=LATER)
    issued = Notice.objects.get().issued_at
    work(partner, [4] * 9, start=issued + HOUR)
    review_partner(partner_id=partner.pk, now=issued + 14 * DAY)
    assert Notice.objects.count() == 1  # nine jobs
    work(partner, [4], start=issued + 14 * DAY - HOUR)
    review_partner(partner_id=partner.pk, now=issued + 14 * DAY - timedelta(microseconds=1))
    assert Notice.objects.count() == 1  # thirteen days
    review_partner(partner_id=partner.pk, now=issued + 14 * DAY)
    assert Notice.objects.count() == 2


def test_a_high_cancellation_rate_warns_and_counts_the_cancelled_jobs() -> None:
    for _ in range(4):
        partner_with(GOOD)
    partner = partner_with([5] * 22, cancelled=3)
    review_due(now=LATER)
    notice = Notice.objects.get()
    assert (notice.partner, notice.rule, notice.kind) == (partner, Rule.CANCELLATION, NoticeKind.WARNING)
    cancelled = Job.objects.filter(partner=partner, outcome="cancelled").order_by("-outcome_at")
    assert notice.job_ids == list(cancelled.values_list("pk", flat=True))
    assert notice.city_cancellation_average == Decimal("0.0240")  # (0 + 0 + 0 + 0 + 0.12) / 5
    assert notice.limit == Decimal("0.0500")


def test_the_first_no_show_is_a_final_warning_once() -> None:
    partner = partner_with(GOOD, no_shows=1)
    review_due(now=LATER)
    review_partner(partner_id=partner.pk, now=LATER + 30 * DAY)
    assert (Rule.NO_SHOW, NoticeKind.FINAL_WARNING) in notices_of(partner)
    assert Notice.objects.filter(kind=NoticeKind.FINAL_WARNING).count() == 1


def test_the_second_no_show_suspends_and_proposes_exclusion() -> None:
    partner = partner_with(GOOD, no_shows=2)
    review_due(now=LATER)
    partner.refresh_from_db()
    sanction = Sanction.objects.get()
    assert (sanction.rule, sanction.kind) == (Rule.NO_SHOW, SanctionKind.EXCLUSION)
    assert (sanction.status, sanction.suspends_access) == (SanctionStatus.PROPOSED, True)
    assert len(sanction.job_ids) == 2
    assert partner.status == PartnerStatus.SUSPENDED
    assert not Notice.objects.exists()  # later rules are skipped


def test_a_city_may_leave_suspensions_to_people() -> None:
    CityPolicy.objects.create(
        city=city("basel"), in_force_from=START, automatic_suspension=False, notices_before_suspension=0
    )
    partner = partner_with(BELOW_LIMIT, slug="basel")
    review_due(now=LATER)
    partner.refresh_from_db()
    sanction = Sanction.objects.get()
    assert (sanction.status, sanction.suspends_access) == (SanctionStatus.PROPOSED, False)
    assert partner.status == PartnerStatus.ACTIVE
    assert not Notification.objects.exists()


def test_suspending_takes_back_open_offers() -> None:
    partner = partner_with(GOOD, no_shows=2)
    offer = OfferFactory.create(partner=partner, order=OrderFactory.create(booked_at=LATER))
    review_due(now=LATER)
    offer.refresh_from_db()
    assert offer.status == OfferStatus.WITHDRAWN
    assert offer.order.status == OrderStatus.EXPIRED  # there is nobody else to ask


def test_a_suspended_partner_gets_figures_but_no_verdict() -> None:
    partner = partner_with(BELOW_LIMIT)
    Partner.objects.filter(pk=partner.pk).update(status=PartnerStatus.SUSPENDED)
    assert review_due(now=LATER) == 1
    assert Standing.objects.get().average_stars == Decimal("4.00")
    assert not Notice.objects.exists()


def test_review_of_one_partner_tells_its_findings_even_if_nothing_follows() -> None:
    partner = partner_with(GOOD)
    verdict = review_partner(partner_id=partner.pk, now=LATER)
    assert [finding.level for finding in verdict.findings] == [Level.FINE] * 3
    assert verdict.actions == ()


def test_facts_after_the_review_keep_the_partner_marked() -> None:
    partner = partner_with(GOOD)
    work(partner, [5], start=LATER + HOUR)
    review_partner(partner_id=partner.pk, now=LATER)
    partner.refresh_from_db()
    assert partner.review.due_at == LATER + HOUR


def test_published_stars_after_the_review_keep_the_partner_marked() -> None:
    partner = partner_with([*GOOD, None])
    job = Job.objects.get(partner=partner, client_stars=None)
    publish_stars(job=job, stars=1, now=LATER + HOUR)
    review_partner(partner_id=partner.pk, now=LATER)
    partner.refresh_from_db()
    assert partner.review.due_at == LATER + HOUR
    assert standings.standing_of(partner.pk, LATER).rated_in_window == 20


def test_the_limit_takes_the_longest_waiting_first() -> None:
    second = partner_with(GOOD, start=START + DAY)
    first = partner_with(GOOD, start=START)
    assert review_due(now=LATER, limit=1) == 1
    assert list(Partner.objects.awaiting_review(LATER)) == [second]
    assert Standing.objects.get().partner == first


def test_one_failing_review_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = partner_with(BELOW_LIMIT), partner_with(GOOD)
    read = standings.standings_of

    def fail_on_the_bad_one(partner_ids: list[int], at: object) -> object:
        if bad.pk in partner_ids:
            raise ValueError
        return read(partner_ids, at)  # type: ignore[arg-type]

    monkeypatch.setattr(standings, "standings_of", fail_on_the_bad_one)
    assert review_due(now=LATER) == 1
    assert Standing.objects.get().partner == good
    bad.refresh_from_db()
    assert bad.review.due_at == LATER + timedelta(minutes=5)
    monkeypatch.undo()
    assert review_due(now=LATER + timedelta(minutes=5)) == 1
    assert Notice.objects.get().partner == bad


def test_an_excluded_partner_does_not_count_in_the_city_average() -> None:
    gone = partner_with([5] * 10, cancelled=10)
    Partner.objects.filter(pk=gone.pk).update(status=PartnerStatus.EXCLUDED)
    PartnerTransition.objects.create(partner=gone, old="active", new="excluded", at=START + 5 * DAY)
    partner_with(GOOD)
    near = partner_with([5] * 19, cancelled=1)
    review_partner(partner_id=near.pk, now=LATER)
    assert Notice.objects.get().city_cancellation_average == Decimal("0.0250")


def test_ruling_a_no_show_out_leaves_no_final_warning() -> None:
    partner = partner_with(GOOD, no_shows=1)
    Job.objects.filter(partner=partner, outcome="no_show").update(excused_at=LATER - HOUR)
    count(partner)
    review_due(now=LATER)
    assert not Notice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_partner_that_is_locked_elsewhere_waits_for_the_next_review() -> None:
    load_launch_data()
    held, free = partner_with(GOOD), partner_with(GOOD)
    reviewed: list[int] = []

    def review_elsewhere() -> None:
        try:
            reviewed.append(review_due(now=LATER))
        finally:
            connection.close()

    with transaction.atomic():
        Partner.objects.select_for_update().get(pk=held.pk)
        thread = Thread(target=review_elsewhere)
        thread.start()
        thread.join()
    assert reviewed == [1]
    assert list(Partner.objects.awaiting_review(LATER)) == [held]
    assert Standing.objects.get().partner == free


def test_a_second_process_is_called_when_more_than_a_batch_waits(
    bells: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    partners = [partner_with(GOOD) for _ in range(3)]
    bells.clear()
    tasks.review_due_partners()
    assert bells == ["review"]
    assert not Partner.objects.awaiting_review(LATER).exists()
    mark_for_review(partner_ids=[partner.pk for partner in partners[:2]], now=LATER)
    bells.clear()
    tasks.review_due_partners()
    assert bells == []
