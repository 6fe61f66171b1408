"""What jobs and tallies promise."""

from tests.breaking import Case, append_only, by_constraint, never_deleted
from tests.guarantees.attempts import OTHER_CITY, changed, final, new_job

NEW_TALLY = (
    "INSERT INTO orders_partnertally (partner_id, city_id, accepted, cancelled, no_shows, latest_fact_at)"
    " VALUES ({{partner}}, {city}, 0, 0, 0, now())"
)
TALLY_MOVES = f"; UPDATE orders_partnertally SET city_id = {OTHER_CITY} WHERE partner_id = {{partner}}"

ATTEMPTS = [
    Case("orders_partnertally.city_is_the_partners", NEW_TALLY.format(city=OTHER_CITY), "of another city"),
    Case(
        "orders_partnertally.city_is_fixed", NEW_TALLY.format(city="NULL") + TALLY_MOVES, "Cannot update rows"
    ),
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
