"""Every guarantee that the models of partners, orders, ratings and compliance declare holds against plain SQL."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, transaction

from tests.breaking import copied, execute, expect_refusal, make_scene
from tests.guarantees import (
    of_compliance,
    of_hand_overs,
    of_jobs,
    of_orders,
    of_partners,
    of_plans,
    of_ratings,
    of_visits,
)
from tests.guarantees.attempts import changed, new_job, new_order

GROUPS = {
    "partners": of_partners.ATTEMPTS,
    "orders": of_orders.ATTEMPTS,
    "jobs": of_jobs.ATTEMPTS,
    "hand_overs": of_hand_overs.ATTEMPTS,
    "visits": of_visits.ATTEMPTS,
    "plans": of_plans.ATTEMPTS,
    "ratings": of_ratings.ATTEMPTS,
    "compliance": of_compliance.ATTEMPTS,
}


@pytest.mark.django_db
@pytest.mark.parametrize("group", GROUPS)
def test_the_database_refuses_what_breaks_a_guarantee(group: str, subtests: pytest.Subtests) -> None:
    rows = make_scene().rows()
    for case in GROUPS[group]:
        with subtests.test(guard=case.guard, statement=case.statement):
            expect_refusal(case, rows)


@pytest.mark.django_db
def test_no_table_has_a_column_that_no_model_knows() -> None:
    """What a release has left for the processes of the one before is gone with the next."""
    left = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            found = {column.name for column in connection.introspection.get_table_description(cursor, table)}
            if unknown := found - {field.column for field in model._meta.local_concrete_fields}:
                left[table] = unknown
    assert left == {}


OBEDIENT = [
    of_orders.dispatch(),
    of_orders.draft(time="'10:00'"),
    of_orders.draft(time="'morning'", partner_id="{partner}"),
    of_orders.draft(day="NULL", time="'soon'"),
    f"{of_orders.draft(client_id='NULL')}; {of_orders.draft(client_id='NULL', asks_anybody='true')}",
    of_hand_overs.new(),
    changed("orders_order", "{booked}", "replacement_for_id = {job}, next_wave_at = now()"),
    of_partners.NEW_HOURS.format(weekday=6, minutes="[0,1440)"),
    of_partners.NEW_DAYS_OFF.format(days="[2026-06-01,2026-06-03)"),
    of_partners.NEW_FAVOURITE.format(client="{user}"),
    f"{of_orders.address('A', default=True)}; {of_orders.address('B')}",
    of_partners.interest(),
    of_partners.interest(language="it", told_at="now()"),
    of_partners.another_partner(),
    of_partners.another_application(),
    of_partners.another_application("{sent}"),
    of_partners.another_application("{refused}"),
    changed("partners_application", "{sent}", "status = 'draft'"),
    changed("partners_application", "{draft}", "first_name = 'B', radius_km = 3"),
    of_partners.another_partner(latitude="NULL::float", longitude="NULL::float", radius_km="50"),
    of_jobs.NEW_TALLY.format(city="NULL"),
    of_jobs.NEW_TALLY.format(city="(SELECT id FROM partners_city WHERE slug = 'zurich')"),
    of_plans.NEW_STOP,
    changed("orders_dayproposal", "{day_proposal}", "planned_at = now(), sent_at = now()"),
    new_order(),
    new_job(),
    new_job("{job}", order_id="NULL::bigint", partner_id="{other_partner}"),
    changed("orders_order", "{order}", "status = 'confirmed'"),
    changed("orders_job", "{cancelled}", "excused_at = now()"),
    changed("orders_job", "{done}", "stars_ruled_out_at = now()"),
    copied("orders_message", "{message}", **of_visits.FRESH),
    copied("orders_timeproposal", "{proposal}", status="'replaced'"),
    copied("orders_timeoption", "{option}", starts_at="now()"),
    copied("orders_extra", "{extra}", price="2000", **of_visits.FRESH),
    changed("orders_timeproposal", "{proposal}", "status = 'lapsed', answered_at = now()"),
    changed("orders_extra", "{extra}", "status = 'approved', answered_at = now()"),
    changed("orders_job", "{job}", "contact_due_at = now()"),
    changed("ratings_rating", "{hidden_rating}", "published_at = submitted_at"),
    changed("ratings_rating", "{rating}", "hiding_flag_id = {decided_flag}"),
    copied("ratings_ratingflag", "{decided_flag}", reason="'other'", words="'It is a copy.'"),
    copied("ratings_ratingflag", "{flag}", flagged_by_id="{ops}"),
    changed(
        "ratings_ratingflag",
        "{flag}",
        "decision = 'hide', decided_at = now(), decided_by_id = {ops}, decided_reason = 'x'",
    ),
    copied("compliance_citypolicy", "{policy}", in_force_from="now()"),
    changed(
        "compliance_notice",
        "{notice}",
        "withdrawn_at = now(), withdrawn_by_id = {ops}, withdrawn_reason = 'x'",
    ),
    copied(
        "compliance_sanction",
        "{sanction}",
        kind="'exclusion'",
        decided_by_id="{ops}",
        confirmed_by_id="{user}",
    ),
]


@pytest.mark.django_db
def test_the_database_lets_pass_what_obeys(subtests: pytest.Subtests) -> None:
    """Without this, a case above might be refused for a slip in its SQL."""
    rows = make_scene().rows()
    for statement in OBEDIENT:
        with subtests.test(statement=statement):
            sid = transaction.savepoint()
            execute(statement.format(**rows))
            transaction.savepoint_rollback(sid)


def declared() -> Iterator[str]:
    """Constraints by name; triggers, whose names repeat, as `table.name`."""
    for label in ("partners", "orders", "ratings", "compliance"):
        for model in apps.get_app_config(label).get_models():
            meta = model._meta
            yield from (constraint.name for constraint in meta.constraints)
            yield from (f"{meta.db_table}.{trigger.name}" for trigger in getattr(meta, "triggers", []))


def test_every_declared_guarantee_has_its_attempt() -> None:
    assert set(declared()) == {case.guard for cases in GROUPS.values() for case in cases}
