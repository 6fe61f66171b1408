"""What planned days, their feed and proposals promise."""

from tests.breaking import by_constraint, copied
from tests.guarantees.attempts import changed

STOP = "orders_routestop", "{stop}"
UNKNOWN = "a_planned_day_has_a_result"
NEW_STOP = copied(*STOP, position="7", job_id="{done}")
ATTEMPTS = [
    by_constraint("one_plan_for_a_partners_day", copied("orders_routeplan", "{plan}")),
    by_constraint(UNKNOWN, changed("orders_routeplan", "{plan}", "result = 'guessed'")),
    by_constraint(UNKNOWN, changed("orders_routeplan", "{plan}", "result = ''")),
    by_constraint(UNKNOWN, changed("orders_routeplan", "{plan}", "planned_at = NULL")),
    by_constraint("one_stop_for_a_position", copied(*STOP, job_id="{done}")),
    by_constraint("a_job_is_one_stop_of_a_plan", copied(*STOP, position="7")),
    by_constraint(
        "only_a_computed_proposal_is_sent", changed("orders_dayproposal", "{day_proposal}", "sent_at = now()")
    ),
    by_constraint("an_order_is_proposed_once", copied("orders_proposedvisit", "{proposed}")),
]
