"""What partners promise."""

from tests.breaking import append_only, by_constraint, copied, never_deleted
from tests.guarantees.attempts import OTHER_CITY, final, moves

NEW_HOURS = (
    "INSERT INTO partners_workinghours (partner_id, weekday, minutes)"
    " VALUES ({{partner}}, {weekday}, '{minutes}')"
)
NEW_DAYS_OFF = "INSERT INTO partners_dayoff (partner_id, days) VALUES ({{partner}}, '{days}')"

ATTEMPTS = [
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
    never_deleted("partners_partner", "{partner}"),
    *append_only("partners_partnertransition", "{partner_step}", "actor_id"),
]
