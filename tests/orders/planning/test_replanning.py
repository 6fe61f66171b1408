"""A day that changed is planned anew: within what was agreed, never late, never twice, never in others' way."""

from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from mila.notifications.models import Notification
from orders import services
from orders.models import Job, RoutePlan, VisitMove
from orders.planning import replanning
from orders.planning.marking import mark_changed_availabilities
from orders.planning.policy import PlanResult
from orders.planning.solver import best_order
from partners.availability.policy import Hours
from partners.availability.services import add_days_off, remove_days_off, set_hours
from partners.models import Partner
from tests.factories import NOW, PartnerFactory
from tests.orders.conftest import accept, book
from tests.orders.planning.scenes import DAY, HOUR, at, mark, plan, starts, visit

pytestmark = pytest.mark.django_db
WIDE = (8, 17)


@pytest.fixture
def there_and_back(partner: Partner) -> list[Job]:
    """East, back in the city, and east again: the middle one is better made first or last."""
    return [visit(partner, 9, 3, WIDE), visit(partner, 12, 0, WIDE), visit(partner, 15, 3, WIDE)]


def test_flexible_visits_are_put_into_the_order_with_the_shortest_way(partner, there_and_back):
    found = plan(partner)
    assert found.result == PlanResult.PLANNED
    first, second, third = starts(*there_and_back)
    assert not first < second < third
    assert all(at(8) <= start <= at(17) for start in (first, second, third))


def test_the_stops_are_noted_with_the_way_to_each(partner, there_and_back):
    found = plan(partner)
    stops = list(found.stops.all())
    assert [stop.position for stop in stops] == [1, 2, 3]
    assert [stop.arrives_at for stop in stops] == sorted(starts(*there_and_back))
    assert found.travel_seconds == sum(stop.travel_seconds for stop in stops) > 0
    assert found.travel_metres > 40_000


def test_a_moved_visit_leaves_a_row(partner, there_and_back):
    plan(partner)
    moved = VisitMove.objects.order_by("job")
    assert {(move.job_id, move.new_slot.lower) for move in moved} == {
        (job.pk, job.starts_at)
        for job, before in zip(there_and_back, (at(9), at(12), at(15)), strict=True)
        if starts(job) != [before]
    }


def test_both_sides_hear_of_the_time_that_is_planned_now(partner, there_and_back):
    plan(partner)
    moved = VisitMove.objects.count()
    told = Notification.objects.filter(kind="visit_replanned")
    assert moved
    assert (
        told.filter(recipient=partner.user).count() == moved == told.exclude(recipient=partner.user).count()
    )


def test_what_was_confirmed_stays(partner, there_and_back):
    before = starts(*there_and_back)
    Job.objects.update(time_confirmed_at=NOW)
    plan(partner)
    assert starts(*there_and_back) == before


def test_planning_again_changes_nothing(partner, there_and_back):
    plan(partner)
    before = starts(*there_and_back)
    moves = VisitMove.objects.count()
    plan(partner)
    assert (starts(*there_and_back), VisitMove.objects.count()) == (before, moves)


def test_two_visits_may_change_places(partner):
    """Each has the other's time: no overlap in between."""
    jobs = [visit(partner, 10, 0, (8, 12)), visit(partner, 11.5, 3, (8, 12)), visit(partner, 13.5, 0)]
    partner.latitude, partner.longitude = 47.38, 8.95
    partner.save()
    plan(partner)
    first, second, fixed = starts(*jobs)
    assert second < first < fixed


def test_booked_times_stay(partner):
    jobs = [visit(partner, 9, 3), visit(partner, 12, 0), visit(partner, 15, 3)]
    assert plan(partner).result == PlanResult.PLANNED
    assert starts(*jobs) == [at(9), at(12), at(15)]


def test_a_visit_that_begins_within_the_hour_stays(partner, there_and_back):
    plan(partner, now=at(8.5))
    assert starts(there_and_back[0]) == [at(9)]


@pytest.mark.parametrize("field", ["on_the_way_at", "checked_in_at"])
def test_nothing_moves_while_somebody_is_on_the_way(partner, there_and_back, field):
    Job.objects.filter(pk=there_and_back[0].pk).update(**{field: at(8.5)})
    assert plan(partner, now=at(6)).result == PlanResult.LOCKED
    assert starts(*there_and_back) == [at(9), at(12), at(15)]


def test_a_day_that_cannot_be_kept_stays_and_says_so(partner):
    jobs = [visit(partner, 9, 0), visit(partner, 10, 3), visit(partner, 15, 0, WIDE)]
    assert plan(partner).result == PlanResult.IMPOSSIBLE
    assert starts(*jobs) == [at(9), at(10), at(15)]


def test_a_visit_made_is_where_the_day_goes_on_from(partner, there_and_back):
    done = there_and_back[0]
    Job.objects.filter(pk=done.pk).update(
        outcome="completed", outcome_at=at(10), checked_in_at=at(9), accepted_at=NOW
    )
    found = plan(partner, now=at(10))
    assert found.stops.count() == 3
    assert starts(*there_and_back[1:]) == sorted(starts(*there_and_back[1:]), reverse=True)


def test_hours_hold(partner, there_and_back):
    set_hours(
        partner_id=partner.pk,
        hours=[Hours(2, 8 * 60, 16 * 60)],
        works_on_holidays=True,
        buffer_minutes=10,
        now=NOW,
    )
    plan(partner)
    assert all(at(8) <= start <= at(15) for start in starts(*there_and_back))


class TestWhatMarksADay:
    def due(self, partner: Partner) -> list[date]:
        return list(
            RoutePlan.objects.filter(partner=partner, due_at__isnull=False).values_list("day", flat=True)
        )

    def test_an_acceptance(self, client_user, partner, bells, django_capture_on_commit_callbacks):
        order = book(client_user)
        with django_capture_on_commit_callbacks(execute=True):
            accept(order, partner)
        assert self.due(partner) == [DAY]
        assert "plans" in bells

    def test_the_end_of_a_job(self, job, partner):
        RoutePlan.objects.update(due_at=None)
        services.cancel_job(job_id=job.pk, partner=partner, reason="ill", now=NOW)
        assert self.due(partner) == [DAY]

    def test_hours_and_days_off(self, job, partner):
        for change in (
            lambda: set_hours(
                partner_id=partner.pk, hours=None, works_on_holidays=True, buffer_minutes=5, now=NOW
            ),
            lambda: add_days_off(partner_id=partner.pk, first=DAY, last=DAY, today=date(2026, 6, 1)),
            lambda: remove_days_off(partner_id=partner.pk, days_off_id=partner.days_off.get().pk),
        ):
            RoutePlan.objects.update(due_at=None)
            change()
            assert mark_changed_availabilities(now=NOW) == 1
            assert self.due(partner) == [DAY]
            assert mark_changed_availabilities(now=NOW) == 0

    def test_an_imported_fact_marks_nothing(self, partner):
        services.record_outcome(
            job=Job.objects.create(partner=partner, accepted_at=NOW), outcome="completed", at=NOW
        )
        assert self.due(partner) == []

    def test_the_day_is_that_of_the_city(self, partner):
        visit_at = at(0.5)
        assert visit_at.date() == DAY - timedelta(days=1)
        mark(partner)
        assert self.due(partner) == [DAY]


class TestWhatHappensMeanwhile:
    def test_a_day_that_changes_while_it_is_planned_stays_due(self, partner, there_and_back):
        def solve_and_disturb(problem):
            job = there_and_back[2]
            slot = DateTimeTZRange(at(16), at(17))
            Job.objects.filter(pk=job.pk).update(slot=slot)
            job.order.slot = slot
            job.order.save()
            return (1, 0, 2)

        with patch.object(replanning, "best_order", solve_and_disturb):
            found = plan(partner)
        assert (found.due_at, found.planned_at) == (NOW, None)
        assert starts(*there_and_back) == [at(9), at(12), at(16)]

    def test_a_mark_that_comes_meanwhile_is_not_lost(self, partner, there_and_back):
        def solve_and_mark(problem):
            mark(partner, now=NOW + HOUR)
            return (0, 1, 2)

        with patch.object(replanning, "best_order", solve_and_mark):
            assert plan(partner).due_at == NOW + HOUR

    def test_a_day_that_fails_keeps_no_other_waiting_and_is_tried_later(self, partner, there_and_back):
        other = PartnerFactory.create()
        visit(other, 9, 0, WIDE)
        mark(other)

        def fail_for_three(problem):
            if len(problem.stops) == 3:
                raise ArithmeticError
            return best_order(problem)

        with patch.object(replanning, "best_order", fail_for_three):
            found = plan(partner)
        assert (found.attempts, found.due_at, found.planned_at) == (1, NOW + timedelta(seconds=30), None)
        assert RoutePlan.objects.get(partner=other).planned_at == NOW
        assert plan(partner).attempts == 0
