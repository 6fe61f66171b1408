"""Every guarantee that the models of partners, orders, ratings and compliance declare holds against plain SQL."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import transaction

from tests.breaking import (
    Case,
    append_only,
    by_constraint,
    copied,
    execute,
    expect_refusal,
    make_scene,
    never_deleted,
)

OTHER_ORDER = {"reference": "'Z1'", "submission_key": "gen_random_uuid()"}
NO_SLOT = {"order_id": "NULL::bigint", "slot": "NULL::tstzrange"}
OTHER_CITY = "(SELECT max(id) FROM partners_city WHERE slug <> 'zurich')"
NEW_TALLY = (
    "INSERT INTO orders_partnertally (partner_id, city_id, accepted, cancelled, no_shows, latest_fact_at)"
    " VALUES ({{partner}}, {city}, 0, 0, 0, now())"
)
NEW_HOURS = (
    "INSERT INTO partners_workinghours (partner_id, weekday, minutes)"
    " VALUES ({{partner}}, {weekday}, '{minutes}')"
)
NEW_DAYS_OFF = "INSERT INTO partners_dayoff (partner_id, days) VALUES ({{partner}}, '{days}')"
TALLY_MOVES = f"; UPDATE orders_partnertally SET city_id = {OTHER_CITY} WHERE partner_id = {{partner}}"
OPEN = {"outcome": "NULL::text", "outcome_at": "NULL::timestamptz"}


def new_order(**changes: str) -> str:
    return copied("orders_order", "{order}", **OTHER_ORDER, **changes)


def new_job(row: str = "{done}", **changes: str) -> str:
    fresh = {
        "import_reference": "NULL::text",
        "client_stars": "NULL::int",
        "stars_published_at": "NULL::timestamptz",
    }
    return copied("orders_job", row, **(fresh | changes))


def changed(table: str, row: str, assignments: str) -> str:
    return f"UPDATE {table} SET {assignments} WHERE id = {row}"


def final(guard: str, table: str, row: str, *assignments: str) -> list[Case]:
    return [Case(guard, changed(table, row, each), "Cannot update rows") for each in assignments]


def moves(table: str, row: str, *statuses: str) -> list[Case]:
    guard = f"{table}.status_transitions"
    return [Case(guard, changed(table, row, f"status = '{new}'"), "Invalid transition") for new in statuses]


PARTNERS = [
    by_constraint("one_place_per_postcode_and_name", copied("partners_place", "{place}")),
    by_constraint(
        "partner_status_is_known",
        copied("partners_partner", "{partner}", reference="'z'", user_id="NULL::int", status="'angel'"),
    ),
    *moves("partners_partner", "{partner}", "applicant", "angel"),
    *final("partners_partner.city_is_fixed", "partners_partner", "{partner}", f"city_id = {OTHER_CITY}"),
    by_constraint("working_hours_are_of_a_weekday", NEW_HOURS.format(weekday=7, minutes="[480,600)")),
    by_constraint("working_hours_lie_within_a_day", NEW_HOURS.format(weekday=0, minutes="[480,1500)")),
    by_constraint("working_hours_lie_within_a_day", NEW_HOURS.format(weekday=0, minutes="empty")),
    by_constraint(
        "working_hours_of_a_weekday_do_not_overlap",
        f"{NEW_HOURS.format(weekday=0, minutes='[480,600)')}; {NEW_HOURS.format(weekday=0, minutes='[599,700)')}",
    ),
    by_constraint("days_off_have_an_end", NEW_DAYS_OFF.format(days="[2026-06-01,)")),
    by_constraint("days_off_have_an_end", NEW_DAYS_OFF.format(days="empty")),
    by_constraint(
        "days_off_of_a_partner_do_not_overlap",
        f"{NEW_DAYS_OFF.format(days='[2026-06-01,2026-06-03)')};"
        f" {NEW_DAYS_OFF.format(days='[2026-06-02,2026-06-09)')}",
    ),
    never_deleted("partners_partner", "{partner}"),
    *append_only("partners_partnertransition", "{partner_step}", "actor_id"),
]

ORDERS = [
    Case("orders_partnertally.city_is_the_partners", NEW_TALLY.format(city=OTHER_CITY), "of another city"),
    Case(
        "orders_partnertally.city_is_fixed", NEW_TALLY.format(city="NULL") + TALLY_MOVES, "Cannot update rows"
    ),
    by_constraint("service_price_is_positive", changed("orders_service", "{service}", "price = 0")),
    by_constraint("service_takes_time", changed("orders_service", "{service}", "duration_minutes = 0")),
    by_constraint("one_order_per_submission", copied("orders_order", "{order}", reference="'Z1'")),
    by_constraint("order_price_is_positive", new_order(price="0")),
    by_constraint("order_status_is_known", new_order(status="'lost'")),
    by_constraint("order_slot_is_bounded", new_order(slot="'empty'::tstzrange")),
    by_constraint("order_slot_is_bounded", new_order(slot="'[2026-06-03,)'::tstzrange")),
    by_constraint("order_slot_is_bounded", new_order(slot="'(,2026-06-03)'::tstzrange")),
    *moves("orders_order", "{order}", "completed", "in_progress", "failed", "lost"),
    *moves("orders_order", "{booked}", "completed", "expired"),
    *final(
        "orders_order.price_is_fixed",
        "orders_order",
        "{order}",
        "price = price + 1",
        "currency = 'EUR'",
        "client_id = {user}",
        "service_id = service_id + 1",
        "city_id = city_id + 1",
    ),
    never_deleted("orders_order", "{order}"),
    *append_only("orders_ordertransition", "{order_step}", "actor_id"),
    by_constraint("an_order_is_offered_once_to_a_partner", copied("orders_offer", "{offer}")),
    by_constraint(
        "offer_status_is_known",
        copied("orders_offer", "{offer}", partner_id="{other_partner}", status="'lost'"),
    ),
    by_constraint("offer_can_be_answered", changed("orders_offer", "{offer}", "expires_at = offered_at")),
    *moves("orders_offer", "{offer}", "lost"),
    never_deleted("orders_offer", "{offer}"),
    *append_only("orders_offertransition", "{offer_step}", "actor_id"),
]

JOBS = [
    by_constraint("an_imported_job_is_recorded_once", new_job(import_reference="'a-1'")),
    by_constraint("one_alive_job_per_order", new_job("{job}", partner_id="{other_partner}")),
    by_constraint(
        "one_alive_job_per_order",
        new_job(
            "{job}",
            partner_id="{other_partner}",
            outcome="'completed'",
            outcome_at="'2026-06-04'::timestamptz",
        ),
    ),
    by_constraint("job_slots_of_a_partner_do_not_overlap", new_job("{job}", order_id="NULL::bigint")),
    by_constraint(
        "job_slots_of_a_partner_do_not_overlap",
        new_job(
            "{job}",
            order_id="NULL::bigint",
            slot="'[2026-06-03 08:59:59+00,2026-06-03 10:00:00+00)'::tstzrange",
        ),
    ),
    by_constraint(
        "job_outcome_has_an_instant_after_acceptance", changed("orders_job", "{job}", "outcome = 'cancelled'")
    ),
    by_constraint(
        "job_outcome_has_an_instant_after_acceptance", changed("orders_job", "{job}", "outcome_at = now()")
    ),
    by_constraint(
        "job_outcome_has_an_instant_after_acceptance",
        changed("orders_job", "{job}", "outcome = 'lost', outcome_at = accepted_at"),
    ),
    by_constraint(
        "job_outcome_has_an_instant_after_acceptance",
        changed("orders_job", "{job}", "outcome = 'cancelled', outcome_at = accepted_at - interval '1 us'"),
    ),
    *(
        by_constraint(
            "job_stars_are_one_to_five_and_of_completed_jobs",
            changed("orders_job", row, f"client_stars = {stars}, stars_published_at = {at}"),
        )
        for row, stars, at in (
            ("{job}", "5", "now()"),
            ("{unrated}", "5", "NULL"),
            ("{unrated}", "NULL", "now()"),
            ("{cancelled}", "5", "now()"),
            ("{cancelled}", "NULL", "now()"),
        )
    ),
    *(
        by_constraint(
            "job_stars_are_one_to_five_and_of_completed_jobs",
            new_job(client_stars=stars, stars_published_at="'2026-06-04'::timestamptz"),
        )
        for stars in ("0", "6")
    ),
    by_constraint(
        "only_published_stars_are_ruled_out", changed("orders_job", "{job}", "stars_ruled_out_at = now()")
    ),
    *(
        by_constraint(
            "only_outcomes_that_count_are_excused_later", changed("orders_job", row, f"excused_at = {at}")
        )
        for row, at in (
            ("{job}", "now()"),
            ("{done}", "now()"),
            ("{cancelled}", "outcome_at - interval '1 us'"),
        )
    ),
    by_constraint("booked_jobs_have_a_slot", changed("orders_job", "{job}", "slot = NULL")),
    *final(
        "orders_job.outcome_is_final",
        "orders_job",
        "{done}",
        "outcome = 'cancelled'",
        "outcome = NULL, outcome_at = NULL",
        "outcome_at = outcome_at + interval '1 s'",
    ),
    *final(
        "orders_job.published_stars_are_final",
        "orders_job",
        "{done}",
        "client_stars = 5",
        "client_stars = NULL, stars_published_at = NULL",
        "stars_published_at = now()",
    ),
    never_deleted("orders_job", "{job}"),
    *append_only("orders_jobtransition", "{job_step}", "actor_id"),
]

RATINGS = [
    by_constraint("one_rating_per_job_and_side", copied("ratings_rating", "{rating}")),
    by_constraint(
        "rating_stars_are_one_to_five", copied("ratings_rating", "{rating}", job_id="{job}", stars="0")
    ),
    by_constraint(
        "rating_stars_are_one_to_five", copied("ratings_rating", "{rating}", job_id="{job}", stars="6")
    ),
    by_constraint("rating_side_is_known", copied("ratings_rating", "{rating}", side="'ops'")),
    by_constraint(
        "rating_is_published_after_it_is_written",
        changed("ratings_rating", "{hidden_rating}", "published_at = submitted_at - interval '1 us'"),
    ),
    *(
        by_constraint("ruling_out_names_who_and_why", changed("ratings_rating", row, assignments))
        for row, assignments in (
            ("{rating}", "ruled_out_at = now(), ruled_out_reason = 'abuse'"),
            ("{rating}", "ruled_out_at = now(), ruled_out_by_id = {ops}"),
            ("{hidden_rating}", "ruled_out_at = now(), ruled_out_by_id = {ops}, ruled_out_reason = 'abuse'"),
        )
    ),
    *final(
        "ratings_rating.rating_is_immutable",
        "ratings_rating",
        "{rating}",
        "stars = 5",
        "comment = 'better'",
        "side = 'partner'",
        "job_id = {job}",
        "submitted_at = now()",
    ),
    never_deleted("ratings_rating", "{rating}"),
]

COMPLIANCE = [
    by_constraint("one_policy_of_a_city_from_an_instant", copied("compliance_citypolicy", "{policy}")),
    by_constraint(
        "policy_floor_is_below_ceiling",
        copied("compliance_citypolicy", "{policy}", in_force_from="now()", cancellation_floor="0.5"),
    ),
    *(
        by_constraint(
            "policy_min_rating_is_stars",
            copied("compliance_citypolicy", "{policy}", in_force_from="now()", min_rating=stars),
        )
        for stars in ("0.99", "5.01")
    ),
    *append_only("compliance_citypolicy", "{policy}", "created_by_id"),
    by_constraint(
        "one_assessment_of_a_city_at_an_instant", copied("compliance_cityassessment", "{assessment}")
    ),
    by_constraint("one_notice_per_rule_and_instant", copied("compliance_notice", "{notice}")),
    by_constraint("one_final_warning_at_a_time", copied("compliance_notice", "{warning}", issued_at="now()")),
    *(
        by_constraint(
            "withdrawing_a_notice_names_who_and_why", changed("compliance_notice", "{notice}", assignments)
        )
        for assignments in (
            "withdrawn_at = now(), withdrawn_reason = 'appeal'",
            "withdrawn_at = now(), withdrawn_by_id = {ops}",
        )
    ),
    *final(
        "compliance_notice.notice_grounds_are_final",
        "compliance_notice",
        "{notice}",
        "rule = 'cancellation'",
        "kind = 'warning'",
        "accepted = accepted + 1",
        "issued_at = now()",
    ),
    never_deleted("compliance_notice", "{notice}"),
    by_constraint(
        "one_open_sanction_per_rule_and_kind", copied("compliance_sanction", "{sanction}", issued_at="now()")
    ),
    *(
        by_constraint(
            "ending_a_sanction_names_who_and_why",
            changed(
                "compliance_sanction", "{sanction}", f"status = 'lifted', ended_at = now(), {assignment}"
            ),
        )
        for assignment in ("ended_reason = 'appeal'", "ended_by_id = {ops}")
    ),
    *(
        by_constraint("a_sanction_that_is_over_has_ended", changed("compliance_sanction", "{sanction}", each))
        for each in (
            "status = 'lifted'",
            "ended_at = now(), ended_by_id = {ops}, ended_reason = 'appeal'",
        )
    ),
    *(
        by_constraint(
            "an_exclusion_is_decided_by_two_people",
            copied("compliance_sanction", "{sanction}", kind="'exclusion'", **people),
        )
        for people in (
            {},
            {"decided_by_id": "{ops}"},
            {"decided_by_id": "{ops}", "confirmed_by_id": "{ops}"},
        )
    ),
    *(
        by_constraint(
            "a_sanction_is_imposed_by_a_rule_or_by_a_person_with_a_reason",
            copied("compliance_sanction", "{sanction}", **imposed),
        )
        for imposed in (
            {"rule": "''"},
            {"rule": "''", "imposed_by_id": "{ops}"},
            {"rule": "'no_show'", "imposed_by_id": "{ops}"},
        )
    ),
    *final(
        "compliance_sanction.sanction_grounds_are_final",
        "compliance_sanction",
        "{sanction}",
        "kind = 'exclusion'",
        "stars_in_window = stars_in_window + 1",
        "issued_at = now()",
    ),
    never_deleted("compliance_sanction", "{sanction}"),
]

GROUPS = {
    "partners": PARTNERS,
    "orders": ORDERS,
    "jobs": JOBS,
    "ratings": RATINGS,
    "compliance": COMPLIANCE,
}


@pytest.mark.django_db
@pytest.mark.parametrize("group", GROUPS)
def test_the_database_refuses_what_breaks_a_guarantee(group: str, subtests: pytest.Subtests) -> None:
    rows = make_scene().rows()
    for case in GROUPS[group]:
        with subtests.test(guard=case.guard, statement=case.statement):
            expect_refusal(case, rows)


OBEDIENT = [
    NEW_HOURS.format(weekday=6, minutes="[0,1440)"),
    NEW_DAYS_OFF.format(days="[2026-06-01,2026-06-03)"),
    NEW_TALLY.format(city="NULL"),
    NEW_TALLY.format(city="(SELECT id FROM partners_city WHERE slug = 'zurich')"),
    new_order(),
    new_job(),
    new_job("{job}", order_id="NULL::bigint", partner_id="{other_partner}"),
    changed("orders_order", "{order}", "status = 'confirmed'"),
    changed("orders_job", "{cancelled}", "excused_at = now()"),
    changed("orders_job", "{done}", "stars_ruled_out_at = now()"),
    changed("ratings_rating", "{hidden_rating}", "published_at = submitted_at"),
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
