"""Partners set their own hours and days off; whoever plans reads them."""

from datetime import date, timedelta

import pytest

from partners.availability import services
from partners.availability.policy import Availability, Hours
from partners.models import DayOff, Partner, WorkingHours
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

WEEK = (Hours(0, 480, 720), Hours(0, 780, 1020), Hours(4, 540, 600))
TODAY = date(2026, 6, 1)
DAY = timedelta(days=1)


@pytest.fixture
def partner() -> Partner:
    return factories.PartnerFactory.create()


def set_hours(partner: Partner, hours: tuple[Hours, ...] | None, **changes: object) -> Availability:
    wish = {"works_on_holidays": False, "buffer_minutes": 15} | changes
    services.set_hours(partner_id=partner.pk, hours=hours, now=NOW, **wish)
    partner.refresh_from_db()
    return services.availability_of(partner)


def test_at_first_a_partner_is_asked_at_any_time(partner: Partner) -> None:
    assert services.availability_of(partner) == Availability()


def test_hours_are_kept_and_replaced_as_a_whole(partner: Partner) -> None:
    assert set_hours(partner, WEEK).hours == WEEK
    assert set_hours(partner, WEEK[:1], works_on_holidays=True) == Availability(
        WEEK[:1], works_on_holidays=True
    )
    assert (partner.hours_set_at, partner.buffer_minutes) == (NOW, 15)


def test_no_hours_at_all_are_a_week_without_work(partner: Partner) -> None:
    assert set_hours(partner, ()).hours == ()


def test_any_time_is_fine_again(partner: Partner) -> None:
    set_hours(partner, WEEK)
    assert set_hours(partner, None).hours is None
    assert not WorkingHours.objects.exists()


@pytest.mark.parametrize(
    ("hours", "refusal"),
    [
        ((Hours(0, 600, 480),), services.HoursBackwards),
        ((Hours(0, 480, 720), Hours(0, 705, 810)), services.HoursOverlap),
        ((Hours(0, 481, 720),), services.HoursNotByTheQuarter),
        ((Hours(0, 480, 1500),), services.HoursRefused),
    ],
)
def test_odd_hours_are_refused_and_the_old_ones_stay(
    partner: Partner, hours: tuple[Hours, ...], refusal: type[Exception]
) -> None:
    set_hours(partner, WEEK)
    with pytest.raises(refusal):
        set_hours(partner, hours)
    assert services.availability_of(partner).hours == WEEK


def days_off(partner: Partner, first: int, last: int) -> DayOff:
    return services.add_days_off(
        partner_id=partner.pk, first=TODAY + first * DAY, last=TODAY + last * DAY, today=TODAY
    )


def test_days_off_are_kept_and_taken_back(partner: Partner) -> None:
    kept = days_off(partner, 3, 5)
    days_off(partner, 6, 6)
    assert services.availability_of(partner).days_off == (
        (TODAY + 3 * DAY, TODAY + 5 * DAY),
        (TODAY + 6 * DAY, TODAY + 6 * DAY),
    )
    for _time in range(2):
        services.remove_days_off(partner_id=partner.pk, days_off_id=kept.pk)
    assert len(services.availability_of(partner).days_off) == 1


def test_other_peoples_days_off_stay(partner: Partner) -> None:
    kept = days_off(factories.PartnerFactory.create(), 1, 1)
    services.remove_days_off(partner_id=partner.pk, days_off_id=kept.pk)
    assert DayOff.objects.filter(pk=kept.pk).exists()


@pytest.mark.parametrize(
    ("first", "last", "refusal"),
    [
        (2, 1, services.DaysOffBackwards),
        (-3, -1, services.DaysOffOver),
        (0, 366, services.DaysOffTooLong),
        (4, 9, services.DaysOffOverlap),
    ],
)
def test_odd_days_off_are_refused(partner: Partner, first: int, last: int, refusal: type[Exception]) -> None:
    days_off(partner, 3, 5)
    with pytest.raises(refusal):
        days_off(partner, first, last)
    assert DayOff.objects.count() == 1


def test_several_partners_are_read_in_one_statement(
    partner: Partner, django_assert_num_queries: object
) -> None:
    other = factories.PartnerFactory.create()
    set_hours(partner, WEEK)
    days_off(other, 1, 1)
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = services.availabilities_of([partner, other])
    assert (found[partner.pk].hours, found[other.pk].hours) == (WEEK, None)


@pytest.mark.parametrize(
    ("canton", "day", "is_holiday"),
    [
        ("ZH", date(2026, 8, 1), True),
        ("ZH", date(2026, 5, 1), True),
        ("BE", date(2026, 5, 1), False),
        ("TI", date(2026, 3, 19), True),
        ("GE", date(2026, 9, 10), True),
        ("ZH", date(2026, 9, 10), False),
    ],
)
def test_public_holidays_are_those_of_the_canton(canton: str, day: date, is_holiday: bool) -> None:
    found = services.holidays_of(canton=canton, first=day - DAY, days=3)
    assert (day in found) is is_holiday


def test_holidays_are_found_over_the_turn_of_the_year() -> None:
    found = services.holidays_of(canton="ZH", first=date(2026, 12, 30), days=4)
    assert date(2027, 1, 1) in found
