"""What policies, notices and sanctions promise."""

from tests.breaking import append_only, by_constraint, copied, never_deleted
from tests.guarantees.attempts import changed, final

ATTEMPTS = [
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
