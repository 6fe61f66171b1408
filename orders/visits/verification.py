"""What must always be true of what partner and client settle; part of the checks of `orders.verification`."""

THING_AND_LAST_STEP = """
    SELECT '{kind}', thing.id, thing.status, coalesce(latest.new, 'nothing')
    FROM orders_{table} thing
    LEFT JOIN (
        SELECT DISTINCT ON ({kind}_id) {kind}_id, new FROM orders_{kind}transition ORDER BY {kind}_id, id DESC
    ) latest ON latest.{kind}_id = thing.id
    WHERE thing.status IS DISTINCT FROM latest.new
    ORDER BY thing.id
"""

OPEN_EXTRAS_OF_ENDED_JOBS = """
    SELECT extra.id, job.id, job.outcome
    FROM orders_extra extra JOIN orders_job job ON job.id = extra.job_id
    WHERE extra.status = 'open' AND job.outcome IS NOT NULL
    ORDER BY extra.id
"""

# What is approved after the posting would not be in the books.
EXTRAS_APPROVED_TOO_LATE = """
    SELECT extra.id, job.id
    FROM orders_extra extra JOIN orders_job job ON job.id = extra.job_id
    WHERE extra.status = 'approved' AND job.outcome IS NOT NULL AND extra.answered_at > job.outcome_at
    ORDER BY extra.id
"""

OPEN_PROPOSALS_OF_FIXED_TIMES = """
    SELECT proposal.id, job.id
    FROM orders_timeproposal proposal JOIN orders_job job ON job.id = proposal.job_id
    WHERE proposal.status = 'open'
      AND (job.outcome IS NOT NULL OR job.checked_in_at IS NOT NULL OR job.on_the_way_at IS NOT NULL)
    ORDER BY proposal.id
"""

ACCEPTED_PROPOSALS_AND_THEIR_MOVES = """
    SELECT proposal.id, proposal.status, count(moved.id)
    FROM orders_timeproposal proposal
    JOIN orders_timeoption option ON option.proposal_id = proposal.id
    LEFT JOIN orders_visitmove moved ON moved.option_id = option.id AND moved.job_id = proposal.job_id
    GROUP BY proposal.id
    HAVING count(moved.id) <> CASE proposal.status WHEN 'accepted' THEN 1 ELSE 0 END
    ORDER BY proposal.id
"""

MESSAGES_OF_STRANGERS = """
    SELECT message.id, message.job_id
    FROM orders_message message
    JOIN orders_job job ON job.id = message.job_id
    JOIN orders_order o ON o.id = job.order_id
    JOIN partners_partner partner ON partner.id = job.partner_id
    WHERE message.author_id <> o.client_id AND message.author_id IS DISTINCT FROM partner.user_id
    ORDER BY message.id
"""

CHECKS = (
    *(
        (
            "{} {}: status is {}, the latest step says {}",
            THING_AND_LAST_STEP.format(kind=kind, table=table),
        )
        for kind, table in (("extra", "extra"), ("proposal", "timeproposal"))
    ),
    ("extra {}: open, but job {} has ended as {}", OPEN_EXTRAS_OF_ENDED_JOBS),
    ("extra {}: approved after the end of job {}", EXTRAS_APPROVED_TOO_LATE),
    ("proposal {}: open, but the time of job {} is fixed", OPEN_PROPOSALS_OF_FIXED_TIMES),
    ("proposal {}: {}, with {} moves of the visit", ACCEPTED_PROPOSALS_AND_THEIR_MOVES),
    ("message {}: its author has no part in job {}", MESSAGES_OF_STRANGERS),
)
