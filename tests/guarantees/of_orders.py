"""What orders and offers promise."""

from tests.breaking import append_only, by_constraint, copied, never_deleted
from tests.guarantees.attempts import changed, final, moves, new_order

BEGINS_IN_WINDOW = "order_begins_in_its_arrival_window"

DISPATCH = (
    "INSERT INTO orders_dispatchrule (urgent_search_minutes, urgent_wave_minutes, planned_search_minutes,"
    " planned_wave_minutes, first_size, size_growth, first_radius_km, radius_growth)"
    " VALUES ({urgent}, {planned}, {size}, {radius})"
)


def dispatch(
    urgent: str = "15, 4", planned: str = "720, 120", size: str = "5, 2", radius: str = "8, 2"
) -> str:
    return DISPATCH.format(urgent=urgent, planned=planned, size=size, radius=radius)


ADDRESS = (
    "INSERT INTO orders_clientaddress (client_id, label, street, place_id, is_default)"
    " VALUES ({{user}}, '', '{street}', {{place}}, {default})"
)


def address(street: str = "Seestrasse 1", *, default: bool = False) -> str:
    return ADDRESS.format(street=street, default=str(default).lower())


def draft(**changes: str) -> str:
    """A booking that was begun, of an account, with a day."""
    fresh = {
        "token": "gen_random_uuid()::text",
        "client_id": "{user}",
        "submission_key": "gen_random_uuid()",
        "details": "''",
        "is_described": "true",
        "street": "''",
        "first_name": "''",
        "phone": "''",
        "day": "'2026-06-03'",
        "time": "''",
        "partner_id": "NULL",
        "asks_anybody": "false",
        "created_at": "now()",
        "changed_at": "now()",
        "expires_at": "now() + interval '7 days'",
    } | changes
    return f"INSERT INTO orders_bookingdraft ({', '.join(fresh)}) VALUES ({', '.join(fresh.values())})"


ATTEMPTS = [
    by_constraint("one_booking_draft_per_client", f"{draft()}; {draft()}"),
    by_constraint("booking_draft_time_has_its_day", draft(day="NULL", time="'10:00'")),
    by_constraint("booking_draft_time_has_its_day", draft(time="'soon'")),
    *(
        by_constraint("booking_draft_time_is_known", draft(time=time))
        for time in ("'10:15'", "'noon'", "'1000'", "' 10:00'", "'days'")
    ),
    by_constraint("booking_draft_asks_one_or_anybody", draft(partner_id="{partner}", asks_anybody="true")),
    by_constraint("booking_draft_is_kept_for_a_while", draft(expires_at="now()")),
    by_constraint("one_dispatch_rule_per_city_and_service", f"{dispatch()}; {dispatch()}"),
    *(
        by_constraint("dispatch_waves_come_within_the_search", dispatch(**{tempo: minutes}))
        for tempo in ("urgent", "planned")
        for minutes in ("15, 16", "15, 0")
    ),
    *(
        by_constraint("dispatch_waves_ask_somebody", dispatch(size=size))
        for size in ("0, 2", "51, 2", "5, 0.9")
    ),
    *(by_constraint("dispatch_waves_reach_further", dispatch(radius=r)) for r in ("0, 2", "51, 2", "8, 1")),
    by_constraint("service_price_is_positive", changed("orders_service", "{service}", "price = 0")),
    by_constraint("service_takes_time", changed("orders_service", "{service}", "duration_minutes = 0")),
    by_constraint("one_order_per_submission", copied("orders_order", "{order}", reference="'Z1'")),
    by_constraint("order_price_is_positive", new_order(price="0")),
    by_constraint("order_status_is_known", new_order(status="'lost'")),
    by_constraint("order_slot_is_bounded", new_order(slot="'empty'::tstzrange")),
    by_constraint("order_slot_is_bounded", new_order(slot="'[2026-06-03,)'::tstzrange")),
    by_constraint("order_slot_is_bounded", new_order(slot="'(,2026-06-03)'::tstzrange")),
    by_constraint(BEGINS_IN_WINDOW, new_order(arrival_window="'[2020-01-01,2020-01-02]'::tstzrange")),
    by_constraint(BEGINS_IN_WINDOW, new_order(arrival_window="'[2020-01-01,)'::tstzrange")),
    by_constraint(BEGINS_IN_WINDOW, new_order(arrival_window="'(,2040-01-01]'::tstzrange")),
    by_constraint(BEGINS_IN_WINDOW, new_order(arrival_window="'empty'::tstzrange")),
    *moves("orders_order", "{order}", "completed", "in_progress", "failed", "lost"),
    *moves("orders_order", "{booked}", "completed", "expired"),
    *final(
        "orders_order.price_is_fixed",
        "orders_order",
        "{order}",
        "price = price + 1",
        "currency = 'EUR'",
        "client_id = {user}",
        "service_id = service_id + 1",
        "city_id = city_id + 1",
    ),
    never_deleted("orders_order", "{order}"),
    by_constraint("an_address_of_a_client_is_kept_once", f"{address()}; {address('SEESTRASSE 1')}"),
    by_constraint(
        "a_client_has_one_default_address", f"{address('A', default=True)}; {address('B', default=True)}"
    ),
    by_constraint("an_address_has_a_street", address("")),
    *append_only("orders_ordertransition", "{order_step}", "actor_id"),
    by_constraint("an_order_is_offered_once_to_a_partner", copied("orders_offer", "{offer}")),
    by_constraint(
        "offer_status_is_known",
        copied("orders_offer", "{offer}", partner_id="{other_partner}", status="'lost'"),
    ),
    by_constraint("offer_can_be_answered", changed("orders_offer", "{offer}", "expires_at = offered_at")),
    *moves("orders_offer", "{offer}", "lost"),
    never_deleted("orders_offer", "{offer}"),
    *append_only("orders_offertransition", "{offer_step}", "actor_id"),
]
