"""SQL statements that try to break guarantees, in few words."""

from tests.breaking import Case, copied

OTHER_ORDER = {"reference": "'Z1'", "submission_key": "gen_random_uuid()"}
OTHER_CITY = "(SELECT max(id) FROM partners_city WHERE slug <> 'zurich')"
NO_SLOT = {"order_id": "NULL::bigint", "slot": "NULL::tstzrange"}
OPEN = {"outcome": "NULL::text", "outcome_at": "NULL::timestamptz"}


def new_order(**changes: str) -> str:
    return copied("orders_order", "{order}", **OTHER_ORDER, **changes)


def new_job(row: str = "{done}", **changes: str) -> str:
    fresh = {
        "import_reference": "NULL::text",
        "client_stars": "NULL::int",
        "stars_published_at": "NULL::timestamptz",
    }
    return copied("orders_job", row, **(fresh | changes))


def changed(table: str, row: str, assignments: str) -> str:
    return f"UPDATE {table} SET {assignments} WHERE id = {row}"


def final(guard: str, table: str, row: str, *assignments: str) -> list[Case]:
    return [Case(guard, changed(table, row, each), "Cannot update rows") for each in assignments]


def moves(table: str, row: str, *statuses: str) -> list[Case]:
    guard = f"{table}.status_transitions"
    return [Case(guard, changed(table, row, f"status = '{new}'"), "Invalid transition") for new in statuses]
