"""What partners promise."""

from tests.breaking import Case, append_only, by_constraint, copied, never_deleted
from tests.guarantees.attempts import OTHER_CITY, changed, final, moves

NEW_HOURS = (
    "INSERT INTO partners_workinghours (partner_id, weekday, minutes)"
    " VALUES ({{partner}}, {weekday}, '{minutes}')"
)
NEW_DAYS_OFF = "INSERT INTO partners_dayoff (partner_id, days) VALUES ({{partner}}, '{days}')"

NEW_FAVOURITE = (
    "INSERT INTO partners_favourite (client_id, partner_id, created_at) VALUES ({client}, {{partner}}, now())"
)

OWN_LOGIN = "(SELECT user_id FROM partners_partner WHERE id = {partner})"
NEW_INTEREST = (
    "INSERT INTO partners_cityinterest (email, place_id, skill_id, language, created_at, told_at)"
    " SELECT '{email}', {{place}}, min(id), '{language}', now(), {told_at} FROM partners_skill"
)


def interest(email: str = "kim@example.org", language: str = "fr", told_at: str = "NULL") -> str:
    return NEW_INTEREST.format(email=email, language=language, told_at=told_at)


ANOTHER = {"reference": "'z'", "user_id": "NULL::int"}


def another_partner(**changes: str) -> str:
    return copied("partners_partner", "{partner}", **ANOTHER, **changes)


def another_application(row: str = "{draft}", **changes: str) -> str:
    """Of somebody who has none."""
    return copied("partners_application", row, **({"user_id": "{ops}"} | changes))


APPLICATIONS = [
    by_constraint("one_open_application_of_a_person", copied("partners_application", "{draft}")),
    by_constraint("one_open_application_of_a_person", copied("partners_application", "{sent}")),
    by_constraint("application_is_decided_by_somebody", another_application("{refused}", status="'lost'")),
    *moves("partners_application", "{draft}", "approved", "refused"),
    *moves("partners_application", "{sent}", "lost"),
    *[
        by_constraint("application_is_sent_complete", another_application("{sent}", **{column: nothing}))
        for column, nothing in {
            "sent_at": "NULL::timestamptz",
            "first_name": "''",
            "languages": "'{{}}'::text[]",
            "home_id": "NULL::bigint",
            "any_time": "false",
        }.items()
    ],
    by_constraint(
        "application_is_sent_complete", changed("partners_application", "{draft}", "status = 'sent'")
    ),
    by_constraint("application_is_decided_by_somebody", another_application("{sent}", decided_at="now()")),
    by_constraint("application_is_decided_by_somebody", another_application("{sent}", reason="'x'")),
    by_constraint(
        "application_is_decided_by_somebody", another_application("{refused}", decided_by_id="NULL::bigint")
    ),
    by_constraint("application_is_refused_with_a_reason", another_application("{refused}", reason="''")),
    by_constraint("application_radius_is_in_its_limits", another_application(radius_km="51")),
    by_constraint(
        "application_postcodes_are_not_too_many",
        another_application(postcodes="(SELECT array_agg(code) FROM generate_series(1000, 1200) code)"),
    ),
    by_constraint("application_hours_are_a_list", another_application(hours="'{{}}'::jsonb")),
    *final(
        "partners_application.what_was_sent_stands",
        "partners_application",
        "{sent}",
        "first_name = 'B'",
        "home_id = NULL, status = 'draft'",
        "user_id = {ops}",
    ),
    Case(
        "partners_application.a_decision_stands",
        changed("partners_application", "{refused}", "reason = 'y'"),
        "Cannot update or delete",
    ),
    Case(
        "partners_application.a_decision_stands",
        "DELETE FROM partners_application WHERE id = {refused}",
        "Cannot update or delete",
    ),
]

ATTEMPTS = [
    *APPLICATIONS,
    by_constraint("ways_in_a_city_are_plausible", "UPDATE partners_city SET speed_kmh = 4"),
    by_constraint("ways_in_a_city_are_plausible", "UPDATE partners_city SET detour_factor = 0.9"),
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
    Case(
        "partners_partner.a_place_is_whole",
        another_partner(latitude="NULL::float"),
        "A place has a latitude and a longitude",
    ),
    Case(
        "partners_partner.a_place_is_whole",
        changed("partners_partner", "{partner}", "longitude = NULL"),
        "A place has a latitude and a longitude",
    ),
    by_constraint("partner_radius_is_in_its_limits", another_partner(radius_km="0")),
    by_constraint("partner_radius_is_in_its_limits", another_partner(radius_km="51")),
    by_constraint("partner_lives_where_boxes_hold_circles", another_partner(latitude="71")),
    by_constraint("partner_lives_where_boxes_hold_circles", another_partner(longitude="171")),
    by_constraint(
        "partner_postcodes_are_not_too_many",
        changed(
            "partners_partner",
            "{partner}",
            "postcodes = (SELECT array_agg(code) FROM generate_series(1000, 1200) code)",
        ),
    ),
    by_constraint(
        "a_partner_is_a_favourite_once",
        f"{NEW_FAVOURITE.format(client='{user}')}; {NEW_FAVOURITE.format(client='{user}')}",
    ),
    *(
        Case("partners_favourite.nobody_is_their_own_favourite", statement, "Nobody is their own favourite")
        for statement in (
            NEW_FAVOURITE.format(client=OWN_LOGIN),
            f"{NEW_FAVOURITE.format(client='{user}')}; UPDATE partners_favourite SET client_id = {OWN_LOGIN}",
        )
    ),
    by_constraint(
        "one_request_to_be_told_per_place_and_skill", f"{interest()}; {interest(email='KIM@example.org')}"
    ),
    by_constraint("request_to_be_told_is_in_a_language_of_the_site", interest(language="rm")),
    by_constraint("told_after_having_asked", interest(told_at="now() - interval '1 day'")),
    never_deleted("partners_partner", "{partner}"),
    *append_only("partners_partnertransition", "{partner_step}", "actor_id"),
]
