"""Arrivals at which somebody is free, over a week."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from orders.services.candidates import candidates
from orders.services.free_times import free_arrivals, next_arrivals
from orders.slots import PartOfDay, arrivals_in
from partners.availability.policy import Hours
from partners.availability.services import add_days_off, set_hours
from partners.models import Partner
from tests import factories
from tests.factories import NOW
from tests.orders.test_candidates import wanted

pytestmark = pytest.mark.django_db
ZURICH = ZoneInfo("Europe/Zurich")
TUESDAY = date(2026, 6, 2)


def clocks(days: int = 1, first: date = TUESDAY) -> list[list[str]]:
    found = free_arrivals(wanted(), first=first, days=days, now=NOW)
    return [[f"{moment.astimezone(ZURICH):%H:%M}" for moment in day.arrivals] for day in found]


def with_hours(*spans: tuple[int, int, int]) -> Partner:
    partner = factories.PartnerFactory.create()
    hours = [Hours(weekday, begins * 60, ends * 60) for weekday, begins, ends in spans]
    set_hours(partner_id=partner.pk, hours=hours, works_on_holidays=False, buffer_minutes=10, now=NOW)
    return partner


def test_without_partners_nothing_is_free() -> None:
    assert clocks(2) == [[], []]


def test_a_visit_must_end_within_the_hours() -> None:
    with_hours((1, 9, 12))
    assert clocks(2) == [["09:00", "09:30", "10:00", "10:30", "11:00"], []]


def test_what_one_cannot_another_can() -> None:
    with_hours((1, 9, 10))
    with_hours((1, 18, 19))
    assert clocks() == [["09:00", "18:00"]]


def test_visits_days_off_and_the_notice_needed_take_times_away() -> None:
    partner = with_hours((0, 9, 14), (1, 9, 12), (2, 9, 10))
    order = factories.OrderFactory.create(slot=factories.slot(datetime(2026, 6, 2, 8, 0, tzinfo=UTC)))
    factories.BookedJobFactory.create(partner=partner, order=order, slot=order.slot)
    add_days_off(partner_id=partner.pk, first=date(2026, 6, 3), last=date(2026, 6, 3), today=TUESDAY)

    # It is ten on Monday; the visit on Tuesday is from ten to eleven in the middle of the city.
    assert clocks(3, first=date(2026, 6, 1)) == [["11:00", "11:30", "12:00", "12:30", "13:00"], [], []]


def test_every_time_that_is_offered_has_its_candidate_and_no_other_has() -> None:
    partner = with_hours((1, 8, 12), (1, 13, 19))
    for hour in (7, 13):
        order = factories.OrderFactory.create(slot=factories.slot(datetime(2026, 6, 2, hour, 30, tzinfo=UTC)))
        factories.BookedJobFactory.create(partner=partner, order=order, slot=order.slot)
    offered = set(free_arrivals(wanted(), first=TUESDAY, days=1, now=NOW)[0].arrivals)

    moment = datetime(2026, 6, 2, 7, 0, tzinfo=ZURICH)
    while moment <= datetime(2026, 6, 2, 20, 0, tzinfo=ZURICH):
        assert bool(candidates(wanted(moment), limit=1, now=NOW)) == (moment in offered), moment
        moment += timedelta(minutes=30)
    assert offered


def test_a_part_of_the_day_is_what_is_left_of_it() -> None:
    def part(which: PartOfDay, day: date = TUESDAY, now: datetime = NOW):
        found = arrivals_in(which, day, now, ZURICH)
        return found and tuple(f"{moment:%H:%M}" for moment in found)

    assert part(PartOfDay.MORNING) == ("07:00", "12:00")
    assert part(PartOfDay.DAY) == ("07:00", "20:00")
    assert part(PartOfDay.MORNING, date(2026, 6, 1)) == ("11:00", "12:00")
    assert part(PartOfDay.MORNING, date(2026, 6, 1), NOW + timedelta(hours=1)) is None
    assert part(PartOfDay.EVENING, TUESDAY + timedelta(days=200)) is None


def test_of_one_partner_only_their_own_times() -> None:
    morning, _evening = with_hours((1, 9, 10)), with_hours((1, 18, 19))
    found = free_arrivals(wanted(), first=TUESDAY, days=1, now=NOW, only=morning)
    assert [f"{moment.astimezone(ZURICH):%H:%M}" for moment in found[0].arrivals] == ["09:00"]


def test_of_one_partner_who_cannot_there_is_no_time() -> None:
    unskilled = factories.PartnerFactory.create(skills=["tv"])
    assert not any(
        day.arrivals for day in free_arrivals(wanted(), first=TUESDAY, days=1, now=NOW, only=unskilled)
    )


def test_the_next_arrival_of_each() -> None:
    tuesday, thursday, never = with_hours((1, 9, 10)), with_hours((3, 18, 19)), with_hours((6, 22, 23))
    found = next_arrivals(Partner.objects.all(), wanted(), days=7, now=NOW)
    assert {pk: f"{moment.astimezone(ZURICH):%d. %H:%M}" for pk, moment in found.items()} == {
        tuesday.pk: "02. 09:00",
        thursday.pk: "04. 18:00",
    }
    assert never.pk not in found
    assert set(next_arrivals(Partner.objects.all(), wanted(), days=3, now=NOW)) == {tuesday.pk}


def test_the_next_arrivals_of_twelve_need_no_more_queries_than_of_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    some, asked = [with_hours((1, 9, 10)) for _ in range(12)], wanted()
    with django_assert_max_num_queries(3):
        assert len(next_arrivals(some, asked, days=7, now=NOW)) == 12
    with django_assert_max_num_queries(3):
        next_arrivals(some[:1], asked, days=7, now=NOW)
