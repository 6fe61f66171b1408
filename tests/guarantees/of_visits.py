"""What messages, proposals, moves and extras promise."""

from tests.breaking import append_only, by_constraint, copied, never_deleted
from tests.guarantees.attempts import changed, final, moves

FRESH = {"submission_key": "gen_random_uuid()"}
CONTACT = "contact_is_due_while_it_is_missing_only"

ATTEMPTS = [
    by_constraint("one_message_per_submission", copied("orders_message", "{message}")),
    by_constraint("message_has_words", copied("orders_message", "{message}", body="' '", **FRESH)),
    *append_only("orders_message", "{message}", "author_id"),
    by_constraint("one_open_proposal_per_job", copied("orders_timeproposal", "{proposal}")),
    by_constraint("proposal_status_is_known", copied("orders_timeproposal", "{proposal}", status="'lost'")),
    *moves("orders_timeproposal", "{proposal}", "lost"),
    *moves("orders_timeproposal", "{declined_proposal}", "open", "accepted"),
    *final(
        "orders_timeproposal.proposal_is_fixed",
        "orders_timeproposal",
        "{proposal}",
        "job_id = {done}",
        "note = 'later'",
        "proposed_at = now()",
    ),
    never_deleted("orders_timeproposal", "{proposal}"),
    by_constraint("a_proposal_names_each_time_once", copied("orders_timeoption", "{option}")),
    *append_only("orders_timeoption", "{option}", "starts_at"),
    *append_only("orders_proposaltransition", "{proposal_step}", "actor_id"),
    by_constraint(
        "a_move_changes_the_time",
        "INSERT INTO orders_visitmove (job_id, option_id, actor_id, old_slot, new_slot, moved_at)"
        " SELECT id, {option}, {user}, slot, slot, now() FROM orders_job WHERE id = {job}",
    ),
    *(
        by_constraint(
            "an_agreed_move_names_who_agreed",
            copied("orders_visitmove", "{move}", option_id=option, actor_id=actor),
        )
        for option, actor in (("NULL::bigint", "{user}"), ("{option}", "NULL::bigint"))
    ),
    *append_only("orders_visitmove", "{move}", "moved_at"),
    by_constraint("one_extra_per_submission", copied("orders_extra", "{extra}")),
    *(
        by_constraint("extra_price_is_in_bounds", copied("orders_extra", "{extra}", price=price, **FRESH))
        for price in ("0", "-1", "2000.01")
    ),
    by_constraint("extra_status_is_known", copied("orders_extra", "{extra}", status="'lost'", **FRESH)),
    by_constraint("extra_has_words", copied("orders_extra", "{extra}", text="' '", **FRESH)),
    *moves("orders_extra", "{extra}", "lost"),
    *moves("orders_extra", "{approved}", "open", "declined", "withdrawn", "lapsed"),
    *final(
        "orders_extra.extra_is_fixed",
        "orders_extra",
        "{approved}",
        "price = price + 1",
        "text = 'Less'",
        "currency = 'EUR'",
        "job_id = {done}",
        "proposed_at = now()",
    ),
    never_deleted("orders_extra", "{extra}"),
    *append_only("orders_extratransition", "{extra_step}", "actor_id"),
    by_constraint(CONTACT, changed("orders_job", "{done}", "contact_due_at = now()")),
    *(
        by_constraint(CONTACT, changed("orders_job", "{job}", f"contact_due_at = now(), {column} = now()"))
        for column in ("first_contact_at", "contact_overdue_at")
    ),
]
