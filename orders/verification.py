"""What must always be true of orders, offers, jobs and tallies; `verify` prints each difference.

Each check is one statement over all rows, so that a market of millions of jobs is checked in seconds. Only the ways
between visits are reckoned in Python, by the one rule there is for them, over the visits that are still to come.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from orders.schedule.verification import ways_without_time
from orders.visits.verification import CHECKS as VISIT_CHECKS

# A cancellation or no-show that ops have lifted no longer counts.
TALLIES = """
    WITH facts AS (
        SELECT partner_id,
               count(*) AS accepted,
               count(*) FILTER (WHERE outcome = 'cancelled' AND excused_at IS NULL) AS cancelled,
               count(*) FILTER (WHERE outcome = 'no_show' AND excused_at IS NULL) AS no_shows,
               max(greatest(
                   accepted_at,
                   CASE WHEN outcome IN ('cancelled', 'no_show') THEN greatest(outcome_at, excused_at) END
               )) AS latest_fact_at
        FROM orders_job GROUP BY partner_id
    )
    SELECT partner.reference,
           coalesce(tally.accepted, 0), coalesce(tally.cancelled, 0), coalesce(tally.no_shows, 0),
           coalesce(facts.accepted, 0), coalesce(facts.cancelled, 0), coalesce(facts.no_shows, 0)
    FROM orders_partnertally tally
    FULL JOIN facts USING (partner_id)
    JOIN partners_partner partner ON partner.id = coalesce(tally.partner_id, facts.partner_id)
    WHERE (tally.accepted, tally.cancelled, tally.no_shows)
          IS DISTINCT FROM (facts.accepted, facts.cancelled, facts.no_shows)
       AND (coalesce(tally.accepted, 0), coalesce(tally.cancelled, 0), coalesce(tally.no_shows, 0))
          IS DISTINCT FROM (coalesce(facts.accepted, 0), coalesce(facts.cancelled, 0), coalesce(facts.no_shows, 0))
    ORDER BY partner.reference COLLATE "C"
"""

# A tally that claims to hold earlier than it does would answer questions about the past wrongly.
TALLIES_THAT_CLAIM_TOO_MUCH = """
    SELECT partner.reference, tally.latest_fact_at, facts.latest_fact_at
    FROM orders_partnertally tally
    JOIN (
        SELECT partner_id, max(greatest(
            accepted_at,
            CASE WHEN outcome IN ('cancelled', 'no_show') THEN greatest(outcome_at, excused_at) END
        )) AS latest_fact_at
        FROM orders_job GROUP BY partner_id
    ) facts USING (partner_id)
    JOIN partners_partner partner ON partner.id = tally.partner_id
    WHERE tally.latest_fact_at < facts.latest_fact_at
    ORDER BY partner.reference COLLATE "C"
"""

LAST_ACCEPTANCES = """
    SELECT partner.reference, tally.last_accepted_at, facts.accepted_at
    FROM orders_partnertally tally
    JOIN LATERAL (
        SELECT max(accepted_at) AS accepted_at FROM orders_job job WHERE job.partner_id = tally.partner_id
    ) facts ON true
    JOIN partners_partner partner ON partner.id = tally.partner_id
    WHERE tally.last_accepted_at IS DISTINCT FROM facts.accepted_at
    ORDER BY partner.reference COLLATE "C"
"""

FIGURES_AT_HAND = """
    SELECT partner.reference, partner.jobs_accepted, partner.idle_since, coalesce(tally.accepted, 0),
           tally.last_accepted_at
    FROM partners_partner partner LEFT JOIN orders_partnertally tally ON tally.partner_id = partner.id
    WHERE (partner.jobs_accepted, partner.idle_since)
          IS DISTINCT FROM (coalesce(tally.accepted, 0), tally.last_accepted_at)
    ORDER BY partner.reference COLLATE "C"
"""

ORDER_AND_LAST_STEP = """
    SELECT o.reference, o.status, coalesce(latest.new, 'nothing')
    FROM orders_order o
    LEFT JOIN (
        SELECT DISTINCT ON (order_id) order_id, new FROM orders_ordertransition ORDER BY order_id, id DESC
    ) latest ON latest.order_id = o.id
    WHERE o.status IS DISTINCT FROM latest.new
    ORDER BY o.id
"""

OFFER_AND_LAST_STEP = """
    SELECT offer.id, offer.status, coalesce(latest.new, 'open')
    FROM orders_offer offer
    LEFT JOIN (
        SELECT DISTINCT ON (offer_id) offer_id, new FROM orders_offertransition ORDER BY offer_id, id DESC
    ) latest ON latest.offer_id = offer.id
    WHERE offer.status <> coalesce(latest.new, 'open')
    ORDER BY offer.id
"""

# Imported jobs have no order and no steps, unless their outcome was lifted later.
JOB_AND_LAST_STEP = """
    SELECT job.id, state.is, coalesce(latest.new, 'nothing')
    FROM orders_job job
    CROSS JOIN LATERAL (SELECT CASE
        WHEN job.excused_at IS NOT NULL THEN 'excused'
        WHEN job.outcome IS NOT NULL THEN job.outcome
        WHEN job.checked_in_at IS NOT NULL THEN 'checked_in'
        ELSE 'accepted' END AS is) state
    LEFT JOIN LATERAL (
        SELECT new FROM orders_jobtransition step WHERE step.job_id = job.id ORDER BY step.id DESC LIMIT 1
    ) latest ON true
    WHERE job.order_id IS NOT NULL AND state.is IS DISTINCT FROM latest.new
    ORDER BY job.id
"""

STEPS_THAT_DO_NOT_FOLLOW = """
    SELECT '{kind}', step.thing, step.before, step.old
    FROM (
        SELECT {kind}_id AS thing, id, old, lag(new) OVER (PARTITION BY {kind}_id ORDER BY id) AS before
        FROM orders_{kind}transition
    ) step
    WHERE step.before <> step.old
    ORDER BY step.thing, step.id
"""

# How many jobs an order has that are alive (and of those, checked in) or completed, against its status.
ORDERS_AND_THEIR_JOBS = """
    SELECT o.reference, o.status, count(job.id) FILTER (WHERE job.outcome IS NULL),
           count(job.id) FILTER (WHERE job.outcome IS NULL AND job.checked_in_at IS NOT NULL),
           count(job.id) FILTER (WHERE job.outcome = 'completed')
    FROM orders_order o LEFT JOIN orders_job job ON job.order_id = o.id
    GROUP BY o.id
    HAVING (
        count(job.id) FILTER (WHERE job.outcome IS NULL),
        count(job.id) FILTER (WHERE job.outcome IS NULL AND job.checked_in_at IS NOT NULL),
        count(job.id) FILTER (WHERE job.outcome = 'completed')
    ) <> CASE o.status
        WHEN 'confirmed' THEN (1::bigint, 0::bigint, 0::bigint)
        WHEN 'in_progress' THEN (1::bigint, 1::bigint, 0::bigint)
        WHEN 'completed' THEN (0::bigint, 0::bigint, 1::bigint)
        ELSE (0::bigint, 0::bigint, 0::bigint)
    END
    ORDER BY o.id
"""

# The last job of an order that ended otherwise must have ended that way.
ORDERS_AND_HOW_THEY_ENDED = """
    SELECT o.reference, o.status, latest.outcome
    FROM orders_order o
    JOIN LATERAL (
        SELECT outcome FROM orders_job job WHERE job.order_id = o.id ORDER BY job.id DESC LIMIT 1
    ) latest ON true
    WHERE latest.outcome IS NOT NULL AND NOT CASE o.status
        WHEN 'completed' THEN latest.outcome = 'completed'
        WHEN 'failed' THEN latest.outcome IN ('cancelled', 'no_show', 'excused', 'client_absent')
        WHEN 'cancelled' THEN latest.outcome IN ('cancelled', 'excused', 'client_cancelled')
        ELSE latest.outcome IN ('cancelled', 'excused')
    END
    ORDER BY o.id
"""

OPEN_OFFERS_OF_SETTLED_ORDERS = """
    SELECT o.reference, o.status, offer.id
    FROM orders_offer offer JOIN orders_order o ON o.id = offer.order_id
    WHERE offer.status = 'open' AND o.status <> 'searching' AND o.replacement_for_id IS NULL
    ORDER BY offer.id
"""

SEARCHES_THAT_ASK_NOBODY = """
    SELECT o.reference
    FROM orders_order o
    WHERE (o.status = 'searching' OR o.replacement_for_id IS NOT NULL) AND o.search_until > %(now)s
      AND NOT EXISTS (SELECT FROM orders_offer offer WHERE offer.order_id = o.id AND offer.status = 'open')
    ORDER BY o.id
"""

JOBS_WITHOUT_THEIR_OFFER = """
    SELECT job.id
    FROM orders_job job
    WHERE job.order_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM orders_offer offer
        WHERE offer.order_id = job.order_id AND offer.partner_id = job.partner_id AND offer.status = 'accepted'
    )
    ORDER BY job.id
"""

ACCEPTED_OFFERS_WITHOUT_THEIR_JOB = """
    SELECT offer.id
    FROM orders_offer offer
    WHERE offer.status = 'accepted' AND NOT EXISTS (
        SELECT FROM orders_job job WHERE job.order_id = offer.order_id AND job.partner_id = offer.partner_id
    )
    ORDER BY offer.id
"""

JOBS_AT_OTHER_TIMES = """
    SELECT job.id, o.reference
    FROM orders_job job JOIN orders_order o ON o.id = job.order_id
    WHERE job.slot IS DISTINCT FROM o.slot AND (job.outcome IS NULL OR job.outcome = 'completed')
    ORDER BY job.id
"""

OVERLAPS = """
    SELECT one.id, other.id
    FROM orders_job one
    JOIN orders_job other
      ON other.partner_id = one.partner_id AND other.id > one.id AND other.slot && one.slot
    WHERE one.outcome IS NULL AND other.outcome IS NULL
    ORDER BY one.id, other.id
"""

REPLACEMENTS_OF_OTHER_JOBS = """
    SELECT o.reference, o.replacement_for_id
    FROM orders_order o LEFT JOIN orders_job job ON job.id = o.replacement_for_id
    WHERE o.replacement_for_id IS NOT NULL
      AND (job.order_id, job.outcome IS NULL, job.checked_in_at IS NULL) IS DISTINCT FROM (o.id, true, true)
    ORDER BY o.id
"""

# Somebody is looked for: to take over, or because the order is searched for again; or the work has begun.
HAND_OVERS_THAT_NOBODY_SEARCHES_FOR = """
    SELECT hand_over.id, o.reference, o.status
    FROM orders_handover hand_over
    JOIN orders_job job ON job.id = hand_over.job_id
    JOIN orders_order o ON o.id = job.order_id
    WHERE hand_over.status = 'open'
      AND NOT (o.status = 'searching' OR o.replacement_for_id = job.id OR o.status = 'in_progress')
    ORDER BY hand_over.id
"""

OFFERS_TO_WHOEVER_MAY_NOT_WORK = """
    SELECT offer.id, partner.reference, partner.status
    FROM orders_offer offer JOIN partners_partner partner ON partner.id = offer.partner_id
    WHERE offer.status = 'open' AND partner.status <> 'active'
    ORDER BY offer.id
"""

POSTINGS_DUE_WITHOUT_COMPLETION = """
    SELECT reference, status FROM orders_order
    WHERE posting_due_at IS NOT NULL AND status <> 'completed'
    ORDER BY id
"""

CHECKS = (
    (
        "partner {}: the tally says {} accepted, {} cancelled, {} no-shows; the jobs say {}, {}, {}",
        TALLIES,
    ),
    (
        "partner {}: the tally claims to hold from {}, but the latest fact is of {}",
        TALLIES_THAT_CLAIM_TOO_MUCH,
    ),
    ("partner {}: the tally has the latest job accepted at {}, the jobs at {}", LAST_ACCEPTANCES),
    ("partner {}: {} jobs accepted at hand (last: {}), the tally says {} ({})", FIGURES_AT_HAND),
    ("order {}: status is {}, the latest step says {}", ORDER_AND_LAST_STEP),
    ("offer {}: status is {}, the latest step says {}", OFFER_AND_LAST_STEP),
    ("job {}: state is {}, the latest step says {}", JOB_AND_LAST_STEP),
    *(
        (
            "{} {}: a step led to {}, the next one began from {}",
            STEPS_THAT_DO_NOT_FOLLOW.format(kind=kind),
        )
        for kind in ("order", "offer", "job", "extra", "proposal")
    ),
    (
        "order {}: {} with {} jobs alive (of which checked in: {}) and {} completed",
        ORDERS_AND_THEIR_JOBS,
    ),
    ("order {}: {}, but its last job ended as {}", ORDERS_AND_HOW_THEY_ENDED),
    ("order {}: {}, but offer {} is open", OPEN_OFFERS_OF_SETTLED_ORDERS),
    ("order {}: searching, but nobody is asked", SEARCHES_THAT_ASK_NOBODY),
    ("job {}: its partner has accepted no offer of the order", JOBS_WITHOUT_THEIR_OFFER),
    ("offer {}: accepted, but there is no job", ACCEPTED_OFFERS_WITHOUT_THEIR_JOB),
    ("job {}: not in the slot of order {}", JOBS_AT_OTHER_TIMES),
    ("job {}: overlaps job {} of the same partner", OVERLAPS),
    (
        "order {}: job {} is to be taken over, but is not its own, alive and not begun",
        REPLACEMENTS_OF_OTHER_JOBS,
    ),
    ("hand-over {}: open, but nobody is looked for; order {} is {}", HAND_OVERS_THAT_NOBODY_SEARCHES_FOR),
    ("offer {}: open, but partner {} is {}", OFFERS_TO_WHOEVER_MAY_NOT_WORK),
    ("order {}: {}, but waits for its posting", POSTINGS_DUE_WITHOUT_COMPLETION),
    *VISIT_CHECKS,
)


def differences(now: datetime) -> Iterator[str]:
    """One sentence per difference; nothing when all is well."""
    with connection.cursor() as cursor:
        for words, query in CHECKS:
            cursor.execute(query, {"now": now})
            for row in cursor:
                yield words.format(*row)
    yield from ways_without_time()
