"""What ratings promise."""

from tests.breaking import by_constraint, copied, never_deleted
from tests.guarantees.attempts import changed, final

ATTEMPTS = [
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
    by_constraint(
        "only_published_comments_are_hidden",
        changed("ratings_rating", "{hidden_rating}", "hiding_flag_id = {flag}"),
    ),
    by_constraint("one_open_flag_per_rating_and_person", copied("ratings_ratingflag", "{flag}")),
    by_constraint("flag_reason_is_known", copied("ratings_ratingflag", "{decided_flag}", reason="'dislike'")),
    by_constraint(
        "another_reason_is_put_in_words", copied("ratings_ratingflag", "{decided_flag}", reason="'other'")
    ),
    *(
        by_constraint(
            "deciding_a_flag_names_what_who_and_why", changed("ratings_ratingflag", "{flag}", assignments)
        )
        for assignments in (
            "decision = 'hide'",
            "decision = 'drop', decided_at = now(), decided_by_id = {ops}, decided_reason = 'x'",
            "decision = 'hide', decided_at = now(), decided_reason = 'x'",
            "decision = 'hide', decided_at = now(), decided_by_id = {ops}",
            "decided_at = now(), decided_by_id = {ops}, decided_reason = 'x'",
        )
    ),
    *final(
        "ratings_ratingflag.flag_is_immutable",
        "ratings_ratingflag",
        "{flag}",
        "rating_id = {hidden_rating}",
        "reason = 'private'",
        "words = 'Worse.'",
        "flagged_at = now()",
    ),
    *final(
        "ratings_ratingflag.decision_is_final",
        "ratings_ratingflag",
        "{decided_flag}",
        "decision = 'hide'",
        "decided_at = now()",
        "decided_by_id = {user}",
        "decided_reason = 'Unfair.'",
    ),
    never_deleted("ratings_ratingflag", "{flag}"),
]
