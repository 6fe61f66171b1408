"""What hand-overs promise, and orders of which somebody wants to take over the job."""

from tests.breaking import Case, by_constraint
from tests.guarantees.attempts import changed

LATEST = "(SELECT max(id) FROM orders_handover)"
INSERT = (
    "INSERT INTO orders_handover (job_id, reason, asked_at, status, note, ended_at, replacement_id)"
    " VALUES ({{job}}, 'x', now(), {status}, '', {ended}, {replacement})"
)


def new(status: str = "'open'", ended: str = "NULL", replacement: str = "NULL") -> str:
    return INSERT.format(status=status, ended=ended, replacement=replacement)


NOT_FOUND = new(status="'not_found'", ended="now()")
SETTLED = new(status="'settled'", ended="now()")

ATTEMPTS = [
    by_constraint("one_open_hand_over_per_job", f"{new()}; {new()}"),
    by_constraint("one_open_hand_over_per_job", f"{new()}; {NOT_FOUND}"),
    by_constraint("hand_over_status_is_known", new(status="'lost'", ended="now()")),
    by_constraint("hand_over_has_an_end_unless_open", new(ended="now()")),
    by_constraint("hand_over_has_an_end_unless_open", new(status="'settled'")),
    by_constraint("hand_over_names_the_job_that_replaced_it", new(status="'replaced'", ended="now()")),
    by_constraint("hand_over_names_the_job_that_replaced_it", new(replacement="{done}")),
    Case(
        "orders_handover.status_transitions",
        f"{SETTLED}; UPDATE orders_handover SET status = 'withdrawn' WHERE id = {LATEST}",
        "Invalid transition",
    ),
    Case(
        "orders_handover.never_deleted",
        f"{new()}; DELETE FROM orders_handover WHERE id = {LATEST}",
        "Cannot delete rows",
    ),
    by_constraint(
        "only_a_confirmed_job_is_taken_over", changed("orders_order", "{order}", "replacement_for_id = {job}")
    ),
    by_constraint(
        "only_searches_have_waves_to_come", changed("orders_order", "{booked}", "next_wave_at = now()")
    ),
]
