from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet

from mila.accounts.models import User
from mila.lib.refusals import Refusal
from mila.notifications.models import Notification
from orders import services
from orders.models import Job, Offer, OfferTransition, PartnerTally
from orders.policy import JobState, OfferStatus, OrderStatus
from orders.services import answering
from partners.availability.policy import Hours
from partners.availability.services import set_hours
from partners.models import Partner, PartnerReview
from partners.policy import PartnerStatus
from partners.services import change_status
from tests import factories
from tests.factories import NOW
from tests.orders.conftest import START, accept, book

pytestmark = pytest.mark.django_db


def suspend(partner: Partner) -> None:
    change_status(partner=partner, new=PartnerStatus.SUSPENDED, actor=None, reason="test", now=NOW)


def test_accepting_makes_the_job_and_confirms_the_order(client_user: User, partner: Partner) -> None:
    order = book(client_user)
    job = accept(order, partner, now=NOW + timedelta(hours=1))
    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED
    assert (job.partner, job.order, job.slot) == (partner, order, order.slot)
    assert (job.accepted_at, job.state) == (NOW + timedelta(hours=1), JobState.ACCEPTED)
    row = job.transitions.get()
    assert (row.old, row.new, row.actor) == ("", JobState.ACCEPTED, partner.user)
    assert [row.new for row in order.transitions.all()] == [OrderStatus.SEARCHING, OrderStatus.CONFIRMED]
    message = Notification.objects.get(kind="order_confirmed")
    assert (message.recipient, message.payload) == (client_user, {"order_id": order.pk})


def test_accepting_withdraws_the_offers_to_others(client_user: User, partner: Partner) -> None:
    slower = factories.PartnerFactory.create()
    order = book(client_user)
    accept(order, partner)
    statuses = dict(order.offers.values_list("partner_id", "status"))
    assert statuses == {partner.pk: OfferStatus.ACCEPTED, slower.pk: OfferStatus.WITHDRAWN}
    assert OfferTransition.objects.filter(offer__order=order).count() == 2
    with pytest.raises(services.OfferGone):
        services.accept_offer(
            offer_id=Offer.objects.get(order=order, partner=slower).pk, partner=slower, now=NOW
        )


def test_accepting_counts_and_rings_for_a_review(client_user: User, partner: Partner) -> None:
    accept(book(client_user), partner, now=NOW + timedelta(minutes=5))
    tally = PartnerTally.objects.get(partner=partner)
    assert (tally.accepted, tally.cancelled, tally.no_shows) == (1, 0, 0)
    assert tally.latest_fact_at == NOW + timedelta(minutes=5)
    partner.refresh_from_db()
    assert partner.review.due_at == NOW + timedelta(minutes=5)


def test_accepting_twice_gives_the_same_job(client_user: User, partner: Partner) -> None:
    order = book(client_user)
    offer = order.offers.get()
    first = services.accept_offer(offer_id=offer.pk, partner=partner, now=NOW)
    assert services.accept_offer(offer_id=offer.pk, partner=partner, now=NOW) == first
    assert PartnerTally.objects.get(partner=partner).accepted == 1


def test_an_offer_is_gone_once_its_job_was_left(client_user: User, job: Job) -> None:
    services.cancel_job(job_id=job.pk, partner=job.partner, reason="ill", now=NOW)
    offer = Offer.objects.get(partner=job.partner)
    with pytest.raises(services.OfferGone):
        services.accept_offer(offer_id=offer.pk, partner=job.partner, now=NOW)


def test_the_offer_of_another_partner_is_not_there(client_user: User, partner: Partner) -> None:
    offer = book(client_user).offers.get()
    stranger = factories.PartnerFactory.create()
    with pytest.raises(services.OfferGone):
        services.accept_offer(offer_id=offer.pk, partner=stranger, now=NOW)
    with pytest.raises(services.OfferGone):
        services.decline_offer(offer_id=offer.pk, partner=stranger, now=NOW)


def test_an_offer_is_open_until_just_before_its_deadline(client_user: User, partner: Partner) -> None:
    offer = book(client_user).offers.get()
    with pytest.raises(services.OfferLapsed):
        services.accept_offer(offer_id=offer.pk, partner=partner, now=offer.expires_at)
    before = offer.expires_at - timedelta(microseconds=1)
    assert services.accept_offer(offer_id=offer.pk, partner=partner, now=before).accepted_at == before


def test_a_suspended_partner_cannot_accept(client_user: User, partner: Partner) -> None:
    offer = book(client_user).offers.get()
    suspend(Partner.objects.get(pk=partner.pk))
    with pytest.raises(services.PartnerSuspended):
        services.accept_offer(offer_id=offer.pk, partner=partner, now=NOW)
    assert not Job.objects.exists()


def test_a_skill_taken_from_the_profile_is_missing(client_user: User, partner: Partner) -> None:
    offer = book(client_user).offers.get()
    partner.skills.clear()
    with pytest.raises(services.SkillMissing):
        services.accept_offer(offer_id=offer.pk, partner=partner, now=NOW)


@pytest.mark.parametrize(
    ("minutes", "refusal"),
    [
        (-70, None),
        (-69, services.TooFar),
        (-60, services.TooFar),
        (-59, services.SlotTaken),
        (0, services.SlotTaken),
        (59, services.SlotTaken),
        (60, services.TooFar),
        (69, services.TooFar),
        (70, None),
    ],
)
def test_jobs_do_not_overlap_and_leave_ten_minutes_between(
    client_user: User, partner: Partner, minutes: int, refusal: type[Refusal] | None
) -> None:
    first = book(client_user)
    second = book(client_user, slot_start=START + timedelta(minutes=minutes))
    accept(first, partner)
    if refusal is None:
        assert accept(second, partner).partner == partner
    else:
        with pytest.raises(refusal):
            accept(second, partner)


def test_the_way_between_two_visits_is_counted(client_user: User, partner: Partner) -> None:
    """From 8001 Zürich to Winterthur it is about 50 minutes."""
    partner.radius_km = 50
    partner.save()
    accept(book(client_user), partner)
    early, late = (
        factories.OrderFactory.create(
            latitude=47.4999, longitude=8.7241, slot=factories.slot(START + timedelta(minutes=minutes))
        )
        for minutes in (100, 130)
    )
    offers = [factories.OfferFactory.create(order=order, partner=partner) for order in (early, late)]
    with pytest.raises(services.TooFar):
        services.accept_offer(offer_id=offers[0].pk, partner=partner, now=NOW)
    assert services.accept_offer(offer_id=offers[1].pk, partner=partner, now=NOW).order == late


def test_outside_the_partners_hours_nothing_is_offered_or_accepted(
    client_user: User, partner: Partner
) -> None:
    offer = book(client_user).offers.get()
    set_hours(
        partner_id=partner.pk, hours=[Hours(0, 0, 1440)], works_on_holidays=False, buffer_minutes=0, now=NOW
    )
    with pytest.raises(services.OutsideHours):
        services.accept_offer(offer_id=offer.pk, partner=partner, now=NOW)
    assert not book(client_user, slot_start=START + timedelta(hours=2)).offers.exists()


def test_the_database_refuses_an_overlap_that_the_check_missed(
    client_user: User, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = book(client_user), book(client_user)
    accept(first, partner)
    monkeypatch.setattr(answering, "_refuse_unless_acceptable", lambda *_arguments: None)
    with pytest.raises(services.SlotTaken):
        accept(second, partner)
    second.refresh_from_db()
    assert second.status == OrderStatus.SEARCHING


def test_declining_asks_nobody_while_others_may_still_accept(client_user: User, partner: Partner) -> None:
    factories.PartnerFactory.create()
    order = book(client_user)
    services.decline_offer(offer_id=order.offers.get(partner=partner).pk, partner=partner, now=NOW)
    assert order.offers.count() == 2
    order.refresh_from_db()
    assert order.status == OrderStatus.SEARCHING


def test_when_the_requested_partner_declines_the_others_are_asked(
    client_user: User, partner: Partner
) -> None:
    other = factories.PartnerFactory.create()
    order = book(client_user, requested_partner=partner)
    services.decline_offer(offer_id=order.offers.get().pk, partner=partner, now=NOW)
    assert order.offers.get(status=OfferStatus.OPEN).partner == other
    assert order.offers.get(partner=partner).status == OfferStatus.DECLINED


def test_when_the_last_candidate_declines_the_order_expires(client_user: User, partner: Partner) -> None:
    order = book(client_user)
    offer = order.offers.get()
    services.decline_offer(offer_id=offer.pk, partner=partner, now=NOW)
    services.decline_offer(offer_id=offer.pk, partner=partner, now=NOW)
    order.refresh_from_db()
    assert order.status == OrderStatus.EXPIRED
    assert Notification.objects.filter(kind="order_expired").count() == 1


def test_declining_counts_nothing(client_user: User, partner: Partner) -> None:
    services.decline_offer(offer_id=book(client_user).offers.get().pk, partner=partner, now=NOW)
    assert not PartnerReview.objects.exists()
    assert not PartnerTally.objects.exists()


def references(found: Iterable[Partner]) -> list[str]:
    return [partner.reference for partner in found]


def test_candidates_are_active_skilled_near_and_free() -> None:
    good = factories.PartnerFactory.create(search_rank=1)
    better = factories.PartnerFactory.create(search_rank=2)
    unplaced = factories.PartnerFactory.create(latitude=None, longitude=None)
    factories.PartnerFactory.create(status=PartnerStatus.SUSPENDED)
    factories.PartnerFactory.create(skills=["tv"])
    factories.PartnerFactory.create(city=factories.city("bern"))
    factories.PartnerFactory.create(latitude=47.6)
    busy = factories.PartnerFactory.create()
    factories.BookedJobFactory.create(partner=busy)
    assert references(candidates(factories.slot())) == references([better, good, unplaced])
    assert references(candidates(factories.slot(), exclude=[better.pk])) == references([good, unplaced])
    later = factories.slot(factories.NOW + timedelta(days=3))
    assert busy in candidates(later)
    assert not candidates(factories.slot(NOW))


def candidates(slot: DateTimeTZRange, exclude: list[int] | None = None) -> QuerySet[Partner]:
    city = factories.city()
    return services.candidates(
        service=factories.service(),
        city=city,
        slot=slot,
        latitude=city.latitude,
        longitude=city.longitude,
        postcode="8001",
        now=NOW,
        exclude_ids=exclude or [],
    )
